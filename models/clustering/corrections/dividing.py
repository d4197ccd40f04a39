"""A group that breaks what people said, divided so that it does not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.clustering.corrections.constraints import Constraints
from models.clustering.corrections.fewest_moved import clashes
from models.clustering.rows import rows_by_value

FOLLOW = 0.4  # see with_followers; chosen in docs/lab/corrections.md
MOST = 2000  # bundles of a group that is divided; of so many, its matrices take 130 MB

Weights = Callable[[np.ndarray], np.ndarray]


def divided(labels: np.ndarray, rules: Constraints, weights: Weights) -> tuple[np.ndarray, np.ndarray]:
    """labels (b,) of bundles, in which each group that breaks a rule is divided; and who was split off (b,).

    ``weights`` gives for the numbers of g bundles the sums of the likenesses between their faces, float64
    (g, g). The group is built anew from single bundles by average linkage, in which two parts that must not
    meet are never joined, nor any that are less alike than the least alike that were joined without rules.
    The largest part with an anchor, or the largest, is the group that was; see ``with_followers`` for who
    leaves it. Groups of more than ``MOST`` bundles stay.
    """
    out, off = labels.copy(), np.zeros(len(labels), bool)
    for rows in _clashing(labels, rules):
        if len(rows) > MOST:
            continue
        sizes, free = rules.sizes[rows].astype(np.float64), weights(rows)
        np.fill_diagonal(free, -np.inf)
        least = joined(free, sizes, 0.0)[1]
        bound = free.copy()
        bound[forbidden(rows, rules)] = -np.inf
        part = joined(bound, sizes, least)[0]
        part = with_followers(part, free, sizes, rules, rows)
        off[rows[part > 0]] = True
        out[rows] = np.where(part == 0, labels[rows], out.max() + 1 + part)
    return np.unique(out, return_inverse=True)[1].astype(np.int64), off


def with_followers(
    part: np.ndarray, weights: np.ndarray, sizes: np.ndarray, rules: Constraints, rows: np.ndarray
) -> np.ndarray:
    """The parts (g,) of a group, 0 for the one that was, to which others return that were drawn along.

    Of a part without an anchor that is more than ``FOLLOW`` times as like the main part as the looser of the
    two is in itself, only those bundles leave that must not meet one of the main part, each by itself: one
    rejected face takes nobody along who belongs to the others. ``weights`` and ``sizes`` are as for
    ``joined``.
    """
    held = rules.anchor[rows] >= 0
    anchored = np.bincount(part, held) > 0
    main = np.lexsort((np.bincount(part, sizes), anchored))[-1]
    inside, clash = part == main, forbidden(rows, rules)
    of_main = _mean_likeness(weights, sizes, inside, inside) if inside.sum() > 1 else np.inf
    out = np.where(inside, 0, part + 1)
    for one in np.flatnonzero(~anchored):
        members = part == one
        own = _mean_likeness(weights, sizes, members, members) if members.sum() > 1 else np.inf
        across = _mean_likeness(weights, sizes, members, inside)
        if one != main and across > FOLLOW * min(own, of_main):
            for back in np.flatnonzero(members & ~clash[:, out == 0].any(axis=1)):
                if not clash[back, out == 0].any():
                    out[back] = 0
            alone = np.flatnonzero(members & (out > 0))
            out[alone] = len(part) + 1 + alone
    return out


def _mean_likeness(weights: np.ndarray, sizes: np.ndarray, one: np.ndarray, other: np.ndarray) -> float:
    """The mean of the likenesses of faces in one and other (g,), of two bundles; 0 for no two."""
    sums, pairs = weights[np.ix_(one, other)], np.outer(sizes[one], sizes[other])
    real = np.isfinite(sums)  # all but the diagonal
    return float(sums[real].sum() / max(pairs[real].sum(), 1))


def joined(weights: np.ndarray, sizes: np.ndarray, least: float) -> tuple[np.ndarray, float]:
    """Parts (g,) by average linkage, and how alike the least alike were that it joined, infinity for none.

    ``weights`` (g, g) are the sums of likenesses between the faces of each two of g bundles of so many faces
    (``sizes``), minus infinity for those that must not meet, and on the diagonal. The likeness of two parts
    is the mean over all pairs of faces across; the two most alike are joined, while that is above 0 and at
    least ``least``. The nearest part of each is remembered, as in ``models.clustering.linkage.average_tree``.
    """
    sums, faces = weights.copy(), sizes.astype(np.float64).copy()
    part, lowest = np.arange(len(sums)), np.inf
    alike = sums / faces / faces[:, None]
    best, value = alike.argmax(axis=1), alike.max(axis=1)
    least *= 1 - 1e-9  # the same sums in another order differ by rounding
    while True:
        a = int(value.argmax())
        b = int(best[a])
        if value[a] <= 0 or value[a] < least:
            return np.unique(part, return_inverse=True)[1].astype(np.int64), lowest
        lowest = min(lowest, float(value[a]))
        row = sums[a] + sums[b]
        row[[a, b]] = -np.inf
        sums[a], sums[:, a], sums[b], sums[:, b] = row, row, -np.inf, -np.inf
        faces[a] += faces[b]
        part[part == b] = a
        value[b] = -np.inf
        now = sums[a] / faces / faces[a]
        best[a], value[a] = now.argmax(), now.max()
        lost = ((best == a) | (best == b)) & np.isfinite(value)
        nearer = now > value
        best[nearer], value[nearer] = a, now[nearer]
        lost[nearer] = lost[a] = False
        for one in np.flatnonzero(lost):
            again = sums[one] / faces / faces[one]
            best[one], value[one] = again.argmax(), again.max()


def forbidden(rows: np.ndarray, rules: Constraints) -> np.ndarray:
    """Which two of the bundles rows (g,), ascending, must not share a group: bool (g, g)."""
    out = np.zeros((len(rows), len(rows)), bool)
    held = rules.anchor[rows] >= 0
    out[np.ix_(held, held)] = True
    np.fill_diagonal(out, False)
    within = rules.apart[np.isin(rules.apart, rows).all(axis=1)]
    one, other = np.searchsorted(rows, within).T
    out[one, other] = out[other, one] = True
    return out


def _clashing(labels: np.ndarray, rules: Constraints) -> list[np.ndarray]:
    """The bundles of each group in which a rule is broken."""
    broken = np.unique(labels[clashes(labels, rules)[:, 0]])
    rows = np.flatnonzero(np.isin(labels, broken))
    return [rows[part] for part in rows_by_value(labels[rows])] if len(rows) else []
