"""ViSE, Visual Similarity from Embeddings (P2, 7.3.3): the photos of two people that look most alike."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from components.pairs.by_people import Drawn, most_of, of_one_person

LEAST_SIMILARITY = 0.80  # of DoppelVer, by the embeddings of DINOv2
MOST_CANDIDATES = 2_000_000  # of the most similar pairs, what is looked through
BLOCK = 1024  # rows that are compared at a time


def candidates(
    unit: np.ndarray, people: np.ndarray, least: float, most: int = MOST_CANDIDATES
) -> list[tuple[int, int, float]]:
    """Pairs of photos of two people whose cosine is above ``least``, highest first, at most ``most``.

    ``unit`` (n, d) has rows of length 1, ``people`` int (n,). Equal cosines go by the photos' numbers.
    """
    first: list[np.ndarray] = []
    second: list[np.ndarray] = []
    alike: list[np.ndarray] = []
    bound = least
    for start in range(0, len(unit), BLOCK):
        cosines = unit[start : start + BLOCK] @ unit.T
        rows, columns = np.nonzero(cosines > bound)
        kept = (columns > rows + start) & (people[rows + start] != people[columns])
        rows, columns = rows[kept], columns[kept]
        first, second = [*first, rows + start], [*second, columns]
        alike = [*alike, cosines[rows, columns]]
        if sum(map(len, alike)) > 2 * most:
            a, b, c = np.concatenate(first), np.concatenate(second), np.concatenate(alike)
            top = np.argpartition(-c, most)[:most]
            first, second, alike = [a[top]], [b[top]], [c[top]]
            bound = max(bound, float(c[top].min()))
    a, b, c = np.concatenate(first), np.concatenate(second), np.concatenate(alike)
    order = np.lexsort((b, a, -c))[:most]
    return list(zip(a[order].tolist(), b[order].tolist(), c[order].tolist(), strict=True))


def drawn_by_similarity(
    photos: Sequence[np.ndarray],
    alike: Sequence[tuple[int, int, float]],
    half: int,
    cap: float,
    rng: np.random.Generator,
) -> tuple[Drawn, Drawn]:
    """The most similar photos of two people, and for each two photos of the one of them who is used less.

    If that one has no more pairs of photos, the other gives them, and if neither has, whoever is used least.
    Photos of one person are drawn at random, without replacement; nobody is in more than ``cap`` even shares
    of either sort. Fewer pairs than ``half`` come back where there are not enough.

    Args:
        photos: the numbers of each person's photos, int64 arrays.
        alike: ``candidates``, by the photos' numbers.
        half: pairs of each sort.
        cap: at least 1.
        rng: draws.
    """
    person_of = {int(photo): person for person, own in enumerate(photos) for photo in own}
    n = len(photos)
    most, most_own = most_of(cap, 2 * half, n), most_of(cap, half, n)
    room = [min(most_own, math.comb(len(own), 2)) for own in photos]
    two_people, own = [0] * n, [0] * n
    negatives: Drawn = []
    for i, j, _ in alike:
        if len(negatives) == half:
            break
        both = person_of[i], person_of[j]
        if any(two_people[person] >= most for person in both):
            continue
        negatives.append((i, j))
        for person in both:
            two_people[person] += 1
        _give_own(both, two_people, own, room)
    while len(negatives) == half and sum(own) < half and _give_own((), two_people, own, room):
        pass
    return of_one_person(photos, own, rng), sorted(negatives)


def _give_own(both: Sequence[int], two_people: Sequence[int], own: list[int], room: Sequence[int]) -> bool:
    """Counts one pair of one person more: of the one of ``both`` who is used less, or of anybody."""
    for people in (both, range(len(own))):
        able = [person for person in people if own[person] < room[person]]
        if able:
            own[min(able, key=lambda person: (own[person] + two_people[person], person))] += 1
            return True
    return False
