"""Trains every network, without TFX; ``run_fn`` is what TFX calls for an embedding model."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import keras
import numpy as np
import tensorflow as tf

from models.autoencoders.layers import own_layers, use_fast_convolutions
from models.devices import devices, replicas
from models.devices.memory import give_back
from models.devices.network_memory import TRAINED, require_training, within_memory
from models.inputs.training_data import (
    MEMORY_SHARE,
    ExampleSet,
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
from models.training_settings import TrainingPlan, TrainingSettings, plan_of

if TYPE_CHECKING:
    from models.trained import TrainedModel


logger = logging.getLogger(__name__)
CODE_VERSION = 4  # raise it when training computes something else: caches and checkpoints then start anew


def train(
    train_examples: ExampleSet,
    eval_examples: ExampleSet,
    plan: TrainingPlan,
    folder: str | Path,
    progress: Progress | None = None,
) -> tuple[TrainedModel, list[dict[str, Any]]]:
    """Trains a network and returns it with its history.

    ``start_from`` prepares the model, Adam minimises its own loss, and ``finish_on`` ends the training. A
    second call with the same ``folder`` resumes after the last finished epoch. A model that is not trained by
    gradients is only prepared by ``start_from``.

    Args:
        train_examples, eval_examples: the two splits.
        plan: the model, its settings, and those of its training or fit.
        folder: where checkpoints and TensorBoard logs are written.
        progress: where progress is reported; None for nowhere.

    Returns:
        The model with its best weights, and the history: one dict for each epoch with epoch, loss and each
        term by its name, the same with val_, seconds, images_per_second and learning_rate. The history is
        empty for a model that does not learn.

    Raises:
        ValueError: fewer than four training examples, none to validate on, or no finite validation loss.
        MemoryError: a network that does not fit into the memory that is left.
        FloatingPointError: a training loss that is not finite; names its step and terms.
    """
    if train_examples.n < 4 or eval_examples.n < 1:
        raise ValueError(
            f"Too few faces to train on: {train_examples.n} for training and {eval_examples.n} for "
            "validation. Expected at least 4 and 1. Add photos."
        )
    learns = plan.entry.learns
    with devices.dtype_policy(training_of(plan).dtype if learns else "auto") as policy:
        logger.info("Dtype policy %s", policy)
        keras.utils.set_random_seed(plan.training.seed)
        if not learns:
            return fitted(train_examples, plan), []
        return trained(train_examples, eval_examples, plan, folder, progress or Progress())


def training_of(plan: TrainingPlan) -> TrainingSettings:
    """The training settings of a plan. Its model must learn, because ``plan_of`` gives others FitSettings."""
    return cast(TrainingSettings, plan.training)


def fitted(train_examples: ExampleSet, plan: TrainingPlan) -> TrainedModel:
    """Fits a model that is not trained by gradients on the training examples."""
    with devices.choose_strategy().scope(), within_memory(f"The network of model={plan.model}", 1):
        model = plan.build()
    model.start_from(train_examples)
    return model


def trained(
    train_examples: ExampleSet,
    eval_examples: ExampleSet,
    plan: TrainingPlan,
    folder: str | Path,
    progress: Progress,
) -> tuple[TrainedModel, list[dict[str, Any]]]:
    """``train`` for a model that learns; the dtype policy and the seed are already set."""
    settings = training_of(plan)
    batch_size = batch_size_of(plan, train_examples.n)
    model = compiled_model(plan, train_examples.n // batch_size)
    state = TrainingState(Path(folder) / "checkpoints", settings.patience, model.judged_from)
    state.restore(model)
    if not state.history:
        model.start_from(train_examples)
    examples = model.training_sets(train_examples, eval_examples)
    if state.epochs_done < settings.epochs and not state.finished:
        fit(model, state, examples, batch_size, settings, folder, progress)
    if not np.isfinite(state.history[-1]["val_loss"]):
        raise ValueError(
            f"The validation loss of {plan.model!r} is {state.history[-1]['val_loss']}. "
            "Expected a finite number. Lower learning_rate, or set dtype=float32."
        )
    state.load_best(model)
    if settings.ema:
        measure_batch_norm(model, examples[0], batch_size, settings.seed)
    model.finish_on(train_examples)
    use_fast_convolutions(model, False)
    return model, state.history


def batch_size_of(plan: TrainingPlan, n: int) -> int:
    """The number of pictures that a step of a plan takes of n training pictures.

    That of the settings, or else the model's largest, smaller for few pictures. Raises ValueError if the
    settings ask for more than there are.
    """
    asked, kind = training_of(plan).batch_size, plan.entry.load()
    if asked > n:
        raise ValueError(
            f"Too few pictures for a batch. Expected at least batch_size={asked} for training; received {n}. "
            "Fix: set batch_size=0, which fits it to them, or add photos."
        )
    return asked or batch_size_for(n, kind.largest_batch, kind.batches_an_epoch)


def compiled_model(plan: TrainingPlan, steps: int = 1) -> TrainedModel:
    """Builds and compiles the untrained model of a plan, on all GPUs if there are any.

    ``steps``: the number of batches in an epoch. Raises MemoryError, one line, for a network that can't be
    trained in the memory that is left.
    """
    settings, strategy = training_of(plan), devices.choose_strategy()
    copies = TRAINED + (settings.ema > 0)  # the average of the weights is one more
    with strategy.scope():
        with within_memory(f"The network of model={plan.model}", copies):
            model = plan.build()
        require_training(f"The network of model={plan.model}", model, copies)
        model.steps_per_epoch = steps
        jit = model.jit and devices.choose_jit(settings.jit, bool(own_layers(model)))
        jit = jit and strategy.num_replicas_in_sync == 1
        model.compile(build_optimizer(settings, steps * settings.epochs), jit_compile=jit)
        for optimizer, variables in model.optimizers():
            optimizer.build(variables)  # by the first step otherwise, which then is traced twice
        replicas.prepare(model)
    use_fast_convolutions(model, not tf.config.list_physical_devices("GPU"))
    return model


def fit(
    model: TrainedModel,
    state: TrainingState,
    examples: tuple[ExampleSet, ExampleSet],
    batch_size: int,
    settings: TrainingSettings,
    folder: str | Path,
    progress: Progress,
) -> None:
    """Trains ``model`` on (train, eval) ``examples``, starting after the epochs that ``state`` holds."""
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


def plan_key(plan: TrainingPlan, data_key: Any) -> str:
    """A short hash of what determines a training run: its plan, the data and the code's version."""
    text = json.dumps([plan.as_dict(), data_key, CODE_VERSION], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]
