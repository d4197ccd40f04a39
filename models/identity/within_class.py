"""What differs between faces of one person, undone; and likenesses that no group had a say in itself."""

from __future__ import annotations

import itertools

import numpy as np

from models.clustering.rows import unit_rows

SHRINKAGE = 0.1  # of the within-class covariance towards a multiple of the identity
FOLDS = 5  # of groups, of which each pair of faces is compared by what the others taught


def whitened_within(x: np.ndarray, labels: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """The symmetric map (d, d) float32 after which faces of one group differ alike in all directions.

    The identity if they do not differ at all, as copies of one picture.
    """
    rows, groups = x[chosen], np.unique(labels[chosen], return_inverse=True)[1]
    means = np.zeros((groups.max() + 1, x.shape[1]), np.float32)
    np.add.at(means, groups, rows)
    sizes = np.bincount(groups)
    rest = rows - (means / sizes[:, None])[groups]
    within = (rest.T @ rest).astype(np.float64) / max(1, len(rows) - len(sizes))
    level = np.trace(within) / len(within)
    if level == 0:
        return np.eye(len(within), dtype=np.float32)
    values, axes = np.linalg.eigh(within)
    scales = 1 / np.sqrt((1 - SHRINKAGE) * np.maximum(values, 0) + SHRINKAGE * level)
    return ((axes * scales) @ axes.T).astype(np.float32)


def folds_of(labels: np.ndarray, sure: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Which of five folds each face is in, int64 (n,): whole groups, those with sure faces evenly.

    So four sure groups lie in four folds, and two are left whichever two folds are taken away.
    """
    teaches = np.isin(np.arange(labels.max() + 1), labels[sure])
    order = generator.permutation(len(teaches))
    order = order[np.argsort(~teaches[order], kind="stable")]
    folds = np.empty(len(order), np.int64)
    folds[order] = np.arange(len(order)) % FOLDS
    return folds[labels]


def cross_fitted(
    x: np.ndarray, labels: np.ndarray, sure: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    """Cosines (n, n) float32 of coordinates x (n, d), each after what groups of other faces taught.

    A map draws the faces together whose groups taught it, whether these are right or not, so that by such
    likenesses a group confirms itself. Here two faces are compared by a map that neither's fold had part in
    (cross-fitting: Chernozhukov et al., The Econometrics Journal 21(1), 2018).

    Args:
        x: (n, d) float32.
        labels: (n,) int, the groups, from 0.
        sure: (n,) bool, who teaches: faces of four groups at least, two or more of each.
        generator: draws the folds.
    """
    folds = folds_of(labels, sure, generator)
    alike = np.empty((len(x), len(x)), np.float32)
    for one, other in itertools.combinations_with_replacement(range(FOLDS), 2):
        unit = unit_rows(x @ whitened_within(x, labels, sure & (folds != one) & (folds != other)))
        here, there = np.flatnonzero(folds == one), np.flatnonzero(folds == other)
        found = unit[here] @ unit[there].T
        alike[np.ix_(here, there)], alike[np.ix_(there, here)] = found, found.T
    return alike
