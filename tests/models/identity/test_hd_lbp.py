import functools
import tracemalloc

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.identity import grey_faces
from models.identity.face_places import PLACES, fixed_places
from models.identity.grey_faces import gather, grey_levels
from models.identity.hd_lbp import HDLBP
from models.identity.registered_patches import SCALES
from models.inputs.training_data import ExampleSet
from tests.bounds import of_network, of_sum
from tests.models.landmarks.landmark_faces import landmark_faces

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


def example_set(images, photos=None, points=None):
    n = len(images)
    features = {
        "image": images,
        "photo": np.arange(n) if photos is None else photos,
        "landmarks68": np.full((n, 136), np.nan, np.float32) if points is None else points.reshape(n, 136),
    }
    return ExampleSet(tf.data.Dataset.from_tensor_slices(features), len(images))


@functools.cache
def fitted():
    model = HDLBP(latent_dim=24, block_dim=8, rounds=2)
    model.start_from(example_set(people()[0]))
    return model


def test_embeddings_have_length_1_and_know_people_again():
    images, who = people()
    found = fitted().encode(images).numpy()
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=of_sum(24))
    similar = found @ found.T - 2 * np.eye(len(who))
    assert (who[similar.argmax(axis=1)] == who).mean() > 0.95  # by chance 0.05, below too


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
    off = of_network(fitted())
    np.testing.assert_allclose(stages[:, -1], fitted().encode(images), rtol=0, atol=off)
    plain = tf.math.l2_normalize(fitted().coordinates(images), axis=-1)
    np.testing.assert_allclose(stages[:, 0], plain, rtol=0, atol=off)


def test_labels_never_reach_the_fit():
    images, who = people()
    no_points = np.full((len(images), 136), np.nan, np.float32)
    features = {
        "image": images,
        "photo": np.arange(len(images)),
        "landmarks68": no_points,
        "label": who,
    }
    other = {**features, "label": who[::-1].copy()}
    found = []
    for one in (features, other):
        model = HDLBP(latent_dim=12, block_dim=4, rounds=1)
        model.start_from(ExampleSet(tf.data.Dataset.from_tensor_slices(one), len(images)))
        found.append(b"".join(weight.numpy().tobytes() for weight in model.weights))
    assert found[0] == found[1]


def test_the_fit_takes_no_more_faces_than_it_says(monkeypatch):
    monkeypatch.setattr(grey_faces, "MOST_FACES", 10)
    images, _ = people()
    grey, photos, points = gather(example_set(images))
    assert grey.shape == (10, 192, 192)
    assert points.shape == (10, 68, 2)
    assert len(set(photos.tolist())) == 10
    assert photos[0] == 0
    assert np.diff(photos).max() <= 7


@functools.cache
def drawn_faces():
    """Images (n, 192, 192, 3) in [0, 1] of faces drawn by their points, and the points (n, 68, 2)."""
    grey, points = landmark_faces(120, 0)
    return np.repeat(grey[..., None] / 255, 3, axis=3).astype(np.float32), points


@functools.cache
def placed():
    images, points = drawn_faces()
    some = points.copy()
    some[:10] = np.nan
    model = HDLBP(latent_dim=8, block_dim=4, rounds=1)
    model.start_from(example_set(images, points=some))
    return model


def test_with_points_places_are_the_networks_in_fit_and_in_serving(tmp_path):
    images, points = drawn_faces()
    grey = grey_levels(images)
    found = placed().places(grey).numpy()
    fixed = HDLBP(latent_dim=8, block_dim=4).places(grey).numpy()
    wanted = points[:, PLACES]
    assert np.abs(found - wanted)[:10].mean() < 0.2 * np.abs(fixed - wanted).mean()
    np.testing.assert_array_equal(found, placed().landmark_network(grey).numpy()[:, PLACES])
    told = placed().figures(None)["landmarks"]
    assert told["taught_on"] + told["held_back"] == 110
    placed().save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again.encode(images[:5]), placed().encode(images[:5]))
    archive = keras.export.ExportArchive()
    archive.track(placed())
    archive.add_endpoint(
        "encode", placed().encode, input_signature=[tf.TensorSpec((None, 192, 192, 3), tf.float32)]
    )
    archive.write_out(str(tmp_path / "served"), verbose=False)
    served = tf.saved_model.load(str(tmp_path / "served"))
    off = of_network(placed())
    np.testing.assert_allclose(served.encode(images[:5]), placed().encode(images[:5]), rtol=0, atol=off)


def test_points_of_too_few_faces_are_refused_and_none_leave_the_places_fixed():
    images, points = drawn_faces()
    some = points.copy()
    some[50:] = np.nan
    model = HDLBP(latent_dim=8, block_dim=4)
    with pytest.raises(ValueError, match="Expected at least 100 with 68 points; received 50"):
        model.start_from(example_set(images, points=some))
    np.testing.assert_array_equal(model.places(grey_levels(images[:2]))[1], fixed_places())
    assert fitted().facts["landmarks"] is None


def test_the_blocks_of_one_scale_are_those_of_all_at_that_scale():
    grey, places = grey_levels(people()[0][:3]), np.repeat(fixed_places()[None], 3, axis=0)
    every = fitted().blocks(grey, places).numpy()
    for number, scale in enumerate(SCALES):
        one = fitted().blocks(grey, places, (scale,)).numpy()
        np.testing.assert_array_equal(one, every[:, number :: len(SCALES)])


def test_the_fit_holds_the_descriptors_of_one_scale_at_a_time():
    grey = np.tile(grey_levels(people()[0]).numpy().astype(np.uint8), (4, 1, 1))
    model = HDLBP(latent_dim=24, block_dim=8)
    model._fit_block_axes(grey[:8])  # what is made once
    tracemalloc.start()
    model._fit_block_axes(grey)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    every = np.prod((len(grey), *model.block_axes.shape[:2])) * np.float16(0).itemsize
    assert peak < every / 2


def test_facts_say_what_the_fit_found():
    facts = fitted().figures(None)
    assert facts["fitted_on"] == len(people()[1])
    assert facts["rounds"][0]["number"] == 1


def test_few_faces_leave_zeros_and_fewer_are_refused():
    model = HDLBP(latent_dim=24, block_dim=30, rounds=1)
    model.start_from(example_set(people()[0][:12]))
    found = model.encode(people()[0][:3]).numpy()
    np.testing.assert_array_equal(found[:, 9:], 0)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=of_sum(24))
    with pytest.raises(ValueError, match="Too few faces to fit hd_lbp. Expected at least 8; received 5"):
        model.start_from(example_set(people()[0][:5]))
