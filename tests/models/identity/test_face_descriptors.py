import numpy as np
import tensorflow as tf

from models.identity.face_descriptors import BLOCK_SIZE, CELL, face_blocks, face_histograms
from models.identity.face_places import DISTINCT, MIRRORED, PLACES
from models.identity.grey_faces import grey_levels
from models.identity.oriented_gradients import ORIENTATIONS, face_gradients, gradient_maps
from models.identity.registered_patches import BLOCKS, SCALES
from tests.bounds import of_sum
from tests.models.identity.places import fixed_places


def chips(n, seed=0):
    """Smooth grey pictures with noise on them: float32 (n, 192, 192), whole numbers."""
    generator = np.random.default_rng(seed)
    coarse = tf.image.resize(generator.random((n, 24, 24, 1), np.float32), (192, 192))[..., 0].numpy()
    return np.round(200 * coarse + 40 * generator.random((n, 192, 192))).astype(np.float32)


def filters():
    """Filters that are nearly never 0 on pieces of pictures: a bit on the edge may turn by rounding."""
    return tf.constant(np.random.default_rng(2).standard_normal((8, 7, 7)), tf.float32)


def places(n):
    return np.repeat(fixed_places()[None], n, axis=0)


def test_places_are_symmetric_and_their_mirror_image_is_an_involution():
    assert len(set(PLACES)) == 27
    np.testing.assert_array_equal(MIRRORED[MIRRORED], np.arange(27))
    mirrored = fixed_places()[MIRRORED] * (-1, 1) + (191, 0)
    np.testing.assert_array_equal(mirrored, fixed_places())
    assert set(MIRRORED[DISTINCT:]) < set(range(DISTINCT))


def test_every_cell_holds_all_of_its_pixels_also_outside_of_the_chip():
    outside = places(2) + np.array([[[-80.0, 90.0]], [[60.0, -150.0]]])
    for where in (places(2), outside):
        counts = face_histograms(tf.constant(chips(2)), tf.constant(where, tf.float32)).numpy()
        assert counts.shape == (2, 27, 5, 4, 4, 59)
        np.testing.assert_array_equal(counts.sum(axis=-1), CELL * CELL)


def test_a_face_and_its_mirror_image_have_the_same_blocks():
    # The whole chip only: shrinking it by TensorFlow is not symmetric to the last bit.
    grey, where = chips(3), places(3)
    where[..., 1] += 0.25  # off the ties of rounding
    mirrored = (where[:, MIRRORED] * (-1, 1) + (191, 0)).astype(np.float32)
    own = np.random.default_rng(1).uniform(0.1, 0.9, (3, DISTINCT)).astype(np.float32)
    own[:, MIRRORED[:DISTINCT] == np.arange(DISTINCT)] = 0.5
    one = face_blocks(tf.constant(grey), tf.constant(where), tf.constant(own), filters()).numpy()
    other = face_blocks(
        tf.constant(grey[:, :, ::-1].copy()), tf.constant(mirrored), tf.constant(1 - own), filters()
    ).numpy()
    assert one.shape == (3, BLOCKS, BLOCK_SIZE)
    whole = np.arange(BLOCKS) % len(SCALES) == 0
    off = of_sum(one.shape[-1])
    # A root of a share near 0 is off by the root of what the share is off.
    np.testing.assert_allclose(one[:, whole], other[:, whole], rtol=0, atol=np.sqrt(off) * one.max())
    assert (np.abs(one - other)[:, whole] <= off * one.max()).mean() > 0.999
    assert np.abs(one - other).mean() < 0.05 * one.mean()


def test_a_side_that_is_not_seen_does_not_count():
    grey, where = chips(1), places(1)
    dark = grey.copy()
    dark[:, :, 110:] = 0
    own = np.where(MIRRORED[:DISTINCT] == np.arange(DISTINCT), 0.5, 1).astype(np.float32)[None]
    one, other = (
        face_blocks(tf.constant(each), tf.constant(where), tf.constant(own), filters(), (1.0,)).numpy()
        for each in (grey, dark)
    )
    left = where[0, :DISTINCT, 0] < 85
    np.testing.assert_array_equal(one[:, left], other[:, left])


def test_gradients_are_told_by_their_direction():
    down, across = np.mgrid[:16, :16].astype(np.float32)
    slopes = np.stack([across, down, -across, 3 * (across - down)])
    found = gradient_maps(tf.constant(slopes)).numpy()[:, 8, 8]
    expected = np.zeros((4, ORIENTATIONS))
    expected[0, 0] = expected[1, 2] = expected[2, 4] = 2
    expected[3, 7] = 6 * np.sqrt(2)
    np.testing.assert_allclose(found, expected, rtol=0, atol=of_sum(ORIENTATIONS) * expected.max())


def test_flat_skin_has_no_gradients_and_contrast_counts_little():
    grey, where = tf.constant(chips(1)), tf.constant(places(1))
    flat = face_gradients(0 * grey + 90, where, 1.0, CELL, 4)
    # Roots of what is left of 9 products that cancel.
    np.testing.assert_allclose(flat, 0, rtol=0, atol=np.sqrt(of_sum(9) * 90))
    one, half = (face_gradients(each, where, 1.0, CELL, 4).numpy() for each in (grey, grey / 2 + 60))
    assert one.shape == (1, 27, 4, 4, ORIENTATIONS)
    assert np.abs(one - half).max() < 0.05


def test_grey_levels_are_whole_and_weigh_the_colours():
    image = np.array([[[[1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0], [1.0, 1.0, 1.0]]]], np.float32)
    np.testing.assert_array_equal(grey_levels(image)[0, 0], [76, 150, 29, 255])
