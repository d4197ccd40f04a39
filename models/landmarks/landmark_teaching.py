"""How the steps of a landmark network are learnt: supervised descent by ridge regression.

Every face counts as itself and as its mirror image, whose descriptors are the face's own in another order. So
all that is regressed falls into what a mirror keeps and what it turns round, and neither tells of the other.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from models.inputs.preprocessing import CHIP_SIZE
from models.landmarks.oriented_gradients import mirrored_descriptor
from schemas.landmarks import N_POINTS, mirrored_points

HELD_BACK = 8  # one face of as many is held back
RIDGES = (0.15, 0.5, 1.5)  # times the mean squared length of a descriptor
FOLDS = 4
BLOCK = 512  # descriptors squared at a time


@dataclass(frozen=True)
class Steps:
    """A mean face (68, 2) and, of each step, a map (LENGTH, 136) and an offset (136,); float32.

    ``facts``: how many faces taught, how many were held back, and on these the mean distance in chip pixels
    between the network's points and the teacher's: of the mean face, and after each step, with its ridge.
    """

    start: np.ndarray
    maps: np.ndarray
    offsets: np.ndarray
    facts: dict[str, Any]


def learn_steps(describe, points, steps, seed=0):
    """``Steps`` from points (n, 68, 2) float32 in chip pixels; the first eighth of the faces is held back.

    Each step starts where the one before leads faces that did not teach it: the others' regression, fold by
    fold. On the faces that taught it a step errs less than it will on new ones, and the next would learn
    from mistakes that are too small. The ridge is that with the smallest error on the held-back faces.

    Args:
        describe: a function of points reached (n, 68, 2) float32 to descriptors (n, LENGTH) float32.
        points: the teacher's, in random order, n >= 16.
        steps: how many.
        seed: of the folds.
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
    """One regression, by the dual: the coefficients weigh the descriptors of the faces that teach.

    Args:
        rows: descriptors (n, LENGTH) float32; they are centred in place.
        missing: from the points reached to the teacher's (n, 68, 2) float32.
        held: the first ``held`` faces do not teach.
    """

    def __init__(self, rows, missing, held):
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
        self.solved = {}

    def coefficients(self, ridge):
        """Of the faces that teach, for what a mirror keeps and for what it turns round: two (m, 136)."""
        if ridge not in self.solved:
            self.solved[ridge] = tuple(self._solve(half, ridge, slice(None)) for half in (0, 1))
        return self.solved[ridge]

    def _solve(self, half, ridge, some):
        kernel = self.kernels[half][self.held :][some]
        kernel = kernel.copy("F") if isinstance(some, slice) else kernel[:, some]  # what LAPACK overwrites
        kernel[np.diag_indices(len(kernel))] += ridge * self.scale
        factor = cho_factor(kernel, lower=True, overwrite_a=True, check_finite=False)
        return cho_solve(factor, self.targets[half][self.held :][some], check_finite=False)

    def moved(self, ridge, folds):
        """Moves (n, 68, 2): of held-back faces by all that teach, of those by the other folds (m,)."""
        found = np.tile(self.mean_move, (len(self.rows), 1))
        for kernel, weights in zip(self.kernels, self.coefficients(ridge), strict=True):
            found[: self.held] += kernel[: self.held] @ weights
        for fold in range(FOLDS):
            own, others = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
            for half in (0, 1):
                seen = self.kernels[half][self.held + own][:, others]
                found[self.held + own] += seen @ self._solve(half, ridge, others)
        return found.reshape(self.missing.shape)

    def error(self, ridge):
        """Mean distance in pixels that is left on the held-back faces."""
        found = self.mean_move + sum(
            kernel[: self.held] @ weights
            for kernel, weights in zip(self.kernels, self.coefficients(ridge), strict=True)
        )
        return error(self.missing[: self.held] - found.reshape(-1, N_POINTS, 2), self.held)

    def map_of(self, ridge):
        """The map (LENGTH, 136) and the offset (136,) of descriptors that are not centred."""
        kept, turned = self.coefficients(ridge)
        taught = self.rows[self.held :]
        one_map = taught.T @ (kept + turned) / 2
        one_map += (taught.T @ (kept - turned) / 2)[mirrored_descriptor()]
        return one_map, self.mean_move - self.mean @ one_map


def halved(array):
    """The array, halved in place."""
    array /= 2
    return array


def error(missing, held):
    """Mean length in pixels of the first ``held`` of (n, 68, 2)."""
    return float(np.linalg.norm(missing[:held], axis=-1).mean())
