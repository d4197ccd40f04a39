"""Pictures of a study: the variants on three faces (P2, table 6.2), and a mean face in colours."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from components.occlude.conditions import Condition, Faces, Occluder
from components.occlude.families import MASKS, Window, shown

SHOWN = 3  # faces
# What each family does, in words.
FAMILIES = {
    "right_to_left": "hidden from the right, a seventh more each",
    "left_to_right": "hidden from the left, a seventh more each",
    "top_to_bottom": "shown from the top down",
    "bottom_to_top": "shown from the bottom up",
    "permutation_blackout_pairs": "two strips hidden",
    "permutation_blackout_triples": "three strips hidden",
    "just_region": "one strip shown",
    "region_blackout": "one strip hidden",
    "just_region_contoured": "one region shown",
    "region_blackout_contour": "one region hidden",
    "inside": "the face alone",
    "outside": "all but the face",
}
RED = np.array([(255, 245, 200), (250, 170, 70), (205, 60, 30), (110, 0, 20)], float)
BLUE = np.array([(225, 240, 250), (120, 180, 225), (40, 100, 180), (10, 40, 110)], float)
STRENGTH = 0.62  # of a colour over the face


def pictured(faces: Faces) -> dict[str, np.ndarray]:
    """What the pictures are made of, arrays to keep: chips and points of some faces, and their means.

    ``occlusion_chips`` (m, h, w, 3) uint8 and ``occlusion_points`` (m, 68, 2), the first faces of different
    people; ``occlusion_mean`` (h, w, 3) uint8 and ``occlusion_mean_points`` (68, 2), of all faces.
    """
    _, first = np.unique(faces.people, return_index=True)
    some = np.sort(first)[:SHOWN]
    return {
        "occlusion_chips": faces.chips[some],
        "occlusion_points": faces.points[some],
        "occlusion_mean": np.round(faces.chips.mean(axis=0, dtype=np.float64)).astype(np.uint8),
        "occlusion_mean_points": faces.points.mean(axis=0),
    }


def sheets(arrays: Mapping[str, np.ndarray], window: Window) -> dict[str, np.ndarray]:
    """For each family its masks on the faces of ``pictured``: uint8 (faces, masks, h, w, 3)."""
    chips, points = arrays["occlusion_chips"], arrays["occlusion_points"]
    occluder = Occluder(Faces(chips, points, np.arange(len(chips)), [""] * len(chips)), window)
    found: dict[str, list[np.ndarray]] = {}
    for name, mask in MASKS.items():
        found.setdefault(mask.family, []).append(occluder.under(Condition(name))[0])
    return {family: np.stack(some, axis=1) for family, some in found.items()}


def colour_of(value: float, most: float) -> tuple[int, int, int]:
    """The colour of a value, from pale (0) to dark (``most``): red for a loss, blue for a gain."""
    scale = RED if value >= 0 else BLUE
    place = min(abs(value) / most, 1.0) * (len(scale) - 1) if most > 0 else 0.0
    steps = np.arange(len(scale))
    red, green, blue = (round(float(np.interp(place, steps, scale[:, channel]))) for channel in range(3))
    return red, green, blue


def coloured(
    arrays: Mapping[str, np.ndarray], window: Window, values: Mapping[str, float], most: float
) -> np.ndarray:
    """The mean face of ``pictured``, grey, what each mask hides in the colour of its value: uint8 (h, w, 3).

    ``values`` has masks that hide one region or strip each, which don't overlap.
    """
    mean, points = arrays["occlusion_mean"], arrays["occlusion_mean_points"]
    grey = np.repeat(mean.mean(axis=2, keepdims=True), 3, axis=2)
    for name, value in values.items():
        hidden = ~shown(name, points, window, mean.shape[:2])
        grey[hidden] = (1 - STRENGTH) * grey[hidden] + STRENGTH * np.array(colour_of(value, most))
    return np.clip(np.round(grey), 0, 255).astype(np.uint8)
