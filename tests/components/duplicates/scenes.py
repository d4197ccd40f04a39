"""Pictures of no one, drawn from a seed: broad shapes, edges and some grain, as photos have them."""

import io

import cv2
import numpy as np
from PIL import Image

from components.duplicates.photos import Seen, seen_of
from components.ingest.sources import Photo


def scene(seed: int, height: int = 240, width: int = 320) -> np.ndarray:
    """A picture (height, width, 3) uint8 RGB that differs from seed to seed."""
    rng = np.random.default_rng(seed)
    picture = np.zeros((height, width, 3), np.float32)
    for size in (4, 9, 20):
        grid = rng.uniform(0, 255, (size, size, 3)).astype(np.float32)
        picture += cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC) / 3
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    for _ in range(12):
        middle = int(rng.integers(0, width)), int(rng.integers(0, height))
        axes = int(rng.integers(8, width // 5)), int(rng.integers(8, height // 4))
        colour = tuple(int(value) for value in rng.integers(20, 235, 3))
        cv2.ellipse(picture, middle, axes, float(rng.uniform(0, 180)), 0, 360, colour, -1, cv2.LINE_AA)
    return picture


def moved_in(picture: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A scene with one thing in it, and a second later: that has moved, all else stays, with new grain.

    The thing is as dark or as light as can be against what it stands before, so that it can be seen.
    """
    rng = np.random.default_rng(seed)
    height, width = picture.shape[:2]
    middle = int(rng.integers(width // 3, width // 2)), int(rng.integers(height // 3, height // 2))
    axes, shift = (width // 10, height // 8), int(rng.integers(8, 16))
    around = picture[middle[1] - axes[1] : middle[1] + axes[1], middle[0] - axes[0] : middle[0] + axes[0]]
    colour = (20, 20, 20) if around.mean() > 128 else (235, 235, 235)
    shown = []
    for across in (0, shift):
        place = middle[0] + across, middle[1]
        shown.append(cv2.ellipse(picture.copy(), place, axes, 0, 0, 360, colour, -1, cv2.LINE_AA))
    grain = rng.normal(0, 2, picture.shape)
    return shown[0], np.clip(shown[1] + grain, 0, 255).astype(np.uint8)


def encoded(picture: np.ndarray, form: str = "PNG", **options: object) -> bytes:
    """A picture as the bytes of a file."""
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, form, **options)
    return stream.getvalue()


def seen(picture: np.ndarray, path: str = "a/1.png") -> Seen:
    """A picture as a photo that was read."""
    return seen_of(Photo(path, path, path.partition("/")[0]), encoded(picture))
