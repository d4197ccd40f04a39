"""Replaces a run's weights by their moving average."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keras import layers

from models.inputs.training_data import batches

if TYPE_CHECKING:
    import keras

    from models.inputs.training_data import ExampleSet
    from models.trained import TrainedModel


MOST_BATCHES = 256


def average_weights(model: TrainedModel) -> None:
    """Replaces the weights by their moving average, if the optimizers keep one."""
    for optimizer, variables in model.optimizers():
        if optimizer.use_ema:
            optimizer.finalize_variable_values(variables)


def batch_norms(layer: keras.layers.Layer) -> list[layers.BatchNormalization]:
    """All BatchNormalization layers in ``layer``, at any depth."""
    return [inner for inner in layer._flatten_layers() if isinstance(inner, layers.BatchNormalization)]


def measure_batch_norm(model: TrainedModel, examples: ExampleSet, batch_size: int, seed: int = 0) -> None:
    """Sets every moving mean and variance to its plain mean over one epoch of training batches.

    Averaged weights need this (Izmailov et al. 2018, section 3.2), because the moving statistics belong to
    the weights during training, not to their average. At most 256 batches of ``batch_size`` are run through
    the network.
    """
    norms = batch_norms(model)
    if not norms:
        return
    momenta = [layer.momentum for layer in norms]
    steps = min(MOST_BATCHES, max(1, examples.n // batch_size))
    read = batches(examples, batch_size, seed, model.trains_on or model.reads, vary=model.vary)
    for step, (inputs,) in enumerate(read.take(steps)):
        for layer in norms:
            layer.momentum = step / (step + 1)
        model(inputs, training=True)
    for layer, momentum in zip(norms, momenta, strict=True):
        layer.momentum = momentum
