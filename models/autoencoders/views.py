"""Random views of a batch of images for contrastive learning, inside the graph.

Crop, flip, resize and blur are one linear map along each axis, so they are two batched matrix products.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from models.tensors import Tensor

CROP_AREA = (0.4, 1.0)  # share of the image that a crop keeps
CROP_ASPECT = (0.8, 1.25)
BLUR_SHARE, BLUR_SIGMA = 0.5, (0.3, 1.5)  # of the images; deviation in pixels of the view
SHARP_SIGMA = 0.4  # deviation of the interpolation kernel, in pixels of the source
BRIGHTNESS = CONTRAST = SATURATION = 0.4
GREY_SHARE = 0.2


def sampling_matrix(start: Tensor, length: Tensor, flip: Tensor, sigma: Tensor, size: int) -> Tensor:
    """Weights (B, size, size) that map ``size`` pixels to ``size`` pixels of a crop.

    Args:
        start, length: where the crop begins and how long it is, in pixels, (B,).
        flip: 1.0 to mirror, else 0.0, (B,).
        sigma: deviation of the Gaussian kernel, in source pixels, (B,).
    """
    places = (ops.arange(size, dtype="float32") + 0.5) / size
    places = places[None] + flip[:, None] * (1.0 - 2.0 * places[None])
    centres = start[:, None] + places * length[:, None] - 0.5
    offsets = (ops.arange(size, dtype="float32")[None, None] - centres[:, :, None]) / sigma[:, None, None]
    return ops.softmax(-0.5 * ops.square(offsets), axis=-1)


def random_view(
    images: Tensor, seed: keras.random.SeedGenerator, crop_area: tuple[float, float] = CROP_AREA
) -> Tensor:
    """Applies a random crop, flip, blur and colour change to each of images (B, S, S, 3) in [0, 1].

    The result has the same shape. ``crop_area`` is the smallest and the largest share of the picture that a
    crop keeps.
    """
    images = ops.cast(images, "float32")
    size = images.shape[1]
    count = ops.shape(images)[0]

    def uniform(low: float, high: float, shape: tuple[Any, ...] = (count,)) -> Tensor:
        return keras.random.uniform(shape, low, high, seed=seed)

    narrowest, widest = (math.log(aspect) for aspect in CROP_ASPECT)
    area, ratio = uniform(*crop_area), ops.exp(uniform(narrowest, widest))
    height = ops.minimum(1.0, ops.sqrt(area * ratio)) * size
    width = ops.minimum(1.0, ops.sqrt(area / ratio)) * size
    flip = ops.cast(uniform(0.0, 1.0) < 0.5, "float32")
    blurred = ops.cast(uniform(0.0, 1.0) < BLUR_SHARE, "float32")
    sigma = SHARP_SIGMA + blurred * uniform(*BLUR_SIGMA)
    rows = sampling_matrix(uniform(0.0, 1.0) * (size - height), height, ops.zeros_like(flip), sigma, size)
    columns = sampling_matrix(uniform(0.0, 1.0) * (size - width), width, flip, sigma, size)
    view = ops.einsum("bij,bjkc->bikc", rows, images)
    view = ops.einsum("blk,bikc->bilc", columns, view)
    return random_colour(view, uniform)


def random_colour(images: Tensor, uniform: Callable[..., Tensor]) -> Tensor:
    """Randomly changes brightness, contrast and saturation of each image, and makes some images grey."""
    shape = (ops.shape(images)[0], 1, 1, 1)
    images = images * uniform(1 - BRIGHTNESS, 1 + BRIGHTNESS, shape)
    mean = ops.mean(images, axis=(1, 2, 3), keepdims=True)
    images = mean + (images - mean) * uniform(1 - CONTRAST, 1 + CONTRAST, shape)
    grey = ops.mean(images, axis=-1, keepdims=True)
    saturation = uniform(1 - SATURATION, 1 + SATURATION, shape)
    saturation = saturation * ops.cast(uniform(0.0, 1.0, shape) >= GREY_SHARE, "float32")
    return ops.clip(grey + (images - grey) * saturation, 0.0, 1.0)
