"""Recipes and their settings: typed, checked, and named when wrong."""

import json

import pytest

from components.bless.rules import LIMITS
from components.evaluate.evaluation import settings_from
from components.ingest.settings import from_dict
from models.training_settings import TrainingSettings
from pipeline import cli
from pipeline.recipes.catalog import RECIPES, get_recipe
from pipeline.recipes.checks import ONE_OF, SOME_OF
from pipeline.recipes.recipe import settable, with_settings


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_names_its_paper_and_its_minutes(name):
    recipe = RECIPES[name]
    assert recipe.name == name
    assert recipe.paper.startswith("P")
    assert recipe.what
    assert recipe.minutes > 0
    json.dumps(recipe.as_dict())


def test_defaults_are_the_papers():
    recipe = get_recipe("face-cae")
    assert (recipe.model, recipe.latent_dim, recipe.batch_size, recipe.learning_rate) == (
        "cae",
        128,
        512,
        1e-3,
    )


def test_only_people_told_apart_ask_for_dense_landmarks():
    asking = {name for name, recipe in RECIPES.items() if recipe.landmarks != "mtcnn5"}
    assert asking == {"face-identity", "face-patches", "face-pseudo"}
    assert get_recipe("face-identity").landmarks == "dlib68"


def test_settings_are_typed():
    recipe = with_settings(
        get_recipe("face-cae"), ["epochs=3", "learning_rate=2e-4", "clusterers=kmeans", "detector=none"]
    )
    assert (recipe.epochs, recipe.learning_rate, recipe.clusterers) == (3, 2e-4, ("kmeans",))
    assert recipe.crop_used == "whole"


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("foo=1", "key one of: source, images, detector"),
        ("epochs", "Unknown setting 'epochs'"),
        ("epochs=three", "Expected int, as in epochs="),
        ("learning_rate=fast", "Expected float"),
        ("epochs=0", "at least 1"),
        ("noise=salt", "one of: none, gaussian, masking"),
        ("noise_level=1", "from 0 to below 1"),
        ("clipnorm=-1", "at least 0"),
        ("model=vea", "Expected one of: cae"),
        ("detector=magic", "one of auto, mtcnn"),
        ("criterion=luck", "cv_log_likelihood, bic, icl, aic"),
        ("clusterers=kmeans,foo", "Expected some of: kmeans, minibatch_kmeans, gmm"),
        ("n_clusters=-3", "auto or a number"),
        ("learning_rate=nan", "above 0"),
        ("weights_path=w.h5", "Expected an absolute path"),
        ("landmarks=dlib5", "one of: mtcnn5, dlib68, file"),
        ("landmarks_path=p.csv", "Expected an absolute path"),
        ("landmarks_path=/no/such.csv", "a file or folder that exists"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_the_valid_ones(assignment, message):
    with pytest.raises(ValueError, match=message) as error:
        with_settings(get_recipe("face-cae"), [assignment])
    assert "\n" not in str(error.value)


def test_recipe_fields_are_those_that_the_steps_take():
    settings = get_recipe("face-cae").as_dict()
    from pipeline.dag import build

    from_dict({key: settings[key] for key in build.INGEST_KEYS})
    training = TrainingSettings.from_dict(settings)
    assert {name: getattr(training, name) for name in build.TRAINING_KEYS} == {
        key: settings[key] for key in build.TRAINING_KEYS
    }
    settings_from({key: settings[key] for key in build.SELECTION_KEYS})
    used = {*build.INGEST_KEYS, *build.TRAINING_KEYS, *build.SELECTION_KEYS, "n_clusters"}
    blessing = {setting for setting, _ in LIMITS.values()} | {"tolerance", "rules_off"}
    assembling = {"serve_decoder"}
    assert set(settable()) <= used | blessing | assembling


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "nope"],
        ["run", "--set", "foo=1"],
        ["run", "--set", "detector=magic"],
        ["run", "--images", "/no/such/folder"],
    ],
)
def test_wrong_arguments_end_with_2_and_one_line(arguments, capsys):
    assert cli.main(arguments) == cli.WRONG_ARGUMENTS
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_checked_names_are_those_that_exist():
    from components.bless.rules import RULES
    from components.evaluate.search.criteria import CHOOSE_AMONG, CONSENSUS, CRITERIA, ELBOW
    from components.evaluate.search.reductions import REDUCTIONS
    from models.catalog import MODELS
    from models.clustering.clusterers import CLUSTERERS, COVARIANCE_TYPES
    from models.inputs.preprocessing import CROPS

    assert set(ONE_OF["model"]) == set(MODELS)
    assert set(ONE_OF["crop"]) == {"auto", *CROPS}
    assert set(ONE_OF["criterion"]) == {*CRITERIA, ELBOW, CONSENSUS}
    assert set(ONE_OF["reduction"]) == set(REDUCTIONS)
    assert set(SOME_OF["rules_off"]) == set(RULES)
    assert set(ONE_OF["choose_among"]) == set(CHOOSE_AMONG)
    assert set(SOME_OF["clusterers"]) == set(CLUSTERERS)
    assert set(SOME_OF["covariance_types"]) == set(COVARIANCE_TYPES)


