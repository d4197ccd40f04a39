"""Training of every model of the catalog, plain; ``run_fn`` is TFX's way in."""

import dataclasses
import hashlib
import json
import logging
import shutil
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from models.autoencoders.layers import own_layers, use_fast_convolutions
from models.catalog import accepted, build_model, model_of
from models.devices import devices, replicas
from models.devices.memory import give_back
from models.inputs.training_data import (
    MEMORY_SHARE,
    batch_size_for,
    batches,
    image_set,
    validation_batches,
)
from models.progress import Progress
from models.training.moving_average import measure_batch_norm
from models.training.optimization import build_optimizer
from models.training.state import TrainingState, alone_in
from models.training.watch import PICTURES, EpochTimes, LossWatch, Pictures, TimeLimit
from models.training_settings import TrainingSettings

logger = logging.getLogger(__name__)
CODE_VERSION = 4  # raise it when training's meaning changes: caches and checkpoints start anew


def train(train_examples, eval_examples, settings, folder, progress=None):
    """Trains a model of the catalog and returns it with its history.

    Adam on the model's own loss, from what ``start_from`` makes of the training examples. A second
    call with the same ``folder`` goes on after the last finished epoch. A model that no gradient
    changes is only prepared by ``start_from``; the others end with ``finish_on``.

    Args:
        train_examples, eval_examples: ``training_data.ExampleSet``.
        settings: ``TrainingSettings``.
        folder: where checkpoints and TensorBoard logs lie.
        progress: a ``models.progress.Progress``.

    Returns:
        (model with the best weights, history: one dict an epoch with epoch, loss and each term by its
        name, the same with val_, seconds, images_per_second, learning_rate; empty for a model that
        does not learn).

    Raises:
        ValueError: fewer than four training examples, none to validate on, or no finite validation loss.
        FloatingPointError: a training loss that is not finite, with its step and terms.
    """
    if train_examples.n < 4 or eval_examples.n < 1:
        raise ValueError(
            f"Too few faces to train on: {train_examples.n} for training and {eval_examples.n} for "
            "validation. Expected at least 4 and 1. Add photos."
        )
    with devices.dtype_policy(settings.dtype) as policy:
        logger.info("Dtype policy %s", policy)
        return trained(train_examples, eval_examples, settings, folder, progress or Progress())


