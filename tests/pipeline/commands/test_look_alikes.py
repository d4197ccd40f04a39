"""``facefold look-alikes``, and ``assign`` with its thresholds: photos in, files out, mistakes in one line."""

import csv
import json
import re

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from components.look_alikes.rule import read_thresholds
from pipeline import cli
from pipeline.commands.look_alikes_told import lines_of
from schemas.face import Face
from schemas.features import to_example

PEOPLE = {"ann": (200, 60, 60), "bea": (190, 80, 60), "cleo": (50, 190, 70), "dora": (60, 60, 210)}
EACH = 7


class ByColour(tf.Module):
    """A served model: the embedding is the mean colour, the group its strongest; grey is unknown."""

    def __init__(self, turned=False):
        super().__init__()
        self.turned = turned

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.string, name="image_bytes")])
    def serving_default(self, image_bytes):
        def mean(chip):
            picture = tf.image.decode_image(chip, channels=3, expand_animations=False)
            return tf.reduce_mean(tf.cast(picture, tf.float32), axis=(0, 1)) - 110.0

        colour = tf.map_fn(mean, image_bytes, fn_output_signature=tf.float32)
        return {
            "embedding": colour[:, ::-1] if self.turned else colour,
            "cluster": tf.argmax(colour, axis=1),
            "probability": tf.ones_like(colour[:, 0]),
            "unknown": tf.reduce_max(colour, axis=1) < 40.0,
        }


