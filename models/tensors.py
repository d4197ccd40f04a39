"""What annotations call a tensor. Importing this imports no framework."""

from typing import Any, TypeAlias

# Keras computes on whatever its backend calls a tensor: eager, symbolic and NumPy values all pass through the
# same functions. They share no class, and Keras and TensorFlow ship no types, so this can only be Any. The
# name says what is meant; shapes and dtypes stand in the docstrings.
Tensor: TypeAlias = Any