def run_fn(fn_args: Any) -> None:
    """What TFX's Trainer calls, with its FnArgs: trains on Transform's output and exports the SavedModel.

    Nothing here has Python control flow on tensors, for which AutoGraph would rewrite all code it reaches.
    """
    import tensorflow_transform as tft

    from models.export.encoder import export_encoder
    from models.export.sketches import export_sketch_encoder
    from models.inputs.stroke_data import stroke_set

    give_back()
    config = fn_args.custom_config
    plan = plan_of(config)
    transform_output = tft.TFTransformOutput(fn_args.transform_graph_path)
    entry = plan.entry
    kind, reads = entry.load(), entry.reads
    read, export = (stroke_set, export_sketch_encoder) if "strokes" in reads else (image_set, export_encoder)
    # What is not read again each epoch is not kept in memory.
    share = MEMORY_SHARE if entry.learns and not kind.trains_on else 0.0
    train_images, eval_images = (
        read(tf.io.gfile.glob(files), transform_output, reads, share)
        for files in (fn_args.train_files, fn_args.eval_files)
    )
    if not config["held_out"]:
        eval_images = train_images  # nothing else is there to tell when training has to end
    train_for_tfx(
        fn_args,
        plan,
        (train_images, eval_images),
        lambda model: export(model, transform_output, fn_args.serving_model_dir),
    )


def train_for_tfx(
    fn_args: Any,
    plan: TrainingPlan,
    examples: tuple[ExampleSet, ExampleSet],
    export: Callable[[Any], None],
) -> None:
    """Trains the plan's network on (train, eval) ``examples`` where TFX's FnArgs say, and writes all of it.

    An unfinished run with the same plan and data is resumed. ``export`` writes the trained model.
    """
    config = fn_args.custom_config
    key = plan_key(plan, [fn_args.train_files, fn_args.eval_files])
    folder = Path(config["training_dir"]) / key
    started = time.perf_counter()
    with alone_in(folder):
        model, history = train(*examples, plan, folder, Progress(config["progress"], "training"))
    figures = {"fit_seconds": time.perf_counter() - started, **model.figures_on(examples[1])}
    if plan.entry.learns:
        figures["batch_size"] = batch_size_of(plan, examples[0].n)
    export(model)
    run_dir = Path(fn_args.model_run_dir)
    run_dir.mkdir(parents=True, exist_ok=True)
    (run_dir / "history.json").write_text(json.dumps(history))
    (run_dir / "figures.json").write_text(json.dumps(figures))
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)