def picture(colour, seed):
    """Pixels uint8 (64, 64, 3) near a colour."""
    generator = np.random.default_rng(seed)
    tint = np.array(colour) + generator.integers(-14, 15, 3)
    return np.clip(tint + generator.integers(-9, 10, (64, 64, 3)), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """A folder with a folder of each person."""
    folder = tmp_path_factory.mktemp("people")
    for number, (name, colour) in enumerate(PEOPLE.items()):
        (folder / name).mkdir()
        for one in range(EACH):
            Image.fromarray(picture(colour, 100 * number + one)).save(folder / name / f"{one}.png")
    return folder


@pytest.fixture(scope="module")
def root(tmp_path_factory, photos):
    """A root with a pushed model and the artifacts of its run."""
    root = tmp_path_factory.mktemp("root")
    served, module = root / "serving" / "facefold" / "3", ByColour()
    tf.saved_model.save(module, str(served), signatures=module.serving_default)
    (served / "model_card.json").write_text(json.dumps({"settings": {"detector": "none"}}))
    run, examples, evaluation = root / "runs" / "one", root / "examples", root / "evaluation"
    for folder in (run, examples / "Split-train", examples / "Split-eval", evaluation):
        folder.mkdir(parents=True)
    chips = [file.read_bytes() for file in sorted(photos.glob("*/*.png"))]
    names = [f"{number:04}" for number in range(len(chips))]
    for split, rows in (("train", range(20)), ("eval", range(20, len(chips)))):
        with tf.io.TFRecordWriter(str(examples / f"Split-{split}" / "data.gz"), "GZIP") as writer:
            for i in rows:
                face = Face(chip=chips[i], image_path=f"{names[i]}.png", content_hash=names[i])
                writer.write(to_example(face).SerializeToString())
    found = module.serving_default(tf.constant(chips))
    np.savez(evaluation / "arrays.npz", **{k: found[k].numpy() for k in ("embedding", "cluster")})
    (evaluation / "evaluation.json").write_text("{}")
    (run / "result.json").write_text(
        json.dumps(
            {
                "subject": "face",
                "pushed_model": str(served),
                "artifacts": {"examples": str(examples), "evaluation": str(evaluation)},
                "ingest": {"files": 28, "with_faces": 28, "no_face": 0, "rejected": 0},
            }
        )
    )
    return root


def look(*arguments):
    return cli.main(["look-alikes", *map(str, arguments)])


def test_folders_names_give_pairs_page_table_and_thresholds(photos, root, tmp_path, capfd):
    out, cache = tmp_path / "out", tmp_path / "cache"
    asked = ["--model", root, "--images", photos, "--root", cache, "-o", out, "--pairs", 3]
    assert look(*asked, "--json") == cli.DONE
    result = json.loads(capfd.readouterr().out)
    assert (result["named"], result["people"], result["judged"]) == ("folders", 4, 4)
    assert result["photos"] == {"given": 28, "faces": 28, "no_face": 0, "rejected": 0}
    assert result["pairs"][0]["people"] == ["ann", "bea"]
    assert len(result["pairs"]) == 3
    for row in result["pairs"]:
        assert row["interval"][0] <= row["error"] <= row["interval"][1]
        assert row["across"] < row["within"]
        for cost in row["others"].values():
            assert cost["split"]["pairs"] == 2 * EACH * (EACH - 1) // 2
            assert cost["merged"]["pairs"] == EACH * EACH
    kept = read_thresholds(out / "thresholds.json")
    assert set(kept.people) == set(PEOPLE)
    assert kept.people["cleo"].clusters == (1,)
    assert {pair.names for pair in kept.pairs} == {
        tuple(row["people"]) for row in result["pairs"] if row["parts"]
    }
    rows = list(csv.DictReader((out / "look-alikes.csv").read_text().splitlines()))
    assert [row["first"] for row in rows] == [row["people"][0] for row in result["pairs"]]
    assert float(rows[0]["threshold"]) == result["pairs"][0]["threshold"]
    page = (out / "look-alikes.html").read_text()
    assert page.count('<article class="alike"') == 3 + len(result["mixed"]["groups"])
    assert not re.search(r"(src|href)=.?https?:|<script", page)
    assert "Ann and bea" in page
    assert any("ann / bea" in line for line in lines_of(result))


def test_without_images_the_library_is_that_of_the_models_run(root, tmp_path, capfd):
    answers = []
    for model in (root, root / "runs" / "one", root / "serving" / "facefold" / "3"):
        assert look("--model", model, "--root", tmp_path, "-o", tmp_path / "out", "--json") == cli.DONE
        answers.append(json.loads(capfd.readouterr().out))
        assert (answers[-1]["named"], answers[-1]["people"]) == ("groups", 3)
    assert answers[0]["pairs"] == answers[1]["pairs"] == answers[2]["pairs"]
    shown = ["--model", root, "-o", tmp_path / "out", "--root", tmp_path, "--threshold", 0.9]
    assert look(*shown) == cli.DONE
    said = capfd.readouterr().out
    assert "threshold for everybody: 0.9000" in said
    assert "group 0 / group " in said


def test_the_models_groups_name_the_faces_of_a_folder_too(root, photos, tmp_path, capfd):
    out = ["-o", tmp_path / "out", "--root", tmp_path, "--json"]
    assert look("--model", root, "--images", photos, "--names", "groups", *out) == cli.DONE
    result = json.loads(capfd.readouterr().out)
    assert (result["named"], result["people"]) == ("groups", 3)  # ann and bea are one


def test_a_reference_needs_photos_in_folders(photos, tmp_path, capfd):
    out = ["-o", tmp_path / "out", "--root", tmp_path, "--detector", "none", "--json"]
    assert look("--model", "pixels", "--images", photos, *out) == cli.DONE
    result = json.loads(capfd.readouterr().out)
    assert result["space"].startswith("pixels-")
    assert read_thresholds(tmp_path / "out" / "thresholds.json").people["ann"].clusters == ()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "nowhere"], "neither a name nor a folder"),
        (["--model", "pixels"], "no photos of its own"),
        (["--model", "pixels", "--images", "PHOTOS", "--names", "groups"], "has no groups to name"),
        (["--model", "ROOT", "--images", "nowhere"], "does not exist as such"),
        (["--model", "ROOT", "--images", "EMPTY"], "No face was found"),
        (["--model", "ROOT", "--images", "PHOTOS/ann", "--names", "groups"], "show 1 of the groups"),
        (["--model", "ROOT", "--images", "PHOTOS", "--least", "8"], "0 of 4 people have 8 photos"),
        (["--model", "ROOT", "--least", "3"], "4 photos of each"),
        (["--model", "ROOT", "--names", "folders"], "needs the folders"),
        (["--model", "ROOT", "--images", "PHOTOS", "--threshold", "1.5"], "--threshold 1.5"),
    ],
)
def test_mistakes_in_one_line(arguments, words, root, photos, tmp_path, capfd):
    (tmp_path / "empty").mkdir()
    places = {"ROOT": root, "PHOTOS": photos, "EMPTY": tmp_path / "empty"}
    for name, place in places.items():
        arguments = [one.replace(name, str(place)) for one in arguments]
    assert look(*arguments, "--root", tmp_path, "-o", tmp_path / "out") == cli.WRONG_ARGUMENTS
    error = capfd.readouterr().err
    assert words in error
    told = error.count("searched for faces") + error.count("The folders name")
    assert len(error.splitlines()) == 1 + told
    assert not (tmp_path / "out").exists()


