"""Whether a network fits into the memory that is left, found out while it is built and before it takes it."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from models.devices.memory import available_bytes

TRAINED = 4  # numbers for each weight: itself, its gradient, and Adam's two moments
SMALLEST_BATCH = 4  # pictures of a step; more take more


@contextlib.contextmanager
def within_memory(what: str, copies: int, room: int | None = None) -> Iterator[None]:
    """In the block, weights that would not fit raise MemoryError, one line, before they are allocated.

    ``what`` is the network in words, ``copies`` the numbers that each weight takes, see ``TRAINED``. ``room``
    are the bytes there are, by default ``free_bytes``; 0 is no limit.
    """
    room = free_bytes() if room is None else room
    needed = 0

    def counted(create: Any, **told: Any) -> Any:
        nonlocal needed
        needed += copies * bytes_of(told["initial_value"])
        require(what, needed, room)
        return create(**told)

    with tf.variable_creator_scope(counted):
        yield


def require(what: str, needed: int, room: int) -> None:
    """Raises MemoryError if ``needed`` bytes are more than the ``room``, where there is a limit."""
    if room and needed > room:
        raise MemoryError(
            f"{what} does not fit into memory. Expected at most the {room / 1e9:.2f} GB that are left; it "
            f"takes at least {needed / 1e9:.2f} GB. Fix: lower latent_dim, base_filters, blocks or "
            "rnn_units, or take a machine with more memory."
        )


def bytes_of(initial: Any) -> int:
    """The size of a variable by its first value, or by the function that makes it; nothing is computed."""
    if not callable(initial):
        return int(np.asarray(initial).nbytes) if not tf.is_tensor(initial) else size_of(initial)
    with tf.Graph().as_default():
        return size_of(tf.convert_to_tensor(initial()))


def size_of(tensor: tf.Tensor) -> int:
    """The bytes of a tensor of known shape."""
    return math.prod(tensor.shape.as_list()) * int(tensor.dtype.size)


def require_training(what: str, model: Any, copies: int, room: int | None = None) -> None:
    """Raises MemoryError, as ``within_memory``, unless a built model can be trained by the smallest batch.

    Of what it needs, its weights are there already.
    """
    room = free_bytes() if room is None else room
    weights = sum(size_of(variable.value) for variable in model.variables)
    require(what, copies * weights + activation_bytes(model), room and room + weights)


def activation_bytes(model: Any, batch: int = SMALLEST_BATCH) -> int:
    """What the outputs of a model's layers take in a step of ``batch`` pictures, in float32."""
    shapes = []
    for layer in model._flatten_layers(include_self=False):
        with contextlib.suppress(AttributeError, ValueError):  # not called yet, or more than once
            shapes.append(layer.output.shape)
    return 4 * batch * sum(math.prod(size or 1 for size in shape[1:]) for shape in shapes)


def free_bytes() -> int:
    """``available_bytes``, or 0 for no limit where networks are on a GPU, whose memory is another."""
    return 0 if tf.config.list_physical_devices("GPU") else available_bytes()
