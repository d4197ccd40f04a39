"""What watches over training: losses that are not finite, time limits, averages, schedules, pictures."""

import re

import numpy as np
import pytest
import tensorflow as tf

from models.autoencoders.cae import CAE
from models.inputs.training_data import ExampleSet
from models.progress import Pace
from models.training.optimization import build_optimizer, learning_rate_of
from models.training.train import train
from models.training_settings import TrainingSettings
from tests.bounds import of_share, of_sum
from tests.models.training.test_train import NARROW, images


def test_a_loss_that_is_not_finite_stops_with_step_terms_and_advice(tmp_path):
    bad = images(40).array("image")
    bad[17] = np.nan
    examples = ExampleSet(tf.data.Dataset.from_tensor_slices({"image": bad}), 40)
    with pytest.raises(FloatingPointError) as error:
        train(examples, images(12, 9), NARROW.changed(model="vae", seed=1), tmp_path)
    text = str(error.value)
    assert re.search(r"step \d+ \(epoch 1; means of the epoch so far:", text)
    assert "reconstruction nan" in text
    assert "kl " in text
    for advice in ("learning_rate", "clipnorm", "dtype=float32"):
        assert advice in text


def test_training_ends_when_its_minutes_are_over(tmp_path):
    limited = NARROW.changed(epochs=50, max_minutes=1e-6)
    assert len(train(images(16), images(4, 9), limited, tmp_path)[1]) == 1
    # The minutes count over a resume: nothing more is trained but the epoch that finds it out.
    assert len(train(images(16), images(4, 9), limited, tmp_path)[1]) == 2


def test_averaged_weights_are_the_ones_returned(tmp_path):
    sets = images(40), images(12, 9)
    plain, _ = train(*sets, NARROW.changed(epochs=1), tmp_path / "plain")
    averaged, _ = train(*sets, NARROW.changed(epochs=1, ema=0.9), tmp_path / "ema")
    start, _ = train(*sets, NARROW.changed(epochs=1, learning_rate=1e-12), tmp_path / "start")
    kernel = [model.encoder.get_layer("embedding").kernel.numpy() for model in (start, averaged, plain)]
    to_average, to_end = (np.abs(kernel[i] - kernel[0]).mean() for i in (1, 2))
    # Five steps of which 0.9 of the average is kept: about a quarter of the way.
    assert 0.05 * to_end < to_average < 0.95 * to_end


def test_a_killed_run_with_averages_goes_on_as_if_it_had_not_been(tmp_path):
    sets = images(40), images(12, 9)
    settings = NARROW.changed(epochs=3, ema=0.9)
    straight = train(*sets, settings, tmp_path / "straight")[1]
    train(*sets, settings.changed(epochs=1), tmp_path / "resumed")
    resumed = train(*sets, settings, tmp_path / "resumed")[1]
    assert resumed[-1]["val_loss"] == pytest.approx(straight[-1]["val_loss"], rel=of_sum(1))


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [("constant", [1, 1, 1]), ("cosine", [1, 0.5, 0]), ("warmup_cosine", [0, 0.587, 0])],
)
def test_schedules_run_over_all_steps(schedule, expected):
    rate = learning_rate_of(TrainingSettings(learning_rate=1.0, schedule=schedule), 100)
    found = [float(rate(step)) if callable(rate) else rate for step in (0, 50, 100)]
    assert found == pytest.approx(expected, abs=1e-3)


def test_clipnorm_bounds_all_gradients_together():
    assert build_optimizer(TrainingSettings(clipnorm=3.0), 1).global_clipnorm == 3.0
    assert build_optimizer(TrainingSettings(), 1).global_clipnorm is None


def test_noise_is_for_training_only():
    model = CAE(latent_dim=4, base_filters=4, noise="masking", noise_level=0.5)
    pictures = images(4).array("image")
    corrupted = np.asarray(model.corruption(pictures, training=True))
    dark = (corrupted == 0).all(axis=-1).mean()
    assert abs(dark - 0.5) < of_share(0.5, 4 * 64 * 64)
    np.testing.assert_array_equal(model.corruption(pictures, training=False), pictures)
    gaussian = CAE(latent_dim=4, base_filters=4, noise="gaussian", noise_level=0.2).corruption
    assert np.std(np.asarray(gaussian(pictures, training=True)) - pictures) == pytest.approx(0.2, rel=0.05)
    with pytest.raises(
        ValueError, match="noise=salt is not possible. Expected one of: none, gaussian, masking"
    ):
        CAE(latent_dim=4, base_filters=4, noise="salt")


def test_reconstructions_are_written_to_tensorboard(tmp_path):
    train(images(16), images(4, 9), NARROW.changed(epochs=2), tmp_path)
    (events,) = (tmp_path / "tensorboard" / "pictures").glob("events*")
    shapes = []
    for record in tf.data.TFRecordDataset(str(events)):
        for value in tf.compat.v1.Event.FromString(record.numpy()).summary.value:
            assert value.tag == "reconstructions"
            shapes.append(tf.io.decode_image(value.tensor.string_val[2]).shape)
    assert shapes == [(128, 4 * 64, 3)] * 2


def test_the_pace_leaves_out_what_comes_before_the_first_report(monkeypatch):
    clock = iter([100.0, 102.0, 104.0])
    monkeypatch.setattr("models.progress.time.perf_counter", lambda: next(clock))
    seen = []
    pace = Pace(lambda done, total: seen.append(done))
    pace.update(10, 50)
    assert pace.rate is None
    pace.update(30, 50)
    pace.update(50, 50)
    assert pace.rate == 10.0
    assert seen == [10, 30, 50]
