"""What training reads: the examples of one split in batches, by tf.data."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from models.devices.memory import available_bytes
from models.tensors import Tensor
from schemas.face import CHIP, CONTENT_HASH

if TYPE_CHECKING:
    import tensorflow_transform as tft


SHUFFLED = 20_000  # the most elements in the shuffle buffer
MEMORY_SHARE = 0.25  # of the available memory; examples that fit into it are decoded only once
MOST_OF_A_PHOTO = 16  # faces of one photo that are kept together


@dataclasses.dataclass(frozen=True)
class ExampleSet:
    """The examples of one split.

    ``dataset`` yields a dict of features for each of the ``n`` examples, such as {"image": (H, W, 3)
    float32}. If ``grouped``, an element holds k examples that belong together, each feature (k, ...), and
    shuffling keeps them together.
    """

    dataset: tf.data.Dataset
    n: int
    grouped: bool = False

    def elements(self) -> tf.data.Dataset:
        """``dataset`` with one example in each element."""
        return self.dataset.unbatch() if self.grouped else self.dataset

    def batched(self, dataset: tf.data.Dataset, size: int, seed: int | None = None) -> tf.data.Dataset:
        """Batches of ``size`` elements of ``dataset``; with a ``seed``, as in training, only full batches."""
        return dataset.batch(size, drop_remainder=seed is not None)

    def mean_colour(self) -> np.ndarray:
        """The mean colour of the first 20,000 images, over all their pixels: (3,) float32."""
        images = self.elements().take(SHUFFLED)
        colours = images.map(lambda example: tf.reduce_mean(example["image"], axis=(0, 1)))
        return np.mean(list(without_autotune(colours).as_numpy_iterator()), axis=0)

    def array(self, name: str, most: int = SHUFFLED) -> np.ndarray:
        """Feature ``name`` of the first ``most`` examples as one array (n, ...)."""
        values = self.elements().take(most).map(lambda example: example[name]).batch(256)
        return np.concatenate(list(without_autotune(values).as_numpy_iterator()))


def batches(
    examples: ExampleSet,
    batch_size: int,
    seed: int,
    reads: tuple[str, ...],
    skipped_epochs: int = 0,
    vary: Callable[[Tensor, Tensor], Tensor] | None = None,
) -> tf.data.Dataset:
    """Endless shuffled batches of equal size. Epoch k gets the same batches whether or not training resumed.

    ``vary`` (batch, seed) changes each batch of what the model ``reads``, with another seed at each step.
    """
    shuffled = examples.dataset.shuffle(min(examples.n, SHUFFLED), seed=seed, reshuffle_each_iteration=True)
    if examples.grouped:
        shuffled = shuffled.unbatch()
    whole = examples.batched(shuffled, batch_size, seed).repeat()
    skipped = skipped_epochs * (examples.n // batch_size)
    read = for_keras(whole.skip(skipped), reads)
    if vary is None:
        return without_autotune(read.prefetch(2))
    steps = tf.data.Dataset.counter(skipped)
    varied = tf.data.Dataset.zip(read, steps).map(
        lambda read, step: (vary(read[0], tf.stack([np.int64(seed), step])),)
    )
    return without_autotune(varied.prefetch(2))


def validation_batches(examples: ExampleSet, batch_size: int, reads: tuple[str, ...]) -> tf.data.Dataset:
    """Batches of all examples. A small set is one batch, which saves compiling for a second shape."""
    size = examples.n if examples.n <= max(256, batch_size) else batch_size
    whole = examples.batched(examples.elements(), size)
    whole = whole.apply(tf.data.experimental.assert_cardinality(-(-examples.n // size)))
    return without_autotune(for_keras(whole, reads).prefetch(2))


def for_keras(batched: tf.data.Dataset, reads: tuple[str, ...]) -> tf.data.Dataset:
    """The features that a model reads, as ``fit`` takes them: one tensor, or a dict of several."""

    def features(batch: dict[str, Tensor]) -> tuple[Tensor]:
        return (batch[reads[0]] if len(reads) == 1 else {name: batch[name] for name in reads},)

    return batched.map(features)


def without_autotune(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """``dataset`` without tf.data's tuning thread, which can take a minute to release an iterator."""
    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.with_options(options)


def batch_size_for(n: int, largest: int = 512, batches_an_epoch: int = 32) -> int:
    """The largest power of two, at most ``largest``, that gives n images ``batches_an_epoch`` or more.

    It is at least 16, because a smaller step costs hardly less, unless that gave fewer than 4 batches; and at
    least 4.
    """
    size = max(16, power_of_two_below(n / batches_an_epoch))
    return min(largest, max(4, min(size, power_of_two_below(n / 4))))


def power_of_two_below(x: float) -> int:
    """The largest power of two that is at most ``x``, and 1 if ``x`` is below 1."""
    return 2 ** (int(max(x, 1)).bit_length() - 1)


def image_set(
    files: Iterable[str],
    transform_output: tft.TFTransformOutput,
    reads: tuple[str, ...] = ("image",),
    memory_share: float = MEMORY_SHARE,
) -> ExampleSet:
    """The preprocessed faces in TFRecord ``files`` (gzip), cached if they fit in memory.

    Transform's own graph decodes and preprocesses them once, in parallel. If ``reads`` names ``photo``, each
    face has the hash of its photo (int64), and the faces of one photo stay together.
    """
    layer = transform_output.transform_features_layer()
    spec = transform_output.raw_feature_spec()
    features_of = {"image": CHIP, "photo": CONTENT_HASH}
    wanted = {features_of[name]: spec[features_of[name]] for name in reads}

    def examples_of(serialized: Tensor) -> dict[str, Tensor]:
        parsed = tf.io.parse_example(serialized, wanted)
        features = {"image": layer({CHIP: parsed[CHIP]})["image"]}
        if "photo" in reads:
            features["photo"] = photo_of(parsed[CONTENT_HASH])
        return features

    def one_photo(serialized: Tensor) -> Tensor:
        parsed = tf.io.parse_single_example(serialized, {CONTENT_HASH: spec[CONTENT_HASH]})
        return photo_of(tf.reshape(parsed[CONTENT_HASH], (1,)))[0]

    records = tf.data.TFRecordDataset(sorted(files), compression_type="GZIP")
    n = int(records.reduce(np.int64(0), lambda count, _: count + 1))
    grouped = "photo" in reads
    if grouped:
        records = records.group_by_window(
            one_photo, lambda _, faces: faces.batch(MOST_OF_A_PHOTO), window_size=MOST_OF_A_PHOTO
        )
    else:
        records = records.batch(32)
    examples = records.map(examples_of, num_parallel_calls=len(os.sched_getaffinity(0)))
    size = bytes_of(examples.element_spec) * n
    if not grouped:
        examples = examples.unbatch()
    if size <= memory_share * available_bytes():
        examples = examples.cache()
    return ExampleSet(examples, n, grouped)


def photo_of(content_hash: Tensor) -> Tensor:
    """A photo's content hash (...) string as a number, int64 (...)."""
    return tf.reshape(tf.strings.to_hash_bucket_fast(content_hash, 2**62), tf.shape(content_hash)[:1])


def bytes_of(element_spec: Any) -> int:
    """How many bytes one example of a batched element spec takes."""
    return sum(int(np.prod(spec.shape[1:])) * spec.dtype.size for spec in tf.nest.flatten(element_spec))
