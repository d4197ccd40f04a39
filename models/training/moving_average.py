"""The moving average of a run's weights in their place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keras import layers

from models.inputs.training_data import batches

if TYPE_CHECKING:
    import keras

    from models.contract import EmbeddingModel
    from models.inputs.training_data import ExampleSet


MOST_BATCHES = 256


def average_weights(model: EmbeddingModel) -> None:
    """Puts the moving average of the weights in their place, where the optimizers keep one."""
    for optimizer, variables in model.optimizers():
        if optimizer.use_ema:
            optimizer.finalize_variable_values(variables)


def batch_norms(layer: keras.layers.Layer) -> list[layers.BatchNormalization]:
    """All BatchNormalization layers in ``layer``, however deep."""
    return [inner for inner in layer._flatten_layers() if isinstance(inner, layers.BatchNormalization)]


def measure_batch_norm(model: EmbeddingModel, examples: ExampleSet, batch_size: int, seed: int = 0) -> None:
    """Sets every moving mean and variance to its plain mean over one epoch of training batches.

    Averaged weights need it (Izmailov et al. 2018, section 3.2): the moving statistics are those of the
    weights on the way, not of their average. At most 256 batches of ``batch_size`` are run through the
    network.
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
