"""Which two people of a library are hardest to part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from components.look_alikes.library import Library
from components.look_alikes.parting import MOST, Parting, part
from schemas.samples import batches_of, evenly_spread

LEAST_PHOTOS = 5  # of a person whose threshold is asked for: four leave one or two to judge it by
CANDIDATES = 10  # times as many pairs are compared face by face as are told
BLOCK = 2048  # people whose means are compared at a time


@dataclass(frozen=True)
class LookAlikes:
    """Two people (numbers of a library's names, the lower first), and what parts them.

    ``within`` is the mean likeness of two photos of one of them, ``across`` that of a photo of each;
    ``apart`` is their difference in deviations of single pairs. ``together`` is the number of photos that
    show both.
    """

    one: int
    other: int
    within: float
    across: float
    apart: float
    together: int
    parting: Parting


def hardest(library: Library, most: int, least: int = LEAST_PHOTOS) -> list[LookAlikes]:
    """The pairs of people that are hardest to part, the hardest first, at most ``most``.

    People of fewer than ``least`` photos are left out. All pairs are compared by the people's means; the ones
    with the smallest difference between likeness within and across are then compared face by face, and
    ordered by that difference in deviations. That is steadier than the error, which a few photos make large
    or small by chance.
    """
    people = np.flatnonzero(library.photos_of_each() >= least)
    rows = {int(person): library.rows(int(person)) for person in people}
    found = [
        (apart, one, other, within, across)
        for one, other in candidates(library.x, list(rows.items()), CANDIDATES * most)
        for apart, within, across in [
            apartness(library.x[sampled(rows[one])], library.x[sampled(rows[other])])
        ]
    ]
    out = []
    for apart, one, other, within, across in sorted(found)[:most]:
        photos = library.photo[rows[one]], library.photo[rows[other]]
        parting = part(library.x[rows[one]], library.x[rows[other]], photos)
        together = len(np.intersect1d(*photos))
        out.append(LookAlikes(one, other, within, across, apart, together, parting))
    return out


def candidates(x: np.ndarray, rows: list[tuple[int, np.ndarray]], most: int) -> list[tuple[int, int]]:
    """The pairs of people with the smallest difference of mean likeness within and across, at most ``most``.

    ``rows`` are people and their rows of x (n, d), two or more each.
    """
    people = np.array([person for person, _ in rows], np.int64)
    if len(people) < 2:
        return []
    means = np.stack([x[own].astype(np.float64).mean(axis=0) for _, own in rows])
    sizes = np.array([len(own) for _, own in rows])
    within = (sizes * np.square(means).sum(axis=1) - 1) / np.maximum(sizes - 1, 1)
    gaps, pairs = np.empty(0), np.empty((0, 2), np.int64)
    for block in batches_of(len(people), BLOCK):
        gap = (within[block, None] + within) / 2 - means[block] @ means.T
        one, other = np.nonzero(np.arange(block.start, block.stop)[:, None] < np.arange(len(people)))
        gaps = np.concatenate([gaps, gap[one, other]])
        pairs = np.concatenate([pairs, np.stack([one + block.start, other], axis=1)])
        if len(gaps) > most:
            kept = np.sort(np.argpartition(gaps, most)[:most])
            gaps, pairs = gaps[kept], pairs[kept]
    return [(int(people[a]), int(people[b])) for a, b in pairs[np.argsort(gaps, kind="stable")]]


def sampled(rows: np.ndarray) -> np.ndarray:
    """At most ``MOST`` of the rows, evenly spread."""
    kept: np.ndarray = rows[evenly_spread(len(rows), MOST)]
    return kept


def apartness(one: np.ndarray, other: np.ndarray) -> tuple[float, float, float]:
    """How far unit rows (a, d) and (b, d) of two people are apart; mean likeness within, and across.

    It is the difference of the two means over the root of the sum of the variances of single pairs, each
    person's pairs counting alike.
    """
    own = [(side @ side.T)[np.triu_indices(len(side), 1)] for side in (one, other) if len(side) > 1]
    across = (one @ other.T).ravel()
    within = float(np.mean([pairs.mean() for pairs in own]))
    variance = float(np.mean([pairs.var() for pairs in own]) + across.var())
    gap = within - float(across.mean())
    return gap / max(np.sqrt(variance), 1e-9), within, float(across.mean())
