"""Callbacks that watch a training run: its speed, its pictures, its time limit, and losses that diverge."""

from __future__ import annotations

import logging
import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from models.drawings.raster import draw

if TYPE_CHECKING:
    from models.progress import Progress


logger = logging.getLogger(__name__)
PICTURES = 8


class EpochTimes(keras.callbacks.Callback):
    """Adds the seconds and images/s of an epoch's training part to its logs, and reports progress.

    The rate leaves out the first batch of each epoch, because the very first batch compiles the step.
    """

    def __init__(self, steps: int, batch_size: int, epochs: int, progress: Progress) -> None:
        super().__init__()
        self.steps, self.batch_size, self.epochs, self.progress = steps, batch_size, epochs, progress

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Starts the clock."""
        self.epoch = epoch
        self.started = self.first = self.stopped = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Reports progress."""
        self.stopped = time.perf_counter()
        if batch == 0:
            self.first = self.stopped
        done = (self.epoch * self.steps + batch + 1) * self.batch_size
        self.progress.update(done, self.epochs * self.steps * self.batch_size, f"epoch {self.epoch + 1}")

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        """Adds the epoch's figures to the logs, for the callbacks that run after this one."""
        seconds = self.stopped - self.started
        logs["seconds"] = seconds
        counted, since = (self.steps - 1, self.first) if self.steps > 1 else (1, self.started)
        logs["images_per_second"] = counted * self.batch_size / max(self.stopped - since, 1e-9)
        logs["learning_rate"] = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        logger.info("epoch %d of %d: %s", epoch + 1, self.epochs, logs)


class LossWatch(keras.callbacks.Callback):
    """Raises FloatingPointError, naming step and terms, at the first step whose loss is not finite."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.steps = steps

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Remembers which epoch it is."""
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, Any]) -> None:
        """Checks the running means; one bad step spoils them for the rest of the epoch."""
        if math.isfinite(float(logs["loss"])):
            return
        terms = ", ".join(f"{name} {float(value):g}" for name, value in logs.items())
        raise FloatingPointError(
            f"The loss of {self.model.name!r} is not finite at step {self.epoch * self.steps + batch + 1} "
            f"(epoch {self.epoch + 1}; means of the epoch so far: {terms}). Expected finite numbers. "
            "Lower learning_rate, set clipnorm (as clipnorm=1), or set dtype=float32."
        )


class TimeLimit(keras.callbacks.Callback):
    """Stops training when another epoch would exceed ``minutes``, counting the time before a resume."""

    def __init__(self, minutes: float, spent_seconds: float) -> None:
        super().__init__()
        self.end = time.perf_counter() + 60 * minutes - spent_seconds

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        """Stops if an epoch as long as this one would exceed the limit."""
        if time.perf_counter() + logs["seconds"] > self.end:
            self.model.stop_training = True


class Pictures(keras.callbacks.Callback):
    """Writes images, or drawings, above their reconstructions to TensorBoard after every epoch.

    ``examples``: images (n, h, w, c) float32 in [0, 1], or strokes (n, T, 3).
    """

    def __init__(self, examples: np.ndarray, folder: str | Path) -> None:
        super().__init__()
        self.examples = examples
        self.writer = tf.summary.create_file_writer(str(Path(folder) / "pictures"))

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Writes two rows of pictures: the examples, and below them their reconstructions."""
        back = np.asarray(self.model.decode(self.model.encode(self.examples)))
        rows = [
            np.concatenate([picture_of(one) for one in examples], axis=1)
            for examples in (self.examples, back)
        ]
        with self.writer.as_default():
            tf.summary.image(
                "reconstructions", np.clip(np.concatenate(rows), 0, 1)[np.newaxis], step=epoch + 1
            )

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Closes the file of pictures."""
        self.writer.close()


def picture_of(example: np.ndarray) -> np.ndarray:
    """Returns an image (h, w, c) as it is, and draws strokes (T, 3): (h, w, 3) in [0, 1]."""
    return draw(example) / 255 if example.ndim == 2 else example
