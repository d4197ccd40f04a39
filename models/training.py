"""Training of every model of the catalog, plain; ``run_fn`` is TFX's way in."""

import dataclasses
import hashlib
import json
import logging
import os
import shutil
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from models import devices
from models.catalog import build_model
from models.layers import use_fast_convolutions
from models.progress import Progress
from models.training_settings import TrainingSettings
from models.training_state import TrainingState

logger = logging.getLogger(__name__)
CODE_VERSION = 2  # raise it when training's meaning changes: caches and checkpoints start anew


@dataclasses.dataclass(frozen=True)
class ImageSet:
    """Images of one split: ``dataset`` yields (image_size, image_size, 3) float32, ``n`` of them."""

    dataset: tf.data.Dataset
    n: int


def batch_size_for(n, wanted=512):
    """The largest power of two, at most ``wanted``, that leaves 32 batches an epoch.

    Not below 16 images, where a step costs little less, unless that left fewer than 4 batches; at
    least 4 images.
    """
    size = max(16, power_of_two_below(n / 32))
    return min(wanted, max(4, min(size, power_of_two_below(n / 4))))


def power_of_two_below(x):
    """The largest power of two that is at most ``x``; 1 where ``x`` is smaller."""
    return 2 ** (int(max(x, 1)).bit_length() - 1)


class EpochTimes(keras.callbacks.Callback):
    """Adds seconds and images/s of the epoch's training part to its logs, and reports progress.

    The rate leaves out the epoch's first batch, which compiles the step when it is the very first.
    """

    def __init__(self, steps, batch_size, epochs, progress):
        super().__init__()
        self.steps, self.batch_size, self.epochs, self.progress = steps, batch_size, epochs, progress

    def on_epoch_begin(self, epoch, logs=None):
        """Starts the clock."""
        self.epoch = epoch
        self.started = self.first = self.stopped = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        """Moves the bar."""
        self.stopped = time.perf_counter()
        if batch == 0:
            self.first = self.stopped
        done = (self.epoch * self.steps + batch + 1) * self.batch_size
        self.progress.update(done, self.epochs * self.steps * self.batch_size, f"epoch {self.epoch + 1}")

    def on_epoch_end(self, epoch, logs=None):
        """Writes the epoch's row into the logs, for the callbacks after this one."""
        seconds = self.stopped - self.started
        logs["seconds"] = seconds
        counted, since = (self.steps - 1, self.first) if self.steps > 1 else (1, self.started)
        logs["images_per_second"] = counted * self.batch_size / max(self.stopped - since, 1e-9)
        logs["learning_rate"] = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        logger.info("epoch %d of %d: %s", epoch + 1, self.epochs, logs)


