import functools

import numpy as np
import pytest
import tensorflow as tf

from models import hd_lbp
from models.hd_lbp import HDLBP, gather
from models.training_data import ExampleSet

PEOPLE, OF_EACH = 16, 4


@functools.cache
def people():
    """Smooth faces of 16 invented people, four pictures of each in another light: images and who it is."""
    generator = np.random.default_rng(0)
    coarse = tf.image.resize(generator.random((PEOPLE, 40, 40, 1), np.float32), (192, 192), "bicubic").numpy()
    who = np.repeat(np.arange(PEOPLE), OF_EACH)
    light = tf.image.resize(generator.random((len(who), 2, 2, 1), np.float32), (192, 192)).numpy()
    grey = 0.6 * coarse[who] + 0.3 * light + 0.02 * generator.standard_normal((len(who), 192, 192, 1))
    return np.repeat(np.clip(grey, 0, 1), 3, axis=3).astype(np.float32), who


def example_set(images, photos=None):
    features = {"image": images, "photo": np.arange(len(images)) if photos is None else photos}
    return ExampleSet(tf.data.Dataset.from_tensor_slices(features), len(images))


@functools.cache
def fitted():
    model = HDLBP(latent_dim=24, block_dim=8, rounds=2)
    model.start_from(example_set(people()[0]))
    return model


def test_embeddings_have_length_1_and_know_people_again():
    images, who = people()
    found = fitted().encode(images).numpy()
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    similar = found @ found.T - 2 * np.eye(len(who))
    assert (who[similar.argmax(axis=1)] == who).mean() > 0.95


def test_a_picture_moved_by_a_pixel_or_darkened_keeps_its_neighbours():
    images, who = people()
    known = fitted().encode(images).numpy()
    for changed in (np.roll(images, 1, axis=2), images * 0.6):
        found = fitted().encode(changed).numpy()
        assert (who[(found @ known.T).argmax(axis=1)] == who).mean() > 0.95
        assert np.sum(found * known, axis=1).min() > 0.6


def test_the_last_stage_is_the_embedding_and_the_first_knows_no_round():
    images = people()[0][:5]
    stages = fitted().stages(images).numpy()
    assert stages.shape == (5, 3, 24)
    np.testing.assert_allclose(stages[:, -1], fitted().encode(images), atol=1e-5)
    plain = tf.math.l2_normalize(fitted().coordinates(images), axis=-1)
    np.testing.assert_allclose(stages[:, 0], plain, atol=1e-5)


def test_labels_never_reach_the_fit():
    images, who = people()
    features = {"image": images, "photo": np.arange(len(images)), "label": who}
    other = {**features, "label": who[::-1].copy()}
    found = []
    for one in (features, other):
        model = HDLBP(latent_dim=12, block_dim=4, rounds=1)
        model.start_from(ExampleSet(tf.data.Dataset.from_tensor_slices(one), len(images)))
        found.append(b"".join(weight.numpy().tobytes() for weight in model.weights))
    assert found[0] == found[1]


def test_the_fit_takes_no_more_faces_than_it_says(monkeypatch):
    monkeypatch.setattr(hd_lbp, "MOST_FACES", 10)
    images, _ = people()
    grey, photos = gather(example_set(images))
    assert grey.shape == (10, 192, 192)
    assert len(set(photos.tolist())) == 10
    assert photos[0] == 0
    assert np.diff(photos).max() <= 7


def test_facts_say_what_the_fit_found():
    facts = fitted().figures(None)
    assert facts["fitted_on"] == len(people()[1])
    assert facts["rounds"][0]["number"] == 1


def test_few_faces_leave_zeros_and_fewer_are_refused():
    model = HDLBP(latent_dim=24, block_dim=30, rounds=1)
    model.start_from(example_set(people()[0][:12]))
    found = model.encode(people()[0][:3]).numpy()
    np.testing.assert_array_equal(found[:, 9:], 0)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    with pytest.raises(ValueError, match="Too few faces to fit hd_lbp. Expected at least 8; received 5"):
        model.start_from(example_set(people()[0][:5]))