def test_all_clusterers_by_one_word():
    assert with_settings(get_recipe("face-cae"), ["clusterers=all"]).clusterers == SOME_OF["clusterers"]


@pytest.mark.parametrize("key", ["pairs", "attributes"])
def test_files_that_judge_must_exist(key, tmp_path):
    with pytest.raises(ValueError, match="a file that exists"):
        with_settings(get_recipe("face-cae"), [f"{key}={tmp_path / 'none.csv'}"])
    with pytest.raises(ValueError, match="an absolute path"):
        with_settings(get_recipe("face-cae"), [f"{key}=none.csv"])


def test_images_by_set_are_read_as_a_folder(tmp_path):
    options = cli.build_parser().parse_args(["run", "--set", f"images={tmp_path}"])
    recipe = cli.chosen_recipe(options)
    assert (recipe.source, recipe.images) == ("folder", str(tmp_path))


def test_a_path_to_weights_is_made_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = cli.build_parser().parse_args(["run", "--set", "weights_path=w.h5"])
    assert cli.chosen_recipe(options).weights_path == str(tmp_path / "w.h5")


def test_recipes_are_listed(capsys):
    assert cli.main(["recipes"]) == 0
    out = capsys.readouterr().out
    for recipe in RECIPES.values():
        assert recipe.name in out
        assert recipe.paper in out
        assert f"{recipe.minutes:g} minutes" in out


def test_the_summary_counts_one_as_one(capsys):
    ingest = {"files": 1534, "with_faces": 1, "no_face": 1532, "duplicate": 1, "rejected": 0, "faces": 1}
    chosen = {"clusterer": "gmm", "n_clusters": 1}
    result = {"ingest": ingest, "chosen": chosen, "metrics": {}, "blessed": False, "reasons": []}
    cli.print_result(result, as_json=True)
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first == "1,534 files: 1 face in 1, 1,532 without a face, 1 duplicate, 0 rejected."
    assert second == "1 cluster by gmm."


def test_report_of_no_run_is_an_error(tmp_path, capsys):
    assert cli.main(["report", "--root", str(tmp_path)]) == cli.FAILED
    assert "No finished run" in capsys.readouterr().err


def test_doctor_finds_this_environment_healthy(capsys, tmp_path):
    assert cli.main(["doctor", "--root", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    for word in ("tensorflow ", "backend", "devices", "C library", "writable", "airflow", "imported from"):
        assert word in out


def test_doctor_is_not_healthy_when_a_needed_part_is_missing(capsys, tmp_path, monkeypatch):
    from pipeline.commands import doctor

    monkeypatch.setitem(doctor.NEEDED, "no-such-package", None)
    assert cli.main(["doctor", "--root", str(tmp_path)]) == cli.FAILED
    assert "MISSING" in capsys.readouterr().out