def batches(images, batch_size, seed, skipped_epochs=0):
    """Endless shuffled batches of equal size; the order of epoch k does not depend on a resume."""
    shuffled = images.dataset.shuffle(min(images.n, 20_000), seed=seed, reshuffle_each_iteration=True)
    whole = shuffled.batch(batch_size, drop_remainder=True).repeat()
    whole = whole.skip(skipped_epochs * (images.n // batch_size))
    return as_pairs(whole)


def as_pairs(image_batches):
    """(image, image) for Keras, two batches ahead."""
    return without_autotune(image_batches.map(lambda x: (x, x)).prefetch(2))


def without_autotune(dataset):
    """``dataset`` without tf.data's tuning thread: up to a minute passes before that one lets an
    iterator go."""
    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.with_options(options)


def train(train_images, eval_images, settings, folder, progress=None):
    """Trains a model of the catalog and returns it with its history.

    Adam on the mean squared error of the reconstruction (P0), from the mean colour of the training
    images. A second call with the same ``folder`` goes on after the last finished epoch.

    Args:
        train_images, eval_images: ``ImageSet``.
        settings: ``TrainingSettings``.
        folder: where checkpoints and TensorBoard logs lie.
        progress: a ``models.progress.Progress``.

    Returns:
        (model with the best weights, history: one dict an epoch with epoch, loss, val_loss,
        seconds, images_per_second, learning_rate).

    Raises:
        ValueError: fewer than four training images, none to validate on, or no finite loss.
    """
    if train_images.n < 4 or eval_images.n < 1:
        raise ValueError(
            f"Too few faces to train on: {train_images.n} for training and {eval_images.n} for validation. "
            "Expected at least 4 and 1. Add photos."
        )
    keras.utils.set_random_seed(settings.seed)
    devices.use_dtype_policy(settings.dtype)
    model = compiled_model(settings)
    state = TrainingState(Path(folder) / "checkpoints", settings.patience)
    state.restore(model)
    if not state.history:
        model.start_from(mean_colour(train_images))
    if state.epochs_done < settings.epochs and not state.finished:
        fit(model, state, train_images, eval_images, settings, folder, progress or Progress())
    if not np.isfinite(state.history[-1]["val_loss"]):
        raise ValueError(
            f"The validation loss of {settings.model!r} is {state.history[-1]['val_loss']}. "
            "Expected a finite number. Lower learning_rate, or set dtype=float32."
        )
    state.load_best(model)
    use_fast_convolutions(model, False)
    return model, state.history


def compiled_model(settings):
    """The untrained model of ``settings``, built and compiled, on all GPUs where there are some."""
    with devices.choose_strategy().scope():
        model = build_model(
            settings.model, latent_dim=settings.latent_dim, base_filters=settings.base_filters
        )
        jit = devices.choose_jit(settings.jit)
        model.compile(keras.optimizers.Adam(settings.learning_rate), "mse", jit_compile=jit)
    use_fast_convolutions(model, jit and not tf.config.list_physical_devices("GPU"))
    model(np.zeros((1, settings.image_size, settings.image_size, 3), np.float32))
    return model


def mean_colour(images):
    """Mean over images (the first 20,000) and pixels: (3,) float32."""
    colours = images.dataset.take(20_000).map(lambda image: tf.reduce_mean(image, axis=(0, 1)))
    return np.mean(list(without_autotune(colours).as_numpy_iterator()), axis=0)


def fit(model, state, train_images, eval_images, settings, folder, progress):
    """Trains ``model`` from the epoch that ``state`` has reached to ``settings.epochs``."""
    batch_size = batch_size_for(train_images.n, settings.batch_size)
    steps = train_images.n // batch_size
    model.fit(
        batches(train_images, batch_size, settings.seed, state.epochs_done),
        steps_per_epoch=steps,
        initial_epoch=state.epochs_done,
        epochs=settings.epochs,
        validation_data=validation_batches(eval_images, batch_size),
        callbacks=[
            EpochTimes(steps, batch_size, settings.epochs, progress),
            keras.callbacks.TensorBoard(str(Path(folder) / "tensorboard")),
            state,
        ],
        shuffle=False,  # `batches` shuffles
        verbose=0,
    )


def validation_batches(images, batch_size):
    """Batches of (image, image); one batch where that is small, to compile one shape less."""
    size = images.n if images.n <= max(256, batch_size) else batch_size
    whole = images.dataset.batch(size).apply(tf.data.experimental.assert_cardinality(-(-images.n // size)))
    return as_pairs(whole)


def settings_key(settings, data_key):
    """A short hash of all that decides a training run: settings, data and code version."""
    text = json.dumps([dataclasses.asdict(settings), data_key, CODE_VERSION], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def image_set(files, transform_output, memory_share=0.25):
    """The preprocessed images of TFRecord ``files`` (gzip), cached when they fit in memory.

    Decodes and preprocesses by Transform's own graph, in parallel, once.
    """
    spec = transform_output.raw_feature_spec()
    chip_spec = {"chip": spec["chip"]}
    layer = transform_output.transform_features_layer()

    def images_of(serialized):
        return layer(tf.io.parse_example(serialized, chip_spec))["image"]

    records = tf.data.TFRecordDataset(sorted(files), compression_type="GZIP")
    n = int(records.reduce(np.int64(0), lambda count, _: count + 1))
    images = records.batch(32).map(images_of, num_parallel_calls=len(os.sched_getaffinity(0))).unbatch()
    size = np.prod(images.element_spec.shape.as_list()) * 4 * n
    if size <= memory_share * memory_bytes():
        images = images.cache()
    return ImageSet(images, n)


def memory_bytes(meminfo=Path("/proc/meminfo")):
    """Memory of this machine that is available, in bytes."""
    for line in meminfo.read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0


def run_fn(fn_args):
    """TFX Trainer's entry: trains on the Transform output and exports the SavedModel."""
    import tensorflow_transform as tft

    from models.export import export_encoder

    config = fn_args.custom_config
    settings = TrainingSettings.from_dict(config)
    transform_output = tft.TFTransformOutput(fn_args.transform_graph_path)
    train_images = image_set(tf.io.gfile.glob(fn_args.train_files), transform_output)
    eval_images = image_set(tf.io.gfile.glob(fn_args.eval_files), transform_output)
    key = settings_key(settings, [fn_args.train_files, fn_args.eval_files])
    folder = Path(config["training_dir"]) / key
    model, history = train(
        train_images, eval_images, settings, folder, Progress(config["progress"], "training")
    )
    export_encoder(model, transform_output, fn_args.serving_model_dir)
    run_dir = Path(fn_args.model_run_dir)
    run_dir.mkdir(parents=True, exist_ok=True)
    (run_dir / "history.json").write_text(json.dumps(history))
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)
