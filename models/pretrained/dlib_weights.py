"""Reads the file of dlib's face recogniser without dlib.

dlib writes one layer after another as a stream (dlib/serialize.h, dlib/dnn/core.h and layers.h). A whole
number is a control byte (sign, number of bytes) and its magnitude, low byte first. A float is a mantissa and
an exponent, both whole numbers. A tensor is a version, four sizes and raw float32.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np

LOSS, INPUT = "loss_metric_2", "input_rgb_image_sized"
INNERMOST = 3  # dlib's version of the layer next to the input; all other layers have 1 or 2
POOLING = ("max_pool_2", "avg_pool_2")
WITHOUT_DETAILS = ("relu_", "add_prev_")


class Stream:
    """Reads the values of a dlib file one after the other; ValueError says where it is not as expected."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.at = 0

    def take(self, n: int) -> memoryview:
        """The next n bytes; raises ValueError if the file ends before."""
        if self.at + n > len(self.data):
            raise ValueError(f"the end, {len(self.data):,}, cuts off the value at byte {self.at:,}")
        self.at += n
        return self.data[self.at - n : self.at]

    def integer(self) -> int:
        """The next value, a whole number."""
        control = self.take(1)[0]
        size = control & 0x0F
        if not 1 <= size <= 8:
            raise ValueError(f"byte {self.at - 1:,} is {control:#04x} and begins no whole number")
        magnitude = int.from_bytes(self.take(size), "little")
        return -magnitude if control & 0x80 else magnitude

    def integers(self, n: int) -> tuple[int, ...]:
        """The next n values, whole numbers."""
        return tuple(self.integer() for _ in range(n))

    def number(self) -> float:
        """The next value, a float."""
        mantissa, exponent = self.integers(2)
        if abs(exponent) > 1100:  # infinity and NaN have exponents from 32000
            raise ValueError(f"the float before byte {self.at:,} is not finite")
        return math.ldexp(mantissa, exponent)

    def numbers(self, n: int) -> tuple[float, ...]:
        """The next n values, floats."""
        return tuple(self.number() for _ in range(n))

    def text(self) -> str:
        """The next value, the name that dlib gives to a layer."""
        size = self.integer()
        raw = bytes(self.take(size)) if 0 < size < 64 else b""
        if not raw.isascii() or not raw.decode().isidentifier():
            raise ValueError(f"the bytes before {self.at:,} should name a layer and are {raw!r}")
        return raw.decode()

    def expect(self, what: str, wanted: object, found: object) -> None:
        """Raises ValueError if ``found`` is not ``wanted``; ``what`` says what it is."""
        if wanted != found:
            raise ValueError(f"the bytes before {self.at:,} should be {what} {wanted!r} and are {found!r}")

    def tensor(self) -> np.ndarray:
        """The next value, a float32 array (n, k, rows, columns)."""
        self.expect("a tensor of version", 2, self.integer())
        shape = self.integers(4)
        if min(shape) < 0:
            raise ValueError(f"the tensor before byte {self.at:,} has the shape {shape}")
        return np.frombuffer(self.take(4 * math.prod(shape)), "<f4").reshape(shape)

    def alias(self) -> tuple[int, ...]:
        """The next value, the shape (n, k, rows, columns) of a part of a tensor."""
        self.expect("a part of version", 1, self.integer())
        return self.integers(4)


class Convolution(NamedTuple):
    """A convolution into which the affine layer after it is folded."""

    kernel: np.ndarray  # (rows, columns, in, out) float32
    bias: np.ndarray  # (out,) float32
    stride: int
    padding: int  # zeros on each side

    def scaled(self, gamma: np.ndarray, beta: np.ndarray) -> Convolution:
        """The convolution followed by ``gamma * x + beta`` on each channel; float64 keeps all digits."""
        kernel, bias = self.kernel.astype(np.float64) * gamma, self.bias.astype(np.float64) * gamma + beta
        return self._replace(kernel=kernel.astype(np.float32), bias=bias.astype(np.float32))


