import functools
import tracemalloc

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.identity import grey_faces
from models.identity.face_places import DISTINCT, PLACES
from models.identity.grey_faces import gather, grey_levels
from models.identity.hd_lbp import HDLBP
from models.identity.registered_patches import SCALES
from models.inputs.training_data import ExampleSet
from models.landmarks import face_mesh
from models.landmarks.mesh_points import OF_300W
from models.landmarks.mesh_warp import mirrored_mesh
from tests.bounds import of_network, of_sum
from tests.models.landmarks.orl_chips import orl_chips

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


@functools.cache
def embedded():
    return fitted().encode(people()[0]).numpy()


def test_embeddings_have_length_1_and_know_people_again():
    _, who = people()
    found = embedded()
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=of_sum(24))
    similar = found @ found.T - 2 * np.eye(len(who))
    assert (who[similar.argmax(axis=1)] == who).mean() > 0.95  # by chance 0.05, below too


def test_a_picture_moved_by_a_pixel_or_darkened_keeps_its_neighbours():
    images, who = people()
    known = embedded()
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
    images, who = (part[::2] for part in people())
    features = {"image": images, "photo": np.arange(len(images)), "label": who}
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
    grey, photos = gather(example_set(images))
    assert grey.shape == (10, 192, 192)
    assert len(set(photos.tolist())) == 10
    assert photos[0] == 0
    assert np.diff(photos).max() <= 7


@functools.cache
def portraits():
    """Images (24, 192, 192, 3) in [0, 1] of six people, and a model that is fitted on them."""
    images = np.repeat(orl_chips(6, 4)[..., None] / 255, 3, axis=3).astype(np.float32)
    model = HDLBP(latent_dim=12, block_dim=4, rounds=1)
    model.start_from(example_set(images))
    return images, model


def test_every_face_has_the_mean_shape_and_the_places_are_the_mean_points():
    images, model = portraits()
    grey = grey_levels(images)
    before, after = (model.mesh(one).numpy() for one in (grey, model.registered(grey, model.mesh(grey))[0]))
    mean = model.mesh_warp.mean.numpy()
    assert np.abs(after - mean).mean() < 0.5 * np.abs(before - mean).mean()
    places = model.places(grey).numpy()
    assert places.shape == (len(images), 27, 2)
    np.testing.assert_array_equal(places, np.tile(mean[np.array(OF_300W)[list(PLACES)]], (len(images), 1, 1)))


def test_the_mesh_of_a_mirrored_face_is_mirrored():
    images, model = portraits()
    grey = grey_levels(images[:3])
    there = mirrored_mesh(model.mesh(grey[:, :, ::-1])).numpy()
    np.testing.assert_allclose(there, model.mesh(grey), rtol=0, atol=of_network(model.face_mesh) * 248)


def test_the_fit_sees_what_serving_sees():
    images, model = portraits()
    grey = grey_levels(images)
    levels = grey.numpy().astype(np.uint8)
    found, own = model.all_registered(levels, model.all_points(levels))
    chips, shares = model.registered(grey, model.mesh(grey))
    assert found.dtype == np.uint8
    np.testing.assert_allclose(own, shares, rtol=0, atol=of_network(model.face_mesh) * 248)
    # A level that lies midway between two may be rounded either way.
    assert np.abs(found - chips.numpy()).max() <= 1


def test_it_comes_back_from_a_file_and_a_saved_model_without_the_meshs_package(tmp_path, monkeypatch):
    images, model = portraits()
    model.save(tmp_path / "m.keras")
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint(
        "encode", model.encode, input_signature=[tf.TensorSpec((None, 192, 192, 3), tf.float32)]
    )
    archive.write_out(str(tmp_path / "served"), verbose=False)
    monkeypatch.setattr(face_mesh, "PACKAGE", "no_such_package")
    again = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again.encode(images[:5]), model.encode(images[:5]))
    served = tf.saved_model.load(str(tmp_path / "served"))
    off = of_network(model)
    np.testing.assert_allclose(served.encode(images[:5]), model.encode(images[:5]), rtol=0, atol=off)
    with pytest.raises(ModuleNotFoundError, match="Expected the package no_such_package"):
        HDLBP(latent_dim=8, block_dim=4).start_from(example_set(images))


def test_the_blocks_of_one_scale_are_those_of_all_at_that_scale():
    grey, own = grey_levels(people()[0][:3]), tf.fill((3, DISTINCT), 0.5)
    every = fitted().blocks(grey, own).numpy()
    for number, scale in enumerate(SCALES):
        one = fitted().blocks(grey, own, (scale,)).numpy()
        np.testing.assert_array_equal(one, every[:, number :: len(SCALES)])


def test_the_fit_holds_the_descriptors_of_one_scale_at_a_time():
    grey = np.tile(grey_levels(people()[0]).numpy().astype(np.uint8), (4, 1, 1))
    model = HDLBP(latent_dim=24, block_dim=8)
    own = np.full((len(grey), DISTINCT), 0.5, np.float32)
    model._fit_block_axes(grey[:8], own[:8])  # what is made once
    tracemalloc.start()
    model._fit_block_axes(grey, own)
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
