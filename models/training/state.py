"""What a training run saves after each epoch, so that a killed run can resume there."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
from filelock import BaseFileLock, FileLock

from models.training.moving_average import average_weights
from schemas.files import atomic_write, need_room, replacing

if TYPE_CHECKING:
    from models.trained import TrainedModel

HDF5_SIZE = 1_000_000  # bytes that a file has beside the numbers, at most


def alone_in(folder: Path) -> BaseFileLock:
    """A lock that holds ``folder`` for one training run; another with the same settings and data waits."""
    folder.mkdir(parents=True, exist_ok=True)
    return FileLock(folder / "lock")


class TrainingState(keras.callbacks.Callback):
    """Checkpoint, best weights, early stopping and history as one state, which is written atomically.

    Keras' ModelCheckpoint, EarlyStopping and BackupAndRestore keep the best loss and the patience only in
    memory, and write files in place, so after a SIGKILL they disagree or are cut off.

    Args:
        folder: where the state is; each training run has its own.
        patience: epochs without a lower ``val_loss`` after which training stops.
        judged_from: the first epoch whose ``val_loss`` counts; until then the last epoch is the best.
    """

    def __init__(self, folder: Path, patience: int, judged_from: int = 1) -> None:
        super().__init__()
        self.folder = Path(folder)
        self.patience = patience
        self.judged_from = judged_from
        self.history: list[dict[str, Any]] = []
        self._file = self.folder / "state.json"

    @property
    def epochs_done(self) -> int:
        """Number of epochs that are finished and saved."""
        return len(self.history)

    @property
    def finished(self) -> bool:
        """Whether early stopping has already ended this run."""
        return self._epochs_since_best() >= self.patience

    def restore(self, model: TrainedModel) -> None:
        """Loads the last saved epoch, if there is one, into a ``model`` of ``compiled_model``."""
        if not self._file.exists():
            return
        state = json.loads(self._file.read_text())
        model.load_weights(self.folder / state["weights"])
        self.history = state["history"]

    def load_best(self, model: TrainedModel) -> None:
        """Loads the weights of the epoch with the lowest ``val_loss``, averaged if the run averages."""
        model.load_weights(self.folder / f"{self._best_epoch():05d}.weights.h5")
        average_weights(model)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        """Saves weights, optimizer and history; keeps only the weights of the last and the best epoch."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.history.append({"epoch": epoch + 1, **{name: float(value) for name, value in logs.items()}})
        name = f"{epoch + 1:05d}.weights.h5"
        # HDF5 can't close a file that found no room, and crashes when the process ends.
        need_room(self.folder, self._size())
        with replacing(self.folder / name, suffix=".weights.h5") as partial:
            self.model.save_weights(partial, overwrite=True)
        atomic_write(self._file, json.dumps({"weights": name, "history": self.history}))
        keep = {name, f"{self._best_epoch():05d}.weights.h5"}
        for old in self.folder.glob("*.weights.h5"):
            if old.name not in keep:
                old.unlink()
        if self.finished:
            self.model.stop_training = True

    def _size(self) -> int:
        """An upper bound of the bytes of weights and optimizer in a file of HDF5."""
        optimizer = self.model.optimizer
        variables = [*self.model.variables, *(optimizer.variables if optimizer else ())]
        return HDF5_SIZE + sum(8 * math.prod(one.shape) for one in variables)

    def _best_epoch(self) -> int:
        judged = [row for row in self.history if row["epoch"] >= self.judged_from] or self.history[-1:]
        return min(judged, key=lambda row: (row["val_loss"] != row["val_loss"], row["val_loss"]))["epoch"]

    def _epochs_since_best(self) -> int:
        return self.epochs_done - self._best_epoch() if self.history else 0
