"""4x4 stride-2 convolutions with 9/16 of the multiplications, for CPUs.

A 4x4 stride-2 ``same`` convolution is a 2x2 stride-1 convolution over the 2x2 space-to-depth of the padded
image. Two neighbouring outputs of a 2-tap filter need three products instead of four (Winograd's F(2, 2)), so
in two dimensions 9 instead of 16. All coefficients are 0, 1 or -1, so float32 stays exact up to rounding. The
transposed convolution and the gradients are the transposes of the same steps. Weights keep Keras' shape and
meaning, so a model can be trained with one and served with the other. GPUs have better kernels of their own,
so there the layers do what Keras does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from models.tensors import Tensor


def supports_down(shape: Sequence[Any]) -> bool:
    """Whether ``conv_down`` takes images of this shape; with few channels it is not faster."""
    return shape[1] == shape[2] and shape[1] is not None and shape[1] % 4 == 0 and shape[3] >= 16


def supports_up(shape: Sequence[Any]) -> bool:
    """Whether ``conv_up`` takes maps of this shape."""
    return shape[1] == shape[2] and shape[1] is not None and shape[1] % 2 == 0


def _slice(x: Tensor, axis: int, start: int, stop: int) -> Tensor:
    index = [slice(None)] * len(x.shape)
    index[axis] = slice(start, stop)
    return x[tuple(index)]


def _split_pairs(x: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """Even and odd positions along ``axis``, whose length is even."""
    shape = [-1, *x.shape[1:]]
    shape[axis : axis + 1] = [x.shape[axis] // 2, 2]
    return tf.unstack(tf.reshape(x, shape), axis=axis + 1)


def _join_pairs(even: Tensor, odd: Tensor, axis: int) -> Tensor:
    """The inverse of ``_split_pairs``."""
    shape = [-1, *even.shape[1:]]
    shape[axis] = 2 * even.shape[axis]
    return tf.reshape(tf.stack([even, odd], axis + 1), shape)


def _pad(x: Tensor, axis: int, before: int, after: int) -> Tensor:
    paddings = [[0, 0]] * len(x.shape)
    paddings[axis] = [before, after]
    return tf.pad(x, paddings)


def _input_rows(x: Tensor, axis: int) -> tuple[Tensor, Tensor, Tensor]:
    """B^T of F(2, 2) along an axis of length 2T + 1: three tensors of length T."""
    length = x.shape[axis]
    even, odd = _split_pairs(_slice(x, axis, 0, length - 1), axis)
    tiles = even.shape[axis]
    following = tf.concat([_slice(even, axis, 1, tiles), _slice(x, axis, length - 1, length)], axis)
    return even - odd, odd, odd - following


def _input_rows_transposed(parts: Sequence[Tensor], axis: int) -> Tensor:
    """The transpose of ``_input_rows``: three tensors of length T to one of length 2T + 1."""
    first, second, third = parts
    even = _pad(first, axis, 0, 1) - _pad(third, axis, 1, 0)
    odd = _pad(second + third - first, axis, 0, 1)
    joined = _join_pairs(even, odd, axis)
    return _slice(joined, axis, 0, joined.shape[axis] - 1)


def _transform_input(x: Tensor) -> Tensor:
    """Turns images (B, N, N, C) into the products' left side (9, B T T, 4C), T = N / 4."""
    folded = tf.nn.space_to_depth(tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]), 2)
    parts = [part for rows in _input_rows(folded, 1) for part in _input_rows(rows, 2)]
    return tf.reshape(tf.stack(parts), (9, -1, folded.shape[3]))


def _transform_input_transposed(products: Tensor, tiles: int) -> Tensor:
    """The transpose of ``_transform_input``."""
    parts = tf.unstack(tf.reshape(products, (9, -1, tiles, tiles, products.shape[-1])))
    rows = [_input_rows_transposed(parts[3 * i : 3 * i + 3], axis=2) for i in range(3)]
    folded = _input_rows_transposed(rows, axis=1)
    return tf.nn.depth_to_space(folded, 2)[:, 1:-1, 1:-1]


