"""average_linkage through the evaluator: photos keep faces apart, labels change nothing, evidence is kept."""

import json
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from components.artifact_files import read_evaluation
from components.evaluate.evaluation import evaluate, write_evaluation
from components.evaluate.judging.comparison import compare
from components.evaluate.judging.rounds import judged_rounds
from components.evaluate.search.settings import SelectionSettings
from components.face_table import FaceTable
from components.pairs.files import Pairs
from models.clustering.rules.assignment import rule_from
from tests.models.planted import groups

SETTINGS = SelectionSettings(
    clusterers=("average_linkage",),
    criterion="silhouette",
    choose_among="all",
    reduction="none",
    whiten=False,
)
SIZES = [30, 20, 12, *[8] * 12, *[2] * 20]


def table(truth, photos):
    n = len(truth)
    split = ["train" if i % 5 else "eval" for i in range(n)]
    names = [f"{photo:04d}.jpg" for photo in photos]
    return FaceTable([b""] * n, names, [f"p{t}" for t in truth], split, [b""] * n)


@pytest.fixture(scope="module")
def planted():
    return groups(SIZES, d=256, noise=1.0)


@pytest.fixture(scope="module")
def evaluated(planted):
    x, truth = planted
    return evaluate(table(truth, np.arange(len(x))), x, SETTINGS)


def test_people_are_found_without_their_number(planted, evaluated):
    _, facts, arrays = evaluated
    assert facts["metrics"]["all"]["pairwise_f"] > 0.95
    assert facts["selection"]["candidates"][0]["finds_number"]
    # of people with a photo or two some are in the eval split alone, and unknown
    assert (arrays["cluster"] < 0).mean() < 0.1


def test_labels_change_nothing(planted, evaluated):
    x, truth = planted
    photos = np.arange(len(x))
    shuffled = np.random.default_rng(0).permutation(truth)
    blind = replace(table(truth, photos), labels=[None] * len(x))
    for other in (table(shuffled, photos), blind):
        clustering, facts, arrays = evaluate(other, x, SETTINGS)
        np.testing.assert_array_equal(arrays["cluster"], evaluated[2]["cluster"])
        assert facts["threshold"] == evaluated[1]["threshold"]


def test_two_faces_of_one_photo_are_never_one_person(planted):
    x, truth = planted
    x = np.concatenate([x, x + 0.01])  # a mirror in every photo
    photos = np.tile(np.arange(len(truth)), 2)
    faces = table(np.tile(truth, 2), photos)
    faces.split = ["train"] * len(x)
    clustering, facts, _ = evaluate(faces, x, SETTINGS)
    labels = clustering.estimator.labels_
    for photo in range(len(truth)):
        one, other = labels[photos == photo]
        assert one != other
    assert facts["threshold"]["photo_pairs"] == len(truth)
    assert facts["threshold"]["photo_pairs_alike"] == len(truth)


class Rounds:
    """What an encoder tells of its rounds: here one and the same embedding before and after."""

    def __init__(self, x):
        self.x = x

    def stages(self, chips):
        rows = self.x[[int(chip) for chip in chips.numpy()]]
        return {"stages": tf.constant(np.stack([rows, rows + 1e-4], axis=1))}


def test_twins_in_a_photo_are_apart_in_every_figure_as_where_they_are_served():
    x, truth = groups([2] * 15 + [6] * 3, d=64, noise=0.4)
    twins = truth < 15  # both are in one photo, and so are two people whatever their names say
    faces = table(truth, np.where(twins, truth, 100 + np.arange(len(x))))
    faces = replace(faces, split=["train"] * len(x), chips=[str(i).encode() for i in range(len(x))])
    clustering, facts, arrays = evaluate(faces, x, SETTINGS)
    served = {"n_clusters": 33, "pairwise_recall": 0.75}  # 3 x 15 of 3 x 15 and 15 pairs
    assert len(set(arrays["cluster"][twins].tolist())) == 30
    assert {name: facts["metrics"]["all"][name] for name in served} == served
    names = [path.removesuffix(".jpg") for path in faces.image_paths]
    pairs = Pairs(names[:24], names[24:], truth[:24] == truth[24:], np.zeros(24, int))
    for row in judged_rounds(Rounds(x), faces, clustering, SETTINGS, pairs):
        assert {name: row[name] for name in served} == served
    plain = compare(x, faces, SETTINGS, min_images=2)["plain"]
    assert {name: plain[name] for name in served} == served


def test_the_evidence_and_the_rule_survive_the_files(evaluated, tmp_path):
    clustering, facts, arrays = evaluated
    write_evaluation(tmp_path, clustering, facts, arrays)
    found, _ = read_evaluation(tmp_path)
    assert found["threshold"] == facts["threshold"]
    assert found["threshold"]["reason"] in json.dumps(found)
    with np.load(tmp_path / "clustering.npz") as saved:
        rule = rule_from(saved)
    assert rule.kind == "averages"
    np.testing.assert_array_equal(rule.assign(arrays["points"]).cluster, arrays["cluster"])


def test_other_clusterers_have_no_such_cut(planted):
    x, truth = planted
    settings = SETTINGS.changed(clusterers=("kmeans",), n_clusters=5)
    assert evaluate(table(truth, np.arange(len(x))), x, settings)[1]["threshold"] is None
