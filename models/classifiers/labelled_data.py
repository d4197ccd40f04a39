"""What a classifier learns from, as training reads it: the faces of a split, by the part that they are in."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from models.devices.memory import available_bytes
from models.inputs.labelled_preprocessing import regions_from_bytes
from models.inputs.training_data import MEMORY_SHARE, ExampleSet, bytes_of, without_autotune
from models.tensors import Tensor
from schemas.face import CHIP
from schemas.labelled_face import FRAME, LEARNED, PART, REGIONS, TARGETS, VALIDATED

if TYPE_CHECKING:
    import tensorflow_transform as tft

BATCH = 32


def learned_and_validated(
    files: Sequence[str],
    transform_output: tft.TFTransformOutput,
    reads: tuple[str, ...],
    maps: tuple[int, int] | None,
    memory_share: float = MEMORY_SHARE,
) -> tuple[ExampleSet, ExampleSet]:
    """The faces in TFRecord ``files`` (gzip) that teach, and those that tell when training has to end.

    Each yields the features in ``reads``, made by Transform's own graph, with ``regions`` (10, bytes) uint8
    for a classifier whose maps have the size ``maps``. Where no face validates, because
    there are too few people, the same faces do both. They are cached if they fit in memory.
    """
    records = tf.data.TFRecordDataset(sorted(files), compression_type="GZIP")
    spec = transform_output.raw_feature_spec()
    told = {PART: spec[PART]}
    parsed = records.map(lambda record: tf.io.parse_single_example(record, told)[PART])
    parts = np.array(list(without_autotune(parsed).as_numpy_iterator())).reshape(-1)
    learned, validated = (
        faces_of(records, parts == part, transform_output, (reads, maps), memory_share)
        for part in (LEARNED, VALIDATED)
    )
    return learned, validated if validated.n else learned


def faces_of(
    records: tf.data.Dataset,
    chosen: np.ndarray,
    transform_output: tft.TFTransformOutput,
    read: tuple[tuple[str, ...], tuple[int, int] | None],
    memory_share: float,
) -> ExampleSet:
    """The records that are ``chosen``, bool (n,), with the features and the size of maps in ``read``."""
    reads, maps = read
    kept = tf.data.Dataset.zip(records, tf.data.Dataset.from_tensor_slices(chosen))
    kept = kept.filter(lambda _, wanted: wanted).map(lambda record, _: record)
    layer = transform_output.transform_features_layer()
    spec = transform_output.raw_feature_spec()
    wanted = {name: spec[name] for name in (CHIP, FRAME, TARGETS, REGIONS)}

    def examples_of(serialized: Tensor) -> dict[str, Tensor]:
        made = layer(tf.io.parse_example(serialized, wanted))
        if maps is not None:
            made[REGIONS] = regions_from_bytes(made[REGIONS], maps)
        return {name: made[name] for name in reads}

    examples = kept.batch(BATCH).map(examples_of, num_parallel_calls=len(os.sched_getaffinity(0)))
    n = int(chosen.sum())
    size = bytes_of(examples.element_spec) * n
    examples = examples.unbatch()
    if size <= memory_share * available_bytes():
        examples = examples.cache()
    return ExampleSet(examples, n)
