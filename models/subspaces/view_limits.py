"""How far random views may be from their picture. This module imports neither Keras nor TensorFlow."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ViewLimits:
    """How far a view may be from its picture, each drawn evenly between minus and plus this.

    ``rotation`` in degrees; ``shift`` as a share of the side; ``scale``: from 1 - scale to 1 + scale;
    ``shear`` in pixels across a pixel down. ``mirrored``: half of the views are mirror images.
    """

    rotation: float
    shift: float
    scale: float
    shear: float
    mirrored: bool
