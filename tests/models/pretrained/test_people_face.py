"""Four looks of one recogniser at a face."""

import cv2
import numpy as np
import pytest

from models.pretrained.people_face import LOOKS, PeopleFace
from models.pretrained.pretrained_face import SIDE
from schemas.face import CHIP_SIZE
from tests.bounds import of_network
from tests.models.pretrained.installed import made_of_weights


@pytest.fixture(scope="module")
def model():
    return made_of_weights(PeopleFace)


def chips(n=3):
    noise = np.random.default_rng(0).random((n, 12, 12, 3)).astype(np.float32)
    return np.stack([cv2.resize(one, (CHIP_SIZE, CHIP_SIZE), interpolation=cv2.INTER_CUBIC) for one in noise])


def test_the_squares_lie_inside_the_chip_and_its_mirror_image():
    for left, top, side in LOOKS:
        assert 0 <= top <= top + side <= CHIP_SIZE
        assert left + side == CHIP_SIZE - left


def test_an_embedding_is_the_mean_of_four_looks_and_has_length_1(model):
    images = chips().clip(0, 1)
    total = 0
    for left, top, side in LOOKS:
        square = images[:, top : top + side, left : left + side]
        # What is shrunk by 150 / 162 is smoothed by a triangle of twice 162 / 150 pixels.
        look = np.stack([shrunk(one) for one in square])
        for seen in (look, look[:, :, ::-1]):
            total = total + np.asarray(model.network(np.ascontiguousarray(seen)))
    expected = total / np.linalg.norm(total, axis=1, keepdims=True)
    found = np.asarray(model.encode(images))
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(found, expected, rtol=0, atol=of_network(model.network))


def shrunk(image):
    """A picture (s, s, 3) at 150 x 150 by triangles, as antialiased bilinear resizing is defined."""
    scale = len(image) / SIDE
    centres = (np.arange(SIDE) + 0.5) * scale - 0.5
    weights = np.maximum(1 - np.abs(np.arange(len(image)) - centres[:, None]) / scale, 0)
    weights /= weights.sum(axis=1, keepdims=True)
    return np.einsum("ai,bj,ijc->abc", weights, weights, image, optimize=True).astype(np.float32)


def test_a_face_and_its_mirror_image_have_one_embedding(model):
    images = chips()
    one, other = (np.asarray(model.encode(x)) for x in (images, images[:, :, ::-1].copy()))
    np.testing.assert_allclose(one, other, rtol=0, atol=of_network(model.network))
