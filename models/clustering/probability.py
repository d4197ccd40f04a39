"""TensorFlow Probability's distributions, whatever was imported before.

TensorFlow Transform switches ``tf.keras`` to Keras 2 when it is imported, and TensorFlow
Probability then looks for a module that is gone. While it is imported, ``tf.keras`` is Keras 3.
"""

from unittest import mock

import keras
import tensorflow as tf

with mock.patch.object(tf.compat.v2, "keras", keras):
    from tensorflow_probability import distributions

__all__ = ["distributions"]
