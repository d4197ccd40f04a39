"""Saving an epoch where the disk has no room for it."""

from types import SimpleNamespace

import keras
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
