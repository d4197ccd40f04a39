"""Imports TensorFlow Probability's distributions, whatever was imported before.

Importing TensorFlow Transform switches ``tf.keras`` to Keras 2, and TensorFlow Probability then looks for a
module that no longer exists. So ``tf.keras`` is Keras 3 here while TensorFlow Probability is imported.
"""

from unittest import mock

import keras
import tensorflow as tf

with mock.patch.object(tf.compat.v2, "keras", keras):
    from tensorflow_probability import distributions

__all__ = ["distributions"]
