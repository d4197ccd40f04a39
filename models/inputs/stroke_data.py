"""Drawings as training reads them: batches of similar length, padded to the longest."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from models.devices.memory import available_bytes
from models.inputs.sketch_preprocessing import filled_up, strokes_from_values
from models.inputs.training_data import MEMORY_SHARE, SHUFFLED, ExampleSet, without_autotune
from models.tensors import Tensor
from schemas.sketch_features import MOST_STEPS, PADDING, PEN_OVER, STEP_SIZE, STROKES

if TYPE_CHECKING:
    import tensorflow_transform as tft


WINDOW = 32  # batches whose drawings are sorted together: of 1,024 drawings few differ by more than a step


@dataclasses.dataclass(frozen=True)
class StrokeSet(ExampleSet):
    """The drawings of one split. ``dataset`` yields {"strokes": (T, 3) float32}, and T varies."""

    def batched(self, dataset: tf.data.Dataset, size: int, seed: int | None = None) -> tf.data.Dataset:
        """Batches of strokes (size, T, 3) in which drawings have similar lengths.

        The drawings of every WINDOW batches are sorted by length before they are cut into batches, so there
        is little padding. With a ``seed`` the batches of a window are shuffled, and a last batch that is not
        full is left out.
        """
        windows = dataset.map(lambda drawing: drawing[STROKES]).ragged_batch(WINDOW * size)

        def cut(strokes: tf.RaggedTensor) -> tf.data.Dataset:
            order = tf.argsort(strokes.row_lengths(), stable=True)
            return (
                tf.data.Dataset.from_tensor_slices(order)
                .batch(size)
                .map(lambda rows: filled_up(tf.gather(strokes, rows)))
            )

        batches = windows.flat_map(cut)
        if seed is not None:
            whole = batches.filter(lambda strokes: tf.shape(strokes)[0] == size)
            batches = whole.shuffle(WINDOW, seed=seed, reshuffle_each_iteration=True)
        return batches.map(lambda strokes: {STROKES: strokes})

    def array(self, name: str, most: int = SHUFFLED) -> np.ndarray:
        """The first ``most`` drawings, padded to the longest of them: (n, T, 3) float32."""
        drawings = list(without_autotune(self.dataset.take(most)).as_numpy_iterator())
        lengths = [len(drawing[name]) for drawing in drawings]
        strokes = np.tile(np.array(PADDING, np.float32), (len(drawings), max(lengths), 1))
        for row, drawing, length in zip(strokes, drawings, lengths, strict=True):
            row[:length] = drawing[name]
        return strokes


def stroke_set(
    files: Iterable[str],
    transform_output: tft.TFTransformOutput,
    reads: tuple[str, ...] = (STROKES,),
    memory_share: float = MEMORY_SHARE,
) -> StrokeSet:
    """The drawings in TFRecord ``files`` (gzip), by Transform's own graph, cached if they fit in memory."""
    layer = transform_output.transform_features_layer()
    spec = {STROKES: tf.io.VarLenFeature(tf.float32)}

    def strokes_of(serialized: Tensor) -> Tensor:
        return strokes_from_values(layer(tf.io.parse_example(serialized, spec))[STROKES])

    records = tf.data.TFRecordDataset(sorted(files), compression_type="GZIP")
    n = int(records.reduce(np.int64(0), lambda count, _: count + 1))
    drawings = records.batch(32).map(strokes_of).unbatch()
    drawings = drawings.map(lambda strokes: {STROKES: strokes[strokes[:, 2] < PEN_OVER]})
    if n * MOST_STEPS * STEP_SIZE * 4 <= memory_share * available_bytes():
        drawings = drawings.cache()
    return StrokeSet(drawings, n)