def _transform_output(products: Tensor, tiles: int) -> Tensor:
    """Turns products (9, B T T, F) into images (B, 2T, 2T, F): A^T of F(2, 2) in both directions."""
    m = tf.unstack(tf.reshape(products, (9, -1, tiles, tiles, products.shape[-1])))
    upper = [m[i] + m[i + 3] for i in range(3)]
    lower = [m[i + 3] - m[i + 6] for i in range(3)]
    rows = [_join_pairs(r[0] + r[1], r[1] - r[2], axis=2) for r in (upper, lower)]
    return _join_pairs(rows[0], rows[1], axis=1)


def _transform_output_transposed(y: Tensor) -> Tensor:
    """The transpose of ``_transform_output``: (B, 2T, 2T, F) to (9, B T T, F)."""
    upper, lower = _split_pairs(y, 1)
    parts = []
    for row in (upper, upper + lower, -lower):
        left, right = _split_pairs(row, 2)
        parts += [left, left + right, -right]
    return tf.reshape(tf.stack(parts), (9, -1, y.shape[3]))


def _transform_kernel(kernel: Tensor) -> Tensor:
    """Turns a kernel (4, 4, C, F) into the products' right side (9, 4C, F)."""
    channels, filters = kernel.shape[2:]
    w = tf.transpose(tf.reshape(kernel, (2, 2, 2, 2, channels, filters)), (0, 2, 1, 3, 4, 5))
    w = tf.reshape(w, (2, 2, 4 * channels, filters))
    return tf.stack([g for row in (w[0], w[0] + w[1], w[1]) for g in (row[0], row[0] + row[1], row[1])])


def _transform_kernel_transposed(products: Tensor) -> Tensor:
    """The transpose of ``_transform_kernel``."""
    filters, channels = products.shape[2], products.shape[1] // 4
    u = tf.reshape(products, (3, 3, 4 * channels, filters))
    rows = [u[0] + u[1], u[1] + u[2]]
    w = tf.stack([tf.stack([row[0] + row[1], row[1] + row[2]]) for row in rows])
    w = tf.transpose(tf.reshape(w, (2, 2, 2, 2, channels, filters)), (0, 2, 1, 3, 4, 5))
    return tf.reshape(w, (4, 4, channels, filters))


def conv_down(x: Tensor, kernel: Tensor) -> Tensor:
    """The 4x4 stride-2 ``same`` convolution.

    Args:
        x: (B, N, N, C) with N a multiple of 4.
        kernel: (4, 4, C, F).

    Returns:
        (B, N / 2, N / 2, F), equal to ``tf.nn.conv2d(x, kernel, 2, "SAME")`` up to rounding.
    """
    return _conv_down(x, tf.convert_to_tensor(kernel))


@tf.custom_gradient
def _conv_down(x: Tensor, kernel: Tensor) -> tuple[Tensor, Callable[..., tuple[Tensor, Tensor]]]:
    tiles = x.shape[1] // 4
    left, right = _transform_input(x), _transform_kernel(kernel)
    y = _transform_output(tf.matmul(left, right), tiles)

    def gradient(dy: Tensor) -> tuple[Tensor, Tensor]:
        d_products = _transform_output_transposed(dy)
        dx = _transform_input_transposed(tf.matmul(d_products, right, transpose_b=True), tiles)
        return dx, _transform_kernel_transposed(tf.matmul(left, d_products, transpose_a=True))

    return y, gradient


def conv_up(y: Tensor, kernel: Tensor) -> Tensor:
    """The 4x4 stride-2 ``same`` transposed convolution.

    Args:
        y: (B, N, N, F) with N even.
        kernel: (4, 4, C, F), Keras' layout of a transposed convolution with C outputs.

    Returns:
        (B, 2N, 2N, C), equal to ``tf.nn.conv2d_transpose`` up to rounding.
    """
    return _conv_up(y, tf.convert_to_tensor(kernel))


@tf.custom_gradient
def _conv_up(y: Tensor, kernel: Tensor) -> tuple[Tensor, Callable[..., tuple[Tensor, Tensor]]]:
    tiles = y.shape[1] // 2
    left, right = _transform_output_transposed(y), _transform_kernel(kernel)
    x = _transform_input_transposed(tf.matmul(left, right, transpose_b=True), tiles)

    def gradient(dx: Tensor) -> tuple[Tensor, Tensor]:
        d_products = _transform_input(dx)
        dy = _transform_output(tf.matmul(d_products, right), tiles)
        return dy, _transform_kernel_transposed(tf.matmul(d_products, left, transpose_a=True))

    return x, gradient
