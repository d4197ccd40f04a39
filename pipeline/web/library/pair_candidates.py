"""Which two faces to ask about: pairs that may be one person's, by how much an answer would settle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

POOL = 300  # pairs of people, and of a face and a person, that are looked at closely
LOOKED_AT = 24  # faces of each of two people, the nearest to the other's mean
LARGEST = 3000  # people that are compared with each other
CLOSE = 0.95  # share of all faces that are nearer to their person's mean than two faces to be asked about


@dataclass(frozen=True)
class Candidate:
    """Two faces by their rows, their sides (see ``candidates``), and how many faces an answer settles."""

    first: int
    second: int
    sides: tuple[int, int]
    distance: float  # 1 - cosine
    settles: int  # faces


def candidates(
    x: np.ndarray, person: np.ndarray, asked: set[tuple[int, int]], most: int, reach: float | None = None
) -> list[Candidate]:
    """Pairs of faces that may be one person's, those that settle most first, of these the nearest.

    x (n, d) float32 are embeddings of length 1; person (n,) int is the number, at least 0, of each face's
    person, -1 for none, -2 for a face that is not to be asked about. A side is a person's number, or -1 - i
    for row i, which is with nobody; ``asked`` are sides (smaller, larger) that are not to be asked about.
    Asked is about two people, or one face and a person, whose nearest faces are no further apart than
    ``reach``: without it, than CLOSE of all faces from the mean of their person.
    """
    numbers, means, order, start = _means(x, person)
    if len(numbers) == 0:
        return []
    reach = _reach(x, person, numbers, means) if reach is None else reach
    members = {int(number): order[start[i] : start[i + 1]] for i, number in enumerate(numbers)}
    found = [*_of_people(x, numbers, means, members, asked), *_of_faces(x, person, numbers, means, asked)]
    close = []
    for sides in found:
        first, second, distance = _nearest(x, [members.get(side, np.array([-1 - side])) for side in sides])
        if distance <= reach:
            settles = min(len(members[side]) if side >= 0 else 1 for side in sides)
            close.append(Candidate(first, second, sides, distance, settles))
    return sorted(close, key=lambda one: (-one.settles, one.distance, one.sides))[:most]


def _means(x: np.ndarray, person: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The numbers of the LARGEST people, their means of length 1, their rows in order, where each starts."""
    order = np.argsort(person, kind="stable")
    order = order[person[order] >= 0]
    numbers, start, sizes = np.unique(person[order], return_index=True, return_counts=True)
    if len(numbers) > LARGEST:
        kept = np.sort(np.argsort(-sizes, kind="stable")[:LARGEST])
        mask = np.isin(person, numbers[kept])
        return _means(x, np.where(mask, person, -2))
    if len(numbers) == 0:
        return numbers, x[:0], order, start
    sums = np.add.reduceat(x[order], start, axis=0)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    return numbers, sums / np.maximum(lengths, 1e-12), order, np.append(start, len(order))


def _reach(x: np.ndarray, person: np.ndarray, numbers: np.ndarray, means: np.ndarray) -> float:
    rows = np.flatnonzero(np.isin(person, numbers))
    mine = means[np.searchsorted(numbers, person[rows])]
    apart = 1 - np.einsum("nd,nd->n", x[rows], mine)
    return float(np.quantile(apart, CLOSE))


def _of_people(
    x: np.ndarray,
    numbers: np.ndarray,
    means: np.ndarray,
    members: dict[int, np.ndarray],
    asked: set[tuple[int, int]],
) -> list[tuple[int, int]]:
    """The POOL pairs of people with the nearest means, but for those that were asked about."""
    likeness = np.triu(means @ means.T + 2, 1)  # from 1 to 3 above the diagonal, 0 elsewhere
    flat = likeness.ravel()
    count = min(POOL + len(asked), len(numbers) * (len(numbers) - 1) // 2)
    if count == 0:
        return []
    places = np.argpartition(-flat, count - 1)[:count]
    places = places[np.argsort(-flat[places], kind="stable")]
    pairs = [(int(numbers[i]), int(numbers[j])) for i, j in zip(*divmod(places, len(numbers)), strict=True)]
    return [pair for pair in pairs if pair not in asked][:POOL]


def _of_faces(
    x: np.ndarray,
    person: np.ndarray,
    numbers: np.ndarray,
    means: np.ndarray,
    asked: set[tuple[int, int]],
) -> list[tuple[int, int]]:
    """The POOL pairs of a face of nobody and the person nearest to it of whom was not asked."""
    rows = np.flatnonzero(person == -1)
    if len(rows) == 0:
        return []
    likeness = x[rows] @ means.T
    place = {int(number): i for i, number in enumerate(numbers)}
    at = {int(row): i for i, row in enumerate(rows)}
    for face, number in asked:
        if face < 0 and -1 - face in at and number in place:
            likeness[at[-1 - face], place[number]] = -2
    best = likeness.argmax(axis=1)
    value = likeness[np.arange(len(rows)), best]
    kept = [i for i in np.argsort(-value, kind="stable")[:POOL] if value[i] > -2]
    return [(-1 - int(rows[i]), int(numbers[best[i]])) for i in kept]


def _nearest(x: np.ndarray, sides: list[np.ndarray]) -> tuple[int, int, float]:
    """The nearest faces of two sides, among the LOOKED_AT of each that are nearest to the other's mean."""
    looked = []
    for mine, others in (sides, sides[::-1]):
        towards = x[others].mean(axis=0)
        looked.append(mine[np.argsort(-(x[mine] @ towards), kind="stable")[:LOOKED_AT]])
    likeness = x[looked[0]] @ x[looked[1]].T
    i, j = np.unravel_index(int(likeness.argmax()), likeness.shape)
    return int(looked[0][i]), int(looked[1][j]), float(1 - likeness[i, j])
