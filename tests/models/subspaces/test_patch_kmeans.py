"""Patches, centroids and the model made of them."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.catalog import build_model
from models.inputs.training_data import ExampleSet
from models.subspaces.patch_kmeans import PatchKMeans
from models.subspaces.patches import CONTRAST, WHITENING, learn_centroids, nearness, patches_of, quadrants
from tests.bounds import of_network, of_sum

SMALL = {"side": 8, "patch": 3, "n_centroids": 5, "latent_dim": 4}


def pictures(n, side=8, channels=3, seed=0):
    return np.random.default_rng(seed).random((n, side, side, channels), np.float32)


def example_set(images):
    return ExampleSet(tf.data.Dataset.from_tensor_slices({"image": images}), len(images))


@pytest.fixture(scope="module")
def model():
    found = PatchKMeans(**SMALL)
    found.start_from(example_set(pictures(30)))
    return found


def test_patches_have_no_mean_and_nearly_one_variance():
    images = pictures(2, 7)
    found = patches_of(images, 3).numpy()
    assert found.shape == (2, 5, 5, 27)
    patch = images[1, 2:5, 4:7].astype(np.float64).ravel()
    expected = (patch - patch.mean()) / np.sqrt(patch.var() + CONTRAST)
    np.testing.assert_allclose(found[1, 2, 4], expected, rtol=0, atol=of_sum(27) * np.abs(expected).max())
    flat = patches_of(np.full((1, 4, 4, 1), 0.5, np.float32), 3).numpy()
    np.testing.assert_array_equal(flat, 0)


def test_whitened_patches_have_variance_below_one_by_the_ridge():
    mixing = np.random.default_rng(1).normal(size=(6, 6))
    patches = (np.random.default_rng(0).normal(size=(4000, 6)) @ mixing).astype(np.float32)
    found = learn_centroids(patches, 3, 0)
    values = np.linalg.eigvalsh(np.cov(patches, rowvar=False))
    white = np.cov((patches - found.mean) @ found.whitening, rowvar=False)
    expected = values / (values + WHITENING)
    np.testing.assert_allclose(np.linalg.eigvalsh(white), np.sort(expected), rtol=0, atol=of_sum(4000))


def test_nearness_is_the_mean_distance_less_a_centroids_own_and_never_below_zero():
    generator = np.random.default_rng(0)
    patches, mean = generator.normal(size=(2, 3, 3, 6)), generator.normal(size=6)
    whitening, centroids = generator.normal(size=(6, 6)), generator.normal(size=(4, 6))
    parts = [part.astype(np.float32) for part in (patches, mean, whitening, centroids)]
    found = nearness(*parts).numpy()
    white = (patches - mean) @ whitening
    distances = np.linalg.norm(white[..., None, :] - centroids, axis=-1)
    expected = np.maximum(distances.mean(axis=-1, keepdims=True) - distances, 0)
    assert (expected == 0).any()
    # A root of a difference of squares: its rounding is the square's over the distance.
    off = of_sum(12) * np.square(white).sum(axis=-1).max() / distances.min()
    np.testing.assert_allclose(found, expected, rtol=0, atol=off)


def test_quadrants_are_means_of_the_four_parts():
    maps = np.zeros((1, 5, 4, 1), np.float32)
    maps[0, :2, :2], maps[0, :2, 2:], maps[0, 2:, :2], maps[0, 2:, 2:] = 1, 2, 3, 4
    maps[0, 4] = 0
    np.testing.assert_allclose(quadrants(maps)[0], [1, 2, 2, 8 / 3], rtol=of_sum(6))


def test_pictures_of_one_kind_of_texture_lie_together():
    """Stripes across and stripes along, each shifted at random: nothing that a pixel tells."""
    generator = np.random.default_rng(0)
    line = np.tile([0.0, 0.0, 1.0, 1.0], 6).astype(np.float32)
    shifts = generator.integers(4, size=40)
    across = np.stack([np.broadcast_to(line[s : s + 16], (16, 16)) for s in shifts])
    images = np.where(np.arange(40)[:, None, None] % 2 == 0, across, across.transpose(0, 2, 1))[..., None]
    model = PatchKMeans(side=16, channels=1, patch=4, n_centroids=8, latent_dim=2)
    model.start_from(example_set(images.astype(np.float32)))
    first = np.asarray(model.encode(images))[:, 0]
    even, odd = np.sort(first[::2]), np.sort(first[1::2])
    assert even[-1] < odd[0] or odd[-1] < even[0]


def test_a_file_and_a_saved_graph_give_the_same_embeddings(model, tmp_path):
    images = pictures(5, seed=1)
    expected = np.asarray(model.encode(images))
    assert expected.shape == (5, 4)
    assert (expected.std(axis=0) > 0).all()
    model.save(tmp_path / "m.keras")
    np.testing.assert_array_equal(keras.saving.load_model(tmp_path / "m.keras").encode(images), expected)
    archive = keras.export.ExportArchive()
    archive.track(model)
    spec = tf.TensorSpec((None, 8, 8, 3), tf.float32)
    archive.add_endpoint("encode", model.encode, input_signature=[spec])
    archive.write_out(str(tmp_path / "graph"), verbose=False)
    served = tf.saved_model.load(str(tmp_path / "graph"))
    np.testing.assert_allclose(
        served.encode(images), expected, rtol=0, atol=of_network(model) * np.abs(expected).max()
    )


def test_another_seed_finds_other_centroids_and_the_same_seed_the_same(model):
    same, other = PatchKMeans(**SMALL), PatchKMeans(**SMALL, seed=1)
    for one in (same, other):
        one.start_from(example_set(pictures(30)))
    np.testing.assert_array_equal(same.centroids, model.centroids)
    assert not np.allclose(other.centroids, model.centroids)


def test_what_cannot_be_fitted_is_told(model):
    with pytest.raises(ValueError, match="n_centroids=99. Give more pictures, or set n_centroids lower"):
        PatchKMeans(side=4, patch=3, n_centroids=99).start_from(example_set(pictures(5, 4)))
    with pytest.raises(ValueError, match=r"do not fit patch_kmeans. Expected \(n, 8, 8, 3\)"):
        model.encode(pictures(2, 9))
    with pytest.raises(ValueError, match="side=6 is not possible. Expected at least 7 with patch=6"):
        build_model("patch_kmeans", side=6)
