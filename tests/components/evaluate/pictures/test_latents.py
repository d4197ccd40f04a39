"""The pictures of what latents hold: what each shows, and that an absent signature leaves it out."""

import numpy as np
import tensorflow as tf

from components.evaluate.pictures.latents import interpolations, latent_pictures, strongest_maps, traversals
from components.face_table import FaceTable
from tests.bounds import of_sum


class Decoder:
    """Stands for a SavedModel: a picture whose three channels are the first three latents."""

    def decode(self, embedding):
        colours = embedding[:, None, None, :3]
        return {"reconstruction": tf.clip_by_value(tf.tile(colours, (1, 4, 4, 1)), 0.0, 1.0)}


class Generator(Decoder):
    sample = Decoder.decode

    def maps(self, chips):
        n = int(tf.size(chips))
        return {"maps": tf.reshape(tf.range(n * 2 * 2 * 3, dtype=tf.float32), (n, 2, 2, 3))}


def faces(n):
    return FaceTable(
        [b"chip"] * n, [f"{i}.jpg" for i in range(n)], [None] * n, ["train"] * 2 + ["eval"] * (n - 2)
    )


def test_only_what_a_model_can_do_is_shown():
    embeddings = np.random.default_rng(0).random((12, 5)).astype(np.float32)
    assert latent_pictures(object(), faces(12), embeddings) == {}
    assert set(latent_pictures(Decoder(), faces(12), embeddings)) == {"interpolations", "traversals"}
    found = latent_pictures(Generator(), faces(12), embeddings)
    assert {"samples", "maps", "mapped"} <= set(found)
    assert found["samples"].shape == (24, 4, 4, 3)
    assert found["samples"].dtype == np.uint8
    assert len(np.unique(found["samples"][:, 0, 0, 0])) > 5
    assert set(found["mapped"]) <= set(range(2, 12))  # eval faces only


class Drawer:
    """Stands for a SavedModel of drawings: one straight line, as long as the first latent says."""

    def decode(self, embedding):
        steps = [[[length, 0.0, 1.0], [0.0, 0.0, 2.0]] for length in embedding[:, 0].numpy()]
        return {"reconstruction": tf.constant(steps, tf.float32)}


def test_strokes_are_drawn():
    embeddings = np.linspace(20, 220, 12)[:, None] * np.eye(1, 5)
    rows = latent_pictures(Drawer(), faces(12), embeddings.astype(np.float32))["interpolations"]
    assert rows.shape[:2] == (4, 8)
    assert rows.dtype == np.uint8
    ink = (rows < 128).sum(axis=(2, 3, 4))
    assert (np.diff(ink, axis=1) > 0).all()


def test_interpolations_begin_and_end_at_faces():
    embeddings = np.random.default_rng(0).random((9, 5)).astype(np.float32)
    lines = interpolations(embeddings)
    assert lines.shape == (4, 8, 5)
    for line in lines:
        for end in (line[0], line[-1]):
            assert np.abs(embeddings - end).max(axis=1).min() < of_sum(1)
        steps = np.diff(line, axis=0)
        np.testing.assert_allclose(steps, steps[:1].repeat(7, 0), rtol=0, atol=of_sum(1))


def test_two_faces_give_one_line_and_one_none():
    assert interpolations(np.eye(2, 5, dtype=np.float32)).shape == (1, 8, 5)
    embeddings = np.random.default_rng(0).random((3, 5)).astype(np.float32)
    assert set(latent_pictures(Decoder(), faces(3), embeddings)) == {"traversals"}


def test_traversals_follow_the_axes_of_most_variance():
    x = np.random.default_rng(0).standard_normal((500, 4)) * [5.0, 1.0, 3.0, 0.1] + 7
    rows = traversals(x.astype(np.float32))
    assert rows.shape == (4, 8, 4)
    middle = of_sum(500) * np.abs(x).max()  # of 500 rows in float32
    np.testing.assert_allclose(rows.mean(axis=1), np.tile(x.mean(axis=0), (4, 1)), rtol=0, atol=middle)
    spans = rows[:, -1] - rows[:, 0]
    assert np.abs(spans[0, 0]) > 25  # six deviations of the widest
    assert np.abs(spans[1, 2]) > 15


def test_maps_are_the_channels_that_vary_most_each_stretched():
    maps = np.zeros((3, 2, 2, 12), np.float32)
    maps[..., 4] = np.arange(12).reshape(3, 2, 2)
    maps[..., 9] = 100 * np.arange(12).reshape(3, 2, 2)
    found = strongest_maps(maps)
    assert found.shape == (3, 8, 2, 2)
    assert found[0, 0].min() == 0
    assert found[0, 0].max() == 255
    np.testing.assert_array_equal(found[:, 0], found[:, 1])  # channels 9 and 4, alike but for their scale
    assert (found[:, 2:] == 0).all()
