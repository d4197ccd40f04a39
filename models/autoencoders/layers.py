"""The convolution blocks of the papers' tables."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from models.autoencoders.batch_norm import BatchNorm
from models.tensors import Tensor


@keras.saving.register_keras_serializable("facefold")
class Conv4x4(layers.Conv2D):
    """Conv2D 4x4 with stride 2, ``same`` padding and, by default, no bias (P0, table I); weights as in Keras.

    With ``fast``, which is off by default, ``strided_conv.conv_down`` computes it; see
    ``use_fast_convolutions``.
    """

    fast = False

    def __init__(self, filters: int, use_bias: bool = False, **kwargs: Any) -> None:
        fixed = {"kernel_size": 4, "strides": 2, "padding": "same"}
        super().__init__(filters, use_bias=use_bias, **{**kwargs, **fixed})

    def convolution_op(self, inputs: Tensor, kernel: Tensor) -> Tensor:
        """Convolves images (B, N, N, C) to (B, N/2, N/2, filters)."""
        if self.fast:
            from models.autoencoders import strided_conv

            if strided_conv.supports_down(inputs.shape):
                return strided_conv.conv_down(inputs, kernel)
        return super().convolution_op(inputs, kernel)


@keras.saving.register_keras_serializable("facefold")
class ConvTranspose4x4(layers.Conv2DTranspose):
    """Conv2DTranspose 4x4 with stride 2, ``same`` padding and, by default, no bias (P0, table II).

    Its weights are as in Keras. With ``fast``, which is off by default, ``strided_conv.conv_up`` computes it;
    see ``use_fast_convolutions``.
    """

    fast = False

    def __init__(self, filters: int, use_bias: bool = False, **kwargs: Any) -> None:
        fixed = {"kernel_size": 4, "strides": 2, "padding": "same"}
        super().__init__(filters, use_bias=use_bias, **{**kwargs, **fixed})

    def call(self, inputs: Tensor) -> Tensor:
        """Convolves images (B, N, N, C) to (B, 2N, 2N, filters)."""
        if self.fast:
            from models.autoencoders import strided_conv

            if strided_conv.supports_up(inputs.shape):
                kernel = keras.ops.cast(self.kernel, inputs.dtype)
                outputs = strided_conv.conv_up(inputs, kernel)
                return outputs + keras.ops.cast(self.bias, inputs.dtype) if self.use_bias else outputs
        return super().call(inputs)


def use_fast_convolutions(model: keras.Model, fast: bool) -> None:
    """Switches the 4x4 layers of ``model`` to the arithmetic of ``strided_conv``, or back.

    It is faster on CPUs, and needs TensorFlow. It takes effect the next time a function over the model is
    traced.
    """
    for layer in own_layers(model):
        layer.fast = fast


def own_layers(model: keras.Model) -> list[Conv4x4 | ConvTranspose4x4]:
    """The 4x4 layers of a model."""
    return [layer for layer in model._flatten_layers() if isinstance(layer, (Conv4x4, ConvTranspose4x4))]


def conv_block(x: Tensor, filters: int, batch_norm: bool = True) -> Tensor:
    """Conv -> BatchNorm -> ReLU, halving height and width (P0, table I).

    Without ``batch_norm`` the convolution has a bias instead.
    """
    return _normalized(Conv4x4(filters, use_bias=not batch_norm)(x), batch_norm)


def conv_transpose_block(x: Tensor, filters: int, batch_norm: bool = True) -> Tensor:
    """Transposed conv -> BatchNorm -> ReLU, doubling height and width (P0, table II); like ``conv_block``."""
    return _normalized(ConvTranspose4x4(filters, use_bias=not batch_norm)(x), batch_norm)


def _normalized(x: Tensor, batch_norm: bool) -> Tensor:
    if batch_norm:
        x = BatchNorm()(x)
    return layers.ReLU()(x)
