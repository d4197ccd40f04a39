"""Training: falls, repeats, resumes, and refuses what cannot be trained."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.autoencoders.cae import CAE
from models.catalog import build_model
from models.inputs.training_data import ExampleSet, batch_size_for, batches, validation_batches
from models.training.state import TrainingState
from models.training.train import batch_size_of, compiled_model, plan_key, train
from models.training_settings import plan_of
from tests.bounds import eps, of_network, of_sum
from tests.patience import wait_until

NARROW = plan_of(
    {
        "model": "cae",
        "latent_dim": 4,
        "base_filters": 4,
        "epochs": 4,
        "jit": "off",
        "dtype": "float32",
        "patience": 50,
    }
)
SCRIPT = """
import sys
sys.path.insert(0, {root!r})
from tests.models.training.test_train import NARROW, images
from models.training.train import train
train(images(40), images(12, 9), NARROW.changed(epochs=100_000, patience=100_000), {folder!r})
"""


def images(n, seed=0):
    values = np.random.default_rng(seed).random((n, 1, 1, 3), np.float32) * np.ones(
        (1, 64, 64, 1), np.float32
    )
    return ExampleSet(tf.data.Dataset.from_tensor_slices({"image": values}), n)


def test_loss_falls_and_the_history_is_whole(tmp_path):
    model, history = train(images(40), images(12, 9), NARROW, tmp_path)
    assert [row["epoch"] for row in history] == [1, 2, 3, 4]
    assert history[-1]["loss"] < history[0]["loss"]
    assert {"loss", "val_loss", "seconds", "images_per_second", "learning_rate"} <= set(history[0])
    best = min(row["val_loss"] for row in history)
    validation = images(12, 9).array("image")
    error = float(np.mean((np.asarray(model.decode(model.encode(validation))) - validation) ** 2))
    # The best epoch's weights are the ones returned; the squares of their errors are added up in two ways.
    assert error == pytest.approx(best, rel=2 * of_network(model) + of_sum(validation.size))


def test_an_untrained_model_starts_near_the_mean_colour():
    # From Keras' own start the first loss was .6 on faces, and Adam remembered those gradients for
    # hundreds of steps: after 160 steps all faces were still the average face.
    keras.utils.set_random_seed(0)
    faces = images(40)
    mean = faces.mean_colour()
    pictures = faces.array("image")
    # A picture's pixels are equal, and with them the roundings of their sum: the worst case, n halves of eps.
    expected = pictures.mean(axis=(0, 1, 2), dtype=np.float64)
    assert mean == pytest.approx(expected, rel=64 * 64 * eps() / 2)
    model = build_model("cae", latent_dim=4, base_filters=4)
    model.start_from(faces)
    error = float(np.mean((np.asarray(model(pictures, training=True)) - pictures) ** 2))
    assert error < 1.2 * float(np.mean((pictures - mean) ** 2))


def test_same_seed_gives_the_same_loss(tmp_path):
    first = train(images(40), images(12, 9), NARROW, tmp_path / "a")[1]
    second = train(images(40), images(12, 9), NARROW, tmp_path / "b")[1]
    for row, other in zip(first, second, strict=True):
        for loss in ("loss", "val_loss"):
            assert row[loss] == pytest.approx(other[loss], rel=of_sum(1))


def test_the_step_is_traced_once(tmp_path, monkeypatch):
    # Where the first step made the optimizer's variables, TensorFlow traced it again without them.
    traced, step = [], CAE.train_step
    monkeypatch.setattr(CAE, "train_step", lambda self, data: traced.append(data) or step(self, data))
    train(images(40), images(12, 9), NARROW.changed(epochs=2), tmp_path)
    assert len(traced) == 1


def test_a_new_process_starts_from_the_same_weights():
    # An initializer made when its module was imported drew its seed before any seed was set.
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).resolve().parents[3])!r})\n"
        "from tests.models.training.test_train import weights_key\n"
        "print(weights_key())"
    )
    other = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert other.stdout.split()[-1] == weights_key()


def weights_key():
    """A hash of the weights that training starts from."""
    keras.utils.set_random_seed(NARROW.training.seed)
    weights = compiled_model(NARROW).get_weights()
    return hashlib.sha256(b"".join(w.tobytes() for w in weights)).hexdigest()


def test_killed_training_goes_on_from_the_last_epoch_and_ends_as_if_it_had_not_been(tmp_path):
    root = str(Path(__file__).resolve().parents[3])
    folder = tmp_path / "killed"
    state_file = folder / "checkpoints" / "state.json"
    process = subprocess.Popen([sys.executable, "-c", SCRIPT.format(root=root, folder=str(folder))])

    def two_epochs():
        assert process.poll() is None, "training ended before it could be killed"
        return state_file.exists() and len(json.loads(state_file.read_text())["history"]) >= 2

    wait_until(two_epochs, "the second epoch")
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    done = len(json.loads(state_file.read_text())["history"])
    settings = NARROW.changed(epochs=done + 2, patience=100_000)
    resumed = train(images(40), images(12, 9), settings, folder)[1]
    assert len(resumed) == done + 2
    straight = train(images(40), images(12, 9), settings, tmp_path / "straight")[1]
    assert resumed[-1]["val_loss"] == pytest.approx(straight[-1]["val_loss"], rel=of_sum(1))


def test_early_stopping_counts_epochs_across_a_resume(tmp_path):
    state = TrainingState(tmp_path, patience=3)
    state.history = [{"epoch": e + 1, "val_loss": v} for e, v in enumerate([0.5, 0.4, 0.45, 0.41])]
    assert not state.finished
    state.history.append({"epoch": 5, "val_loss": 0.42})
    assert state.finished
    state.history.append({"epoch": 6, "val_loss": float("nan")})
    assert state._best_epoch() == 2


def test_order_of_an_epoch_does_not_depend_on_a_resume():
    numbers = ExampleSet(tf.data.Dataset.range(10).map(lambda i: {"image": i}), 10)
    whole = [x.numpy().tolist() for (x,) in batches(numbers, 4, 1, ("image",)).take(6)]
    resumed = [x.numpy().tolist() for (x,) in batches(numbers, 4, 1, ("image",), skipped_epochs=2).take(2)]
    assert resumed == whole[4:]
    assert whole[:2] != whole[2:4]


def test_no_tuning_thread_holds_up_the_end_of_training():
    # With tf.data's autotune an epoch of 6 s returned after 10.23 s, the sum of 10 ms, 20 ms, ... 5.12 s.
    faces = images(40)
    for dataset in (batches(faces, 8, 0, ("image",)), validation_batches(faces, 8, ("image",))):
        assert dataset.options().autotune.enabled is False


@pytest.mark.parametrize(
    ("n", "expected"), [(4, 4), (40, 8), (64, 16), (322, 16), (1_230, 32), (8_192, 256), (500_000, 512)]
)
def test_batches_shrink_with_the_number_of_images(n, expected):
    assert batch_size_for(n) == expected


@pytest.mark.parametrize(
    ("asked", "n", "expected"), [(64, 900, 64), (7, 40, 7), (0, 322, 16), (0, 500_000, 512)]
)
def test_a_batch_that_is_set_is_exact(asked, n, expected):
    assert batch_size_of(NARROW.changed(batch_size=asked), n) == expected


def test_a_batch_of_more_pictures_than_there_are_is_refused():
    with pytest.raises(ValueError, match=r"batch_size=64.*received 40.*batch_size=0"):
        batch_size_of(NARROW.changed(batch_size=64), 40)


def test_steps_take_the_batch_that_is_set(tmp_path):
    model, _ = train(images(18), images(4, 9), NARROW.changed(batch_size=6, epochs=1), tmp_path)
    assert int(model.optimizer.iterations) == 3


def test_mixed_precision_is_finite_and_embeds_in_float32(tmp_path):
    settings = NARROW.changed(dtype="mixed_bfloat16", epochs=2)
    model, history = train(images(16), images(4, 9), settings, tmp_path)
    assert np.isfinite(history[-1]["val_loss"])
    assert model.encode(np.zeros((1, 64, 64, 3), np.float32)).dtype == "float32"
    # What is made later in this process, of another kind, is not rounded to bfloat16 by what was trained.
    assert keras.config.dtype_policy().name == "float32"


def test_too_few_faces_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"3 for training and 12 for validation.*at least 4 and 1"):
        train(images(3), images(12), NARROW, tmp_path)


def test_the_key_of_a_run_changes_with_settings_and_data():
    other = NARROW.changed(seed=1)
    keys = {plan_key(NARROW, ["a"]), plan_key(NARROW, ["b"]), plan_key(other, ["a"])}
    assert len(keys) == 3
