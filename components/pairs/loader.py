"""Pairs as a tf.data set, to train or to judge a network on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from components.pairs.files import Pairs

if TYPE_CHECKING:
    import tensorflow as tf


def pair_dataset(
    pairs: Pairs,
    chips: Mapping[str, bytes],
    crop: str = "whole",
    side: int = 112,
    batch: int = 32,
    shuffle_seed: int | None = None,
) -> tf.data.Dataset:
    """Batches ((first, second), same) of the pairs of which both chips are there.

    first and second are float32 (B, side, side, 3) in [0, 1], made by the same function as images for
    training and serving; same is float32 (B,), 1 for one person. Of a set in splits take ``files.split_of``
    or ``Pairs.where`` first. TensorFlow is imported when this is called.

    Args:
        pairs: by paths without extension.
        chips: encoded faces (JPEG or PNG), as ``components.ingest.chips.one_face_each`` finds them, by path.
        crop: the part of a chip, as the recipes' setting.
        side: pixels.
        batch: pairs in a batch.
        shuffle_seed: draws another order each time through; None keeps the file's.

    Raises:
        ValueError: no pair has both chips.
    """
    import tensorflow as tf

    from models.inputs.preprocessing import images_from_chips

    there = [i for i in range(len(pairs)) if pairs.first[i] in chips and pairs.second[i] in chips]
    if not there:
        raise ValueError(f"None of {len(pairs)} pairs has both faces. Expected chips by the pairs' paths.")
    names = list(dict.fromkeys(names_of[i] for i in there for names_of in (pairs.first, pairs.second)))
    row = {name: number for number, name in enumerate(names)}
    encoded = tf.constant([chips[name] for name in names])  # once, however many pairs name it
    rows = np.array([(row[pairs.first[i]], row[pairs.second[i]]) for i in there], np.int64)
    dataset = tf.data.Dataset.from_tensor_slices((rows, pairs.same[there].astype(np.float32)))
    if shuffle_seed is not None:
        dataset = dataset.shuffle(len(rows), seed=shuffle_seed)

    def images(chosen: tf.Tensor, same: tf.Tensor) -> tuple[tuple[tf.Tensor, tf.Tensor], tf.Tensor]:
        both = [images_from_chips(tf.gather(encoded, chosen[:, k]), crop, side) for k in (0, 1)]
        return (both[0], both[1]), same

    return dataset.batch(batch).map(images, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)