def trained(train_examples, eval_examples, settings, folder, progress):
    """``train``, under the dtype policy that is set."""
    keras.utils.set_random_seed(settings.seed)
    batches_an_epoch = model_of(settings.model).batches_an_epoch
    batch_size = batch_size_for(train_examples.n, settings.batch_size, batches_an_epoch)
    model = compiled_model(settings, train_examples.n // batch_size)
    if not model.learns:
        model.start_from(train_examples)
        return model, []
    state = TrainingState(Path(folder) / "checkpoints", settings.patience)
    state.restore(model)
    if not state.history:
        model.start_from(train_examples)
    examples = model.training_sets(train_examples, eval_examples)
    if state.epochs_done < settings.epochs and not state.finished:
        fit(model, state, examples, batch_size, settings, folder, progress)
    if not np.isfinite(state.history[-1]["val_loss"]):
        raise ValueError(
            f"The validation loss of {settings.model!r} is {state.history[-1]['val_loss']}. "
            "Expected a finite number. Lower learning_rate, or set dtype=float32."
        )
    state.load_best(model)
    if settings.ema:
        measure_batch_norm(model, examples[0], batch_size, settings.seed)
    model.finish_on(train_examples)
    use_fast_convolutions(model, False)
    return model, state.history


def compiled_model(settings, steps=1):
    """The untrained model of ``settings``, built and compiled, on all GPUs where there are some.

    ``steps``: batches an epoch.
    """
    strategy = devices.choose_strategy()
    with strategy.scope():
        model = build_model(settings.model, **accepted(settings.model, dataclasses.asdict(settings)))
        model.steps_per_epoch = steps
        jit = model.jit and devices.choose_jit(settings.jit, bool(own_layers(model)))
        jit = jit and strategy.num_replicas_in_sync == 1
        model.compile(build_optimizer(settings, steps * settings.epochs), jit_compile=jit)
        replicas.prepare(model)
    use_fast_convolutions(model, not tf.config.list_physical_devices("GPU"))
    return model


def fit(model, state, examples, batch_size, settings, folder, progress):
    """Trains ``model`` on (train, eval) ``examples`` from the epoch that ``state`` has reached."""
    train_examples, eval_examples = examples
    steps = model.steps_per_epoch
    callbacks = [
        EpochTimes(steps, batch_size, settings.epochs, progress),
        LossWatch(steps),
        keras.callbacks.TensorBoard(str(Path(folder) / "tensorboard")),
    ]
    if settings.ema:
        callbacks.append(keras.callbacks.SwapEMAWeights())
    if model.decodes:
        shown = eval_examples.array(model.reads[0], PICTURES)
        callbacks.append(Pictures(shown, Path(folder) / "tensorboard"))
    if settings.max_minutes:
        callbacks.append(TimeLimit(settings.max_minutes, sum(row["seconds"] for row in state.history)))
    reads = model.trains_on or model.reads
    trained = batches(train_examples, batch_size, settings.seed, reads, state.epochs_done, model.vary)
    validated = validation_batches(eval_examples, batch_size, reads)
    model.fit(
        replicas.shared_out(trained, model.distribute_strategy),
        steps_per_epoch=steps,
        initial_epoch=state.epochs_done,
        epochs=settings.epochs,
        validation_data=replicas.shared_out(validated, model.distribute_strategy),
        callbacks=[*callbacks, state],
        shuffle=False,  # `batches` shuffles
        verbose=0,
    )


def embeddings_of(model, examples):
    """Embeddings (n, latent_dim) float32 of all examples."""
    batched = validation_batches(examples, 64, model.reads[:1])
    return np.concatenate([np.asarray(model.encode(inputs)) for (inputs,) in batched])


def settings_key(settings, data_key):
    """A short hash of all that decides a training run: settings, data and code version."""
    text = json.dumps([dataclasses.asdict(settings), data_key, CODE_VERSION], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def run_fn(fn_args):
    """TFX Trainer's entry: trains on the Transform output and exports the SavedModel."""
    import tensorflow_transform as tft

    from models.export.encoder import export_encoder
    from models.export.sketches import export_sketch_encoder
    from models.inputs.stroke_data import stroke_set

    give_back()
    config = fn_args.custom_config
    settings = TrainingSettings.from_dict(config)
    transform_output = tft.TFTransformOutput(fn_args.transform_graph_path)
    kind = model_of(settings.model)
    reads = kind.reads
    read, export = (stroke_set, export_sketch_encoder) if "strokes" in reads else (image_set, export_encoder)
    # What is not read again each epoch is not kept in memory.
    share = MEMORY_SHARE if kind.learns and not kind.trains_on else 0.0
    train_images, eval_images = (
        read(tf.io.gfile.glob(files), transform_output, reads, share)
        for files in (fn_args.train_files, fn_args.eval_files)
    )
    key = settings_key(settings, [fn_args.train_files, fn_args.eval_files])
    folder = Path(config["training_dir"]) / key
    started = time.perf_counter()
    with alone_in(folder):
        model, history = train(
            train_images, eval_images, settings, folder, Progress(config["progress"], "training")
        )
    embeddings = embeddings_of(model, eval_images) if kind.tells_of_embeddings else None
    figures = {"fit_seconds": time.perf_counter() - started, **model.figures(embeddings)}
    export(model, transform_output, fn_args.serving_model_dir)
    run_dir = Path(fn_args.model_run_dir)
    run_dir.mkdir(parents=True, exist_ok=True)
    (run_dir / "history.json").write_text(json.dumps(history))
    (run_dir / "figures.json").write_text(json.dumps(figures))
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)