def test_a_run_whose_faces_are_gone_says_so(root, tmp_path, capfd):
    run = tmp_path / "runs" / "one"
    run.mkdir(parents=True)
    result = json.loads((root / "runs" / "one" / "result.json").read_text())
    result["artifacts"]["examples"] = str(tmp_path / "gone")
    (run / "result.json").write_text(json.dumps(result))
    assert look("--model", run, "--root", tmp_path, "-o", tmp_path / "out") == cli.WRONG_ARGUMENTS
    assert "are gone" in capfd.readouterr().err


@pytest.fixture(scope="module")
def thresholds(root, photos, tmp_path_factory):
    out = tmp_path_factory.mktemp("thresholds")
    assert look("--model", root, "--images", photos, "--root", out / "cache", "-o", out) == cli.DONE
    return out / "thresholds.json"


@pytest.fixture(scope="module")
def new_photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("new")
    colours = {"ann": (200, 60, 60), "between": (170, 125, 40), "cleo": (50, 190, 70), "grey": (110,) * 3}
    for number, (name, colour) in enumerate(colours.items()):
        Image.fromarray(picture(colour, 900 + number)).save(folder / f"{name}.png")
    return folder


def assign(*arguments):
    return cli.main(["assign", *map(str, arguments)])


def test_a_face_is_told_by_its_pairs_threshold(root, thresholds, new_photos, tmp_path, capfd):
    asked = ["--model", root, "--root", tmp_path, "--thresholds", thresholds, new_photos]
    assert assign(*asked, "--json") == cli.DONE
    result = json.loads(capfd.readouterr().out)
    faces = {face["path"].rpartition("/")[2]: face for face in result["faces"]}
    assert faces["ann.png"]["pair"]["person"] == "ann"
    assert set(faces["ann.png"]["pair"]["people"]) == {"ann", "bea"}
    assert not faces["ann.png"]["unknown"]
    assert faces["grey.png"]["pair"] is None
    between = faces["between.png"]
    assert (between["pair"]["person"], between["unknown"]) == (None, True)
    assert max(between["pair"]["likeness"]) < between["pair"]["threshold"]
    assert result["unknown"] == 2
    assert assign(*asked) == cli.DONE
    said = capfd.readouterr().out
    assert "ann rather than bea (" in said
    assert re.search(r"unknown, nearest group \d, between \w+ and \w+ \(", said)


def test_without_thresholds_nothing_is_said_of_pairs(root, new_photos, tmp_path, capfd):
    assert assign("--model", root, "--root", tmp_path, "--json", new_photos) == cli.DONE
    assert all("pair" not in face for face in json.loads(capfd.readouterr().out)["faces"])


def test_a_server_decides_by_thresholds_too(root, thresholds, new_photos, tmp_path, capfd):
    from tests.pipeline.serving.stand_in_models import Model, Models
    from tests.pipeline.serving.stand_in_server import StandIn

    asked = ["--root", tmp_path, "--thresholds", thresholds, "--json", new_photos]
    assert assign("--model", root, *asked) == cli.DONE
    expected = json.loads(capfd.readouterr().out)
    server = StandIn(Models({"facefold": Model(root / "serving" / "facefold")}))
    try:
        assert assign("--server", server.grpc, "--detector", "none", *asked) == cli.DONE
        assert json.loads(capfd.readouterr().out)["faces"] == expected["faces"]
    finally:
        server.close()


def test_a_file_of_another_space_is_refused(thresholds, new_photos, tmp_path, capfd):
    module, folder = ByColour(turned=True), tmp_path / "1"
    tf.saved_model.save(module, str(folder), signatures=module.serving_default)
    (folder / "model_card.json").write_text(json.dumps({"settings": {"detector": "none"}}))
    asked = ["--model", tmp_path, "--root", tmp_path / "cache", "--thresholds", thresholds, new_photos]
    assert assign(*asked) == cli.WRONG_ARGUMENTS
    error = capfd.readouterr().err
    assert "of another space: they were made with" in error
