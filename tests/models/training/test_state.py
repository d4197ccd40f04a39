"""Saving an epoch where the disk has no room for it."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest

from models.training.state import TrainingState
from schemas import files


def test_a_disk_without_room_is_an_error_before_hdf5_opens_a_file(tmp_path, monkeypatch):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8)])
    model.compile("adam", "mse")
    state = TrainingState(tmp_path, patience=3)
    state.set_model(model)
    monkeypatch.setattr(files.shutil, "disk_usage", lambda folder: SimpleNamespace(free=999_999))
    with pytest.raises(OSError, match="No space left on device"):
        state.on_epoch_end(0, {"val_loss": 1.0})
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr(files.shutil, "disk_usage", lambda folder: SimpleNamespace(free=10**9))
    state.on_epoch_end(0, {"val_loss": 1.0})
    assert [file.name for file in sorted(tmp_path.iterdir())] == ["00001.weights.h5", "state.json"]


class OneWeight(keras.Sequential):
    """One weight, which no optimizer changes."""

    def __init__(self):
        super().__init__([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])

    def optimizers(self):
        return []


def epochs(tmp_path, losses, **told):
    """A state after epochs with these validation losses, whose weights are the number of the epoch."""
    model = OneWeight()
    model.compile("adam", "mse")
    state = TrainingState(tmp_path, **told)
    state.set_model(model)
    for epoch, loss in enumerate(losses):
        model.layers[0].set_weights([np.array([[epoch + 1.0]])])
        state.on_epoch_end(epoch, {"val_loss": loss})
        if state.finished:
            break
    state.load_best(model)
    return state, float(model.layers[0].get_weights()[0][0, 0])


def test_an_epoch_before_a_model_is_judged_is_never_its_best(tmp_path):
    # A first stage that learns less has lower losses: nothing of it may win, nor end the run.
    losses = (0.1, 0.2, 0.3, 0.9, 0.8, 0.85)
    assert epochs(tmp_path / "all", losses, patience=9)[1] == 1
    assert epochs(tmp_path / "late", losses, patience=9, judged_from=4)[1] == 5


def test_patience_begins_where_a_model_is_judged(tmp_path):
    state, best = epochs(tmp_path, (0.1, 0.2, 0.3, 0.9, 1.0, 1.1, 1.2), patience=2, judged_from=4)
    assert (state.epochs_done, best) == (6, 4)


def test_a_run_that_ends_before_it_is_judged_keeps_its_last_epoch(tmp_path):
    assert epochs(tmp_path, (0.1, 0.2), patience=9, judged_from=4)[1] == 2
