"""Pairs of photos drawn by people: who is paired with whom is given, the photos are drawn at random."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

Drawn = list[tuple[int, int]]  # pairs of photos' numbers


def most_of(cap: float, pairs: int, n_people: int) -> int:
    """How many pairs one of ``n_people`` may be in, if ``pairs`` places are shared: ``cap`` even shares.

    Rounded up to a whole pair, so that a cap of 1 is always possible where photos are enough.
    """
    return math.ceil(cap * pairs / n_people - 1e-9)


def drawn_by_people(
    photos: Sequence[np.ndarray],
    edges: Sequence[tuple[int, int]],
    half: int,
    cap: float,
    rng: np.random.Generator,
) -> tuple[Drawn, Drawn]:
    """Pairs of one person, and pairs of two people who are joined by an edge, at most ``half`` of each.

    Nothing is drawn twice. People are used as evenly as their photos allow; nobody is in more than ``cap``
    even shares of either sort. Fewer pairs than ``half`` come back where there are not enough.

    Args:
        photos: the numbers of each person's photos, int64 arrays.
        edges: pairs of people's places in ``photos``; all pairs of people for random pairs.
        half: pairs of each sort.
        cap: at least 1.
        rng: draws.
    """
    return (
        of_one_person(photos, one_person_counts(photos, half, cap, rng), rng),
        of_two_people(photos, edges, half, cap, rng),
    )


def one_person_counts(
    photos: Sequence[np.ndarray], half: int, cap: float, rng: np.random.Generator
) -> list[int]:
    """How many pairs of photos each person gives: as even as can be, ``half`` in all or fewer."""
    most = most_of(cap, half, len(photos))
    room = np.array([min(most, math.comb(len(own), 2)) for own in photos], np.int64)
    counts = np.zeros(len(photos), np.int64)
    while (left := half - int(counts.sum())) > 0 and (counts < room).any():
        active = np.flatnonzero(counts < room)
        each = left // len(active)
        if each == 0:
            counts[rng.choice(active, left, replace=False)] += 1
        else:
            counts[active] = np.minimum(counts[active] + each, room[active])
    return [int(count) for count in counts]


def of_one_person(photos: Sequence[np.ndarray], counts: Sequence[int], rng: np.random.Generator) -> Drawn:
    """So many pairs of two photos of each person, without replacement, a photo never with itself."""
    drawn: Drawn = []
    for own, count in zip(photos, counts, strict=True):
        for number in rng.choice(math.comb(len(own), 2), count, replace=False).tolist() if count else ():
            later = (1 + math.isqrt(1 + 8 * number)) // 2
            drawn.append((int(own[number - later * (later - 1) // 2]), int(own[later])))
    return sorted(drawn)


def of_two_people(
    photos: Sequence[np.ndarray],
    edges: Sequence[tuple[int, int]],
    half: int,
    cap: float,
    rng: np.random.Generator,
) -> Drawn:
    """At most ``half`` pairs of photos of two people along the edges, without replacement."""
    drawn: Drawn = []
    for (a, b), count in zip(edges, _edge_counts(photos, edges, half, cap, rng), strict=True):
        total = len(photos[a]) * len(photos[b])
        for number in rng.choice(total, count, replace=False).tolist() if count else ():
            i, j = divmod(number, len(photos[b]))
            one, other = int(photos[a][i]), int(photos[b][j])
            drawn.append((min(one, other), max(one, other)))
    return sorted(drawn)


def _edge_counts(
    photos: Sequence[np.ndarray],
    edges: Sequence[tuple[int, int]],
    half: int,
    cap: float,
    rng: np.random.Generator,
) -> list[int]:
    """How many pairs each edge gives: one after another, always along an edge whose people are used least."""
    if not edges:
        return []
    ends = np.array(edges, np.int64)
    sizes = np.array([len(own) for own in photos], np.int64)
    room = sizes[ends[:, 0]] * sizes[ends[:, 1]]
    most = most_of(cap, 2 * half, len(photos))
    used, counts = np.zeros(len(photos), np.int64), np.zeros(len(edges), np.int64)
    order = rng.permutation(len(edges))  # breaks ties
    for _ in range(half):
        free = (counts < room) & (used[ends] < most).all(axis=1)
        if not free.any():
            break
        key = (used[ends].sum(axis=1) * (half + 1) + counts) * len(edges) + order
        least = np.argmin(np.where(free, key, np.iinfo(np.int64).max))
        counts[least] += 1
        used[ends[least]] += 1
    return [int(count) for count in counts]
