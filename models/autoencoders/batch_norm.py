"""BatchNormalization that uses TensorFlow's fused kernel."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from models.tensors import Tensor
from models.trained import replicas

# Keras' 0.99 needs some 500 steps to forget its start; small photo sets train for a hundred.
MOMENTUM = 0.9
FUSED_DTYPES = ("float32", "bfloat16", "float16")


@keras.saving.register_keras_serializable("facefold")
class BatchNorm(layers.BatchNormalization):
    """Keras' BatchNormalization with another momentum, and with moments over the batches of all replicas.

    When a single device trains, maps (B, H, W, C) go through TensorFlow's fused kernel, which computes the
    same moments in float32 without making float32 copies of bfloat16 maps. Everything else is Keras' own.
    """

    def __init__(self, momentum: float = MOMENTUM, synchronized: bool | None = None, **kwargs: Any) -> None:
        synchronized = replicas() > 1 if synchronized is None else synchronized
        super().__init__(momentum=momentum, synchronized=synchronized, **kwargs)

    def call(self, inputs: Tensor, training: bool | None = None, mask: Tensor | None = None) -> Tensor:
        """Normalizes inputs (..., C) by their batch while training, otherwise by the moving statistics."""
        if training and self.trainable and self._fusible(inputs):
            return self._fused(inputs)
        return super().call(inputs, training=training, mask=mask)

    def _fusible(self, inputs: Tensor) -> bool:
        four = len(inputs.shape) == 4 and self.axis in (-1, 3) and self.scale and self.center
        return (
            four
            and not self.synchronized
            and keras.backend.backend() == "tensorflow"
            and keras.backend.standardize_dtype(inputs.dtype) in FUSED_DTYPES
        )

    def _fused(self, inputs: Tensor) -> Tensor:
        import tensorflow as tf

        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=tf.convert_to_tensor(self.gamma),
            offset=tf.convert_to_tensor(self.beta),
            mean=tf.constant([], tf.float32),
            variance=tf.constant([], tf.float32),
            epsilon=self.epsilon,
            is_training=True,
        )
        # The kernel returns the unbiased variance; Keras averages the biased one.
        n = tf.cast(tf.reduce_prod(tf.shape(inputs)[:3]), tf.float32)
        variance = variance * (n - 1.0) / n
        for moving, batch in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + batch * (1.0 - self.momentum))
        return outputs
