"""The network that pseudo-identities teach: the margin by hand, lessons, and what comes of them."""

import numpy as np
import pytest

from models.identity.pseudo_face import SCALE, Lessons, PseudoFace, angular_margin, lessons_of
from models.training.train import train
from models.training_settings import plan_of
from tests.bounds import of_network, of_sum
from tests.models.identity.test_hd_lbp import OF_EACH, PEOPLE, example_set, people

SETTINGS = plan_of(
    {
        "model": "pseudo_face",
        "latent_dim": 16,
        "base_filters": 4,
        "teacher_dim": 24,
        "block_dim": 8,
        "epochs": 20,
        "learning_rate": 2e-3,
        "jit": "off",
        "dtype": "float32",
        "patience": 50,
    }
)


def faces(rows):
    return example_set(people()[0][rows], np.asarray(rows, np.int64))


def by_hand(cosines, identity, known, margin):
    logits = cosines[:known].copy()
    logits[identity] = np.cos(np.arccos(logits[identity]) + margin)
    return -SCALE * logits[identity] + np.log(np.exp(SCALE * logits).sum())


def test_the_loss_is_the_additive_angular_margin_over_rows_with_an_identity():
    cosines = np.random.default_rng(0).uniform(-0.9, 0.9, (3, 5)).astype(np.float32)
    found = float(angular_margin(cosines, np.array([2, -1, 0]), 4.0, 0.3))
    expected = (by_hand(cosines[0], 2, 4, 0.3) + by_hand(cosines[2], 0, 4, 0.3)) / 2
    assert found == pytest.approx(expected, rel=0, abs=of_sum(5) * SCALE)
    assert float(angular_margin(cosines, np.array([-1, -1, -1]), 4.0, 0.3)) == 0.0


def test_a_face_less_alike_than_the_cut_has_no_identity():
    lessons = Lessons(np.array([[0.9, 0.0], [0.0, 0.9]], np.float32), 0.6)
    rows = np.array([[1, 0], [0.1, 0.99], [0.6, 0.6]], np.float32)
    np.testing.assert_array_equal(lessons.identities(rows), [0, 1, -1])
    none = Lessons(np.empty((0, 2), np.float32), 0.6)
    np.testing.assert_array_equal(none.identities(rows), [-1, -1, -1])


def test_lessons_are_groups_of_people_and_only_the_largest_are_kept(monkeypatch):
    generator = np.random.default_rng(0)
    who = np.repeat(np.arange(30), 2 + np.arange(30) % 4)
    taught = generator.standard_normal((30, 64))[who] + 0.3 * generator.standard_normal((len(who), 64))
    taught = (taught / np.linalg.norm(taught, axis=1, keepdims=True)).astype(np.float32)
    found = lessons_of(taught, np.arange(len(who)), 0).identities(taught)
    assert len(set(zip(found[found >= 0], who[found >= 0], strict=True))) == len(set(found[found >= 0]))
    assert (found >= 0).mean() > 0.9
    monkeypatch.setattr("models.identity.pseudo_face.MOST_IDENTITIES", 7)
    few = lessons_of(taught, np.arange(len(who)), 0)
    assert len(few.means) == 7
    assert set(who[few.identities(taught) >= 0]) == set(np.flatnonzero(np.bincount(who) == 5))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A network taught on three pictures of each invented person, its history, and where it lies."""
    folder = tmp_path_factory.mktemp("pseudo_face")
    rows = np.arange(PEOPLE * OF_EACH)
    sets = faces(rows[rows % OF_EACH > 0]), faces(rows[rows % OF_EACH == 0])
    return *train(*sets, SETTINGS, folder), sets, folder


def test_it_learns_what_the_teacher_knows(run):
    model, history, _, _ = run
    assert history[-1]["likeness"] < history[0]["likeness"] - 0.1
    assert history[-1]["margin"] < history[0]["margin"]
    assert model.facts["identities"] >= PEOPLE - 2
    images, who = people()
    known = np.asarray(model.encode(images))
    np.testing.assert_allclose(np.linalg.norm(known, axis=1), 1, atol=of_sum(16))
    similar = known @ known.T - 2 * np.eye(len(who))
    assert (who[similar.argmax(axis=1)] == who).mean() > 0.6  # by chance 0.05


def test_a_mirror_image_has_the_same_embedding(run):
    images = people()[0][:4]
    off = of_network(run[0])
    np.testing.assert_allclose(run[0].encode(images), run[0].encode(images[:, :, ::-1]), rtol=0, atol=off)


def test_a_run_that_goes_on_has_the_same_lessons(run):
    model, history, sets, folder = run
    again, longer = train(*sets, SETTINGS.changed(epochs=21), folder)
    assert longer[: len(history)] == history
    assert len(longer) == 21
    assert again.facts == model.facts


def test_fused_the_teacher_stands_beside_the_network(run, tmp_path):
    _, _, sets, _ = run
    fused = SETTINGS.changed(epochs=1, fused=0.2)
    model, _ = train(*sets, fused, tmp_path)
    images = people()[0][:3]
    found = np.asarray(model.encode(images))
    assert found.shape == (3, 24 + 16)
    np.testing.assert_allclose(np.square(found[:, :24]).sum(axis=1), 0.8, atol=of_sum(24))
    expected = 0.8**0.5 * model.teacher.encode(images)
    np.testing.assert_allclose(found[:, :24], expected, rtol=0, atol=of_network(model.teacher))


def test_alone_it_holds_no_part_of_the_teacher():
    names = [weight.path for weight in PseudoFace(latent_dim=4, base_filters=4).weights]
    assert not any("hd_lbp" in name for name in names)
