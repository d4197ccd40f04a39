"""The conditions that a study puts a face under: a mask, or a random one like it, and what fills it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from components.occlude.families import CONTOURS, HULL, MASKS, STRIPS, Window, shown
from components.occlude.operator import FILLS, occluded
from components.occlude.random_masks import blob_like, strip_like

MAIN = "black"  # P2's fill
QLIST = (*STRIPS, *CONTOURS)


@dataclass(frozen=True)
class Condition:
    """One mask of ``families.MASKS`` and a fill; or draw ``draw`` (from 0) of a random mask of its area.

    For a mask of ``STRIPS`` the random one is a strip, else a blob.
    """

    mask: str
    fill: str = MAIN
    draw: int | None = None

    @property
    def name(self) -> str:
        """``mask/fill``, or ``mask/fill/random 2``."""
        return f"{self.mask}/{self.fill}" + ("" if self.draw is None else f"/random {self.draw}")


@dataclass(frozen=True)
class Faces:
    """n faces: ``chips`` (n, h, w, 3) uint8, and their ``points`` (n, 68, 2) float in chip pixels.

    ``people`` (n,) int64 numbers the person in each; ``names`` say which photo each is of.
    """

    chips: np.ndarray
    points: np.ndarray
    people: np.ndarray
    names: Sequence[str]

    def __len__(self) -> int:
        return len(self.chips)


def conditions(masks: Sequence[str], fills: Sequence[str], draws: int) -> list[Condition]:
    """All masks in the main fill; the q-list's and the hull's in every fill; random ones of the q-list's."""
    weighed = [name for name in masks if name in QLIST]
    others = [name for name in masks if name in (*QLIST, *HULL)]
    return [
        *(Condition(name) for name in masks),
        *(Condition(name, MAIN, draw) for name in weighed for draw in range(draws)),
        *(Condition(name, fill) for fill in fills if fill != MAIN for name in others),
    ]


def check_fills(fills: Sequence[str]) -> None:
    """Raises ValueError for an unknown fill, and without the main one."""
    unknown = [fill for fill in fills if fill not in FILLS]
    if unknown or MAIN not in fills:
        raise ValueError(
            f"Fills {', '.join(fills) or 'none'} are not possible. Expected {MAIN}, and any of: "
            f"{', '.join(fill for fill in FILLS if fill != MAIN)}."
        )


def mask_of(condition: Condition, points: np.ndarray, window: Window, shape: tuple[int, int]) -> np.ndarray:
    """What is shown of a face with points (68, 2): bool (h, w). Draws are the same for all faces.

    So that both photos of a pair lose the same place: drawn for each photo, a mask would cost a pair twice.
    """
    if condition.mask not in MASKS:
        raise ValueError(f"There is no mask {condition.mask!r}. Expected one of: {', '.join(MASKS)}.")
    kept = shown(condition.mask, points, window, shape)
    if condition.draw is None:
        return kept
    area = int((~kept & window.of(shape)).sum())
    if condition.mask in STRIPS:
        return strip_like(area, place_of(condition.draw), window, shape)
    return blob_like(area, condition.draw, window, shape)


def place_of(draw: int) -> float:
    """Where a random strip lies, in (0, 1): van der Corput's sequence, spread evenly at any number."""
    place, step = 0.0, 0.5
    number = draw + 1
    while number:
        place += step * (number % 2)
        number //= 2
        step /= 2
    return place


class Occluder:
    """Hides parts of faces, of which a model reads ``window``. What fills them is made once for all masks."""

    def __init__(self, faces: Faces, window: Window) -> None:
        self.faces, self.window = faces, window
        self._fill, self._filled = "", np.zeros(0, np.uint8)

    def under(self, condition: Condition) -> tuple[np.ndarray, float]:
        """The chips (n, h, w, 3) uint8 under a condition, and the mean share of the window that it hides."""
        faces, shape = self.faces, self.faces.chips.shape[1:3]
        filled = self._fills(condition.fill)
        inside = self.window.of(shape)
        chips = np.empty_like(faces.chips)
        hidden = 0
        for i, (chip, points) in enumerate(zip(faces.chips, faces.points, strict=True)):
            kept = mask_of(condition, points, self.window, shape)
            chips[i] = occluded(chip, kept, filled[i])
            hidden += int((~kept & inside).sum())
        return chips, hidden / (len(faces) * int(inside.sum()))

    def _fills(self, name: str) -> np.ndarray:
        """What fills each face: (n, 3), or (n, h, w, 3), uint8."""
        if name != self._fill:
            fill, faces = FILLS[name], self.faces
            self._filled = np.stack([fill(*one) for one in zip(faces.chips, faces.points, strict=True)])
            self._fill = name
        return self._filled
