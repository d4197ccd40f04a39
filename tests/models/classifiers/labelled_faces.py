"""Small labelled faces for the tests of classifiers: an attribute is a bright patch in its region."""

import numpy as np
import tensorflow as tf

from models.inputs.training_data import ExampleSet
from schemas.face_regions import REGIONS

TARGETS = ("Smiling", "Bangs", "Big_Nose")
PLACES = {"mouth": (0.7, 0.5), "top_of_head": (0.1, 0.5), "nose": (0.45, 0.5)}  # of each one's region


def packed(regions):
    """Regions (n, 10, h, w) bool as bytes, the way the segmenter packs them: (n, 10, bytes) uint8."""
    return np.packbits(regions.reshape(*regions.shape[:2], -1), axis=-1)


def regions_of(n, shape):
    """The regions of n faces: a square around each of ``PLACES``, all others empty. bool (n, 10, h, w)."""
    found = np.zeros((n, len(REGIONS), *shape), bool)
    side = max(2, min(shape) // 4)
    for name, (high, wide) in PLACES.items():
        top, left = (int(share * (length - side)) for share, length in zip((high, wide), shape, strict=True))
        found[:, list(REGIONS).index(name), top : top + side, left : left + side] = True
    return found


def labelled(n, picture, maps=(0, 0), seed=0, unknown=0.0):
    """n pictures (h, w, 3) with three attributes, of which a share ``unknown`` is not told, and regions."""
    generator = np.random.default_rng(seed)
    height, width = picture
    images = generator.uniform(0.3, 0.5, (n, height, width, 3)).astype(np.float32)
    answers = generator.integers(0, 2, (n, len(TARGETS)))
    shown = regions_of(1, picture)[0]
    for column, name in enumerate(("mouth", "top_of_head", "nose")):
        place = shown[list(REGIONS).index(name)]
        images += (answers[:, column, None, None] * place)[..., None] * 0.5
    targets = np.where(generator.random(answers.shape) < unknown, -1, answers).astype(np.int64)
    features = {"image": images, "targets": targets, "regions": packed(regions_of(n, maps))}
    return ExampleSet(tf.data.Dataset.from_tensor_slices(features), n)