def read_recogniser(path: str | Path) -> tuple[np.ndarray, int, list[Convolution], np.ndarray]:
    """Reads the weights in ``dlib_face_recognition_resnet_model_v1.dat``.

    Returns:
        The mean colour (3,), the side of the picture, the convolutions in the order of the network, and the
        projection (256, 128) float32.

    Raises:
        ValueError: the file is not dlib's recogniser, or it is cut off; says where.
    """
    try:
        return _read(Stream(memoryview(Path(path).read_bytes())))
    except ValueError as error:
        raise ValueError(
            f"Cannot read {path}. Expected dlib_face_recognition_resnet_model_v1.dat; received a file of "
            f"which {error}. Fix: make setup EXTRAS=dlib, or set weights_path to that file."
        ) from None


def _read(stream: Stream) -> tuple[np.ndarray, int, list[Convolution], np.ndarray]:
    mean, side = _read_head(stream)
    convolutions, projection = [], None
    while projection is None:
        name = stream.text()
        if name == "con_4":
            convolutions.append(_read_convolution(stream))
        elif name == "affine_" and convolutions:
            gamma, beta = _read_affine(stream)
            stream.expect("an affine layer of size", convolutions[-1].bias.shape, gamma.shape)
            convolutions[-1] = convolutions[-1].scaled(gamma, beta)
        elif name in POOLING:
            stream.integers(6)  # window, stride and padding, each down and across
        elif name == "fc_2":
            projection = _read_projection(stream)
        elif name not in WITHOUT_DETAILS:
            raise ValueError(f"the layer before byte {stream.at:,} is {name!r}, unknown here")
        _skip_state(stream)
        if name == "con_4" and len(convolutions) == 1:
            stream.integer()  # the layer next to the input also says how often a picture repeats
    stream.expect("the end", len(stream.data), stream.at)
    return mean, side, convolutions, projection


def _read_head(stream: Stream) -> tuple[np.ndarray, int]:
    """Reads up to the end of the input layer, before which there are only layers' versions.

    Returns the mean colour (3,) and the side.
    """
    stream.expect("a loss of version", 1, stream.integer())
    stream.expect("the loss", LOSS, stream.text())
    stream.numbers(2)  # margin and threshold of the loss
    while stream.integer() != INNERMOST:
        pass
    stream.expect("the input", INPUT, stream.text())
    mean = np.array(stream.numbers(3), np.float32)
    rows, columns = stream.integers(2)
    stream.expect("a square picture of", rows, columns)
    return mean, rows


def _read_convolution(stream: Stream) -> Convolution:
    values = stream.tensor().ravel()
    _, rows, columns, stride, across, padding, _ = stream.integers(7)
    shape, biases = stream.alias(), stream.alias()
    stream.numbers(4)  # multipliers of learning rate and weight decay
    stream.expect("a kernel of", (rows, columns), shape[2:])
    stream.expect("a stride across of", stride, across)
    count = math.prod(shape)
    stream.expect("a number of weights of", count + math.prod(biases), len(values))
    return Convolution(values[:count].reshape(shape).transpose(2, 3, 1, 0), values[count:], stride, padding)


def _read_affine(stream: Stream) -> tuple[np.ndarray, np.ndarray]:
    values = stream.tensor().ravel()
    gamma, beta = math.prod(stream.alias()), math.prod(stream.alias())
    stream.integer()  # its mode: per channel, as after every convolution
    stream.expect("a number of weights of", gamma + beta, len(values))
    return values[:gamma], values[gamma:]


def _read_projection(stream: Stream) -> np.ndarray:
    stream.integers(2)
    values = stream.tensor()
    shape = stream.alias()[:2]
    stream.alias()
    stream.integer()  # its mode: without bias
    stream.numbers(4)
    stream.expect("a number of weights of", math.prod(shape), values.size)
    return values.reshape(shape)


def _skip_state(stream: Stream) -> None:
    """Skips what follows each layer: three flags, and three tensors that a trained network leaves empty."""
    stream.take(3)
    for _ in range(3):
        stream.tensor()
