"""How the steps of a landmark network are learnt: supervised descent by ridge regression.

Every face counts as itself and as its mirror image, whose descriptors are the face's own in another order. So
the regression splits into two independent ones: one for what a mirror keeps, and one for what it reverses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from models.landmarks.oriented_gradients import mirrored_descriptor
from schemas.face import CHIP_SIZE
from schemas.landmarks import N_POINTS, mirrored_points

HELD_BACK = 8  # one of this many faces is held back
RIDGES = (0.15, 0.5, 1.5)  # times the mean squared length of a descriptor
FOLDS = 4
BLOCK = 512  # descriptors squared at a time


@dataclass(frozen=True)
class Steps:
    """A mean face (68, 2), and for each step a map (LENGTH, 136) and an offset (136,), all float32.

    ``facts`` says how many faces taught and how many were held back. For the mean face and after each step,
    with its ridge, it gives the mean distance in chip pixels between the network's points and the teacher's,
    on the faces that were held back.
    """

    start: np.ndarray
    maps: np.ndarray
    offsets: np.ndarray
    facts: dict[str, Any]


def learn_steps(
    describe: Callable[[np.ndarray], np.ndarray], points: np.ndarray, steps: int, seed: int = 0
) -> Steps:
    """Learns ``Steps`` from points (n, 68, 2) float32 in chip pixels; the first eighth is held back.

    Each step starts from where the one before takes faces that did not teach it: each fold is moved by the
    regression of the other folds. On the faces that taught it, a step errs less than on new faces, so the
    next step would learn from mistakes that are too small. The ridge is the one with the smallest error on
    the held-back faces.

    Args:
        describe: turns the points reached (n, 68, 2) float32 into descriptors (n, LENGTH) float32.
        points: the teacher's points, in random order, n >= 16.
        steps: how many steps to learn.
        seed: the seed of the folds.
    """
    generator = np.random.default_rng(seed)
    held = len(points) // HELD_BACK
    mean = points[held:].mean(axis=0)
    start = (mean + mirrored_points(mean, CHIP_SIZE - 1)) / 2
    reached = np.tile(start, (len(points), 1, 1))
    maps, offsets, told = [], [], [{"step": 0, "ridge": None, "held_back_px": error(points - start, held)}]
    for step in range(1, steps + 1):
        folds = generator.permutation(len(points) - held) % FOLDS
        one = Step(describe(reached), points - reached, held)
        ridge = min(RIDGES, key=one.error)
        reached = reached + one.moved(ridge, folds)
        one_map, offset = one.map_of(ridge)
        maps.append(one_map)
        offsets.append(offset)
        told.append({"step": step, "ridge": ridge, "held_back_px": error(points - reached, held)})
        del one  # its descriptors, before the next step's are made
    facts = {"taught_on": len(points) - held, "held_back": held, "steps": told}
    return Steps(start, np.stack(maps), np.stack(offsets), facts)


class Step:
    """One regression, solved in the dual: its coefficients weigh the descriptors of the faces that teach.

    Args:
        rows: descriptors (n, LENGTH) float32, which are centred in place.
        missing: the moves (n, 68, 2) float32 from the points reached to the teacher's.
        held: the first ``held`` faces do not teach.
    """

    def __init__(self, rows: np.ndarray, missing: np.ndarray, held: int) -> None:
        self.held, self.missing, self.rows = held, missing, rows
        order = mirrored_descriptor()
        self.mean = rows[held:].mean(axis=0)
        self.mean = (self.mean + self.mean[order]) / 2
        rows -= self.mean
        plain, turned = rows @ rows[held:].T, rows @ rows[held:][:, order].T
        self.kernels = halved(plain + turned), halved(np.subtract(plain, turned, out=plain))
        there = mirrored_points(missing)
        kept, reversed_ = ((part / 2).reshape(len(rows), -1) for part in (missing + there, missing - there))
        self.mean_move = kept[held:].mean(axis=0)
        self.targets = kept - self.mean_move, reversed_
        blocks = (rows[start : start + BLOCK] for start in range(held, len(rows), BLOCK))
        lengths = np.concatenate([np.square(block).sum(axis=1) for block in blocks])
        self.scale = max(float(lengths.mean()), 1e-6)
        self.solved: dict[float, tuple[np.ndarray, ...]] = {}

    def coefficients(self, ridge: float) -> tuple[np.ndarray, ...]:
        """Two (m, 136) of the m faces that teach: for what a mirror keeps, and for what it reverses."""
        if ridge not in self.solved:
            self.solved[ridge] = tuple(self._solve(half, ridge, slice(None)) for half in (0, 1))
        return self.solved[ridge]

    def _solve(self, half: int, ridge: float, some: slice | np.ndarray) -> np.ndarray:
        kernel = self.kernels[half][self.held :][some]
        kernel = kernel.copy("F") if isinstance(some, slice) else kernel[:, some]  # what LAPACK overwrites
        kernel[np.diag_indices(len(kernel))] += ridge * self.scale
        factor = cho_factor(kernel, lower=True, overwrite_a=True, check_finite=False)
        return cho_solve(factor, self.targets[half][self.held :][some], check_finite=False)

    def moved(self, ridge: float, folds: np.ndarray) -> np.ndarray:
        """Moves (n, 68, 2): of held-back faces by all that teach, of these by the other folds (m,)."""
        found = np.tile(self.mean_move, (len(self.rows), 1))
        for kernel, weights in zip(self.kernels, self.coefficients(ridge), strict=True):
            found[: self.held] += kernel[: self.held] @ weights
        for fold in range(FOLDS):
            own, others = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
            for half in (0, 1):
                seen = self.kernels[half][self.held + own][:, others]
                found[self.held + own] += seen @ self._solve(half, ridge, others)
        return found.reshape(self.missing.shape)

    def error(self, ridge: float) -> float:
        """The mean distance in pixels that is left on the held-back faces."""
        found = self.mean_move + sum(
            kernel[: self.held] @ weights
            for kernel, weights in zip(self.kernels, self.coefficients(ridge), strict=True)
        )
        return error(self.missing[: self.held] - found.reshape(-1, N_POINTS, 2), self.held)

    def map_of(self, ridge: float) -> tuple[np.ndarray, np.ndarray]:
        """The map (LENGTH, 136) and the offset (136,) for descriptors that are not centred."""
        kept, turned = self.coefficients(ridge)
        taught = self.rows[self.held :]
        one_map = taught.T @ (kept + turned) / 2
        one_map += (taught.T @ (kept - turned) / 2)[mirrored_descriptor()]
        return one_map, self.mean_move - self.mean @ one_map


def halved(array: np.ndarray) -> np.ndarray:
    """The array, halved in place."""
    array /= 2
    return array


def error(missing: np.ndarray, held: int) -> float:
    """The mean length in pixels of the first ``held`` moves of (n, 68, 2)."""
    return float(np.linalg.norm(missing[:held], axis=-1).mean())
