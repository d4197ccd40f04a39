"""Which two faces to ask about: pairs that may be one person's, by how much an answer would settle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

POOL = 300  # pairs of people, and of a face and a person, that are looked at closely
LOOKED_AT = 24  # faces of each of two people, the nearest to the other's mean
LARGEST = 3000  # people that are compared with each other
LEAST = 0.01  # of how likely a yes is, for a pair to be asked about


@dataclass(frozen=True)
class Candidate:
    """Two faces by their rows, their sides (see ``candidates``), and how many faces an answer settles."""

    first: int
    second: int
    sides: tuple[int, int]
    distance: float  # 1 - cosine
    settles: int  # faces
    likely: float  # that they are one person, from LEAST to 1


def candidates(x: np.ndarray, person: np.ndarray, asked: set[tuple[int, int]], most: int) -> list[Candidate]:
    """Pairs of faces that may be one person's, in the order of the faces that are likely to be settled.

    x (n, d) float32 are embeddings of length 1; person (n,) int is the number, at least 0, of each face's
    person, -1 for none, -2 for a face that is not to be asked about. A side is a person's number, or -1 - i
    for row i, which is with nobody; ``asked`` are sides (smaller, larger) that are not to be asked about.

    Asked is about two people, or one face and a person, and shown are their nearest faces. How likely they
    are one is the share of all faces that lie at least as far from the other faces of their own person as the
    faces of the smaller side, by their median, lie from those of the larger. The order is by that share times
    the faces of the smaller side, which a yes settles; pairs of less than LEAST are left out.
    """
    numbers, sums, order, start = _sums(x, person)
    if len(numbers) == 0:
        return []
    means = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
    members = {int(number): order[start[i] : start[i + 1]] for i, number in enumerate(numbers)}
    place = {int(number): i for i, number in enumerate(numbers)}
    apart = _apart(x, order, sums, np.diff(start))
    close = []
    for sides in [*_of_people(numbers, means, asked), *_of_faces(x, person, numbers, means, asked)]:
        rows = [members.get(side, np.array([-1 - side])) for side in sides]
        small, large = sorted((0, 1), key=lambda at: (len(rows[at]), sides[at] >= 0))
        far = float(np.median(1 - x[rows[small]] @ means[place[sides[large]]]))
        likely = float(1 - np.searchsorted(apart, far) / max(len(apart), 1))
        if likely >= LEAST:
            first, second, distance = _nearest(x, rows)
            close.append(Candidate(first, second, sides, distance, len(rows[small]), likely))
    return sorted(close, key=lambda one: (-one.settles * one.likely, one.distance, one.sides))[:most]


def _sums(x: np.ndarray, person: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The numbers of the LARGEST people, the sums of their rows, their rows in order, where each starts."""
    order = np.argsort(person, kind="stable")
    order = order[person[order] >= 0]
    numbers, start, sizes = np.unique(person[order], return_index=True, return_counts=True)
    if len(numbers) > LARGEST:
        kept = np.sort(np.argsort(-sizes, kind="stable")[:LARGEST])
        return _sums(x, np.where(np.isin(person, numbers[kept]), person, -2))
    sums = np.add.reduceat(x[order], start, axis=0) if len(numbers) else x[:0]
    return numbers, sums, order, np.append(start, len(order))


def _apart(x: np.ndarray, order: np.ndarray, sums: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """How far, as 1 - cosine, each face lies from the mean of its person's other faces, ascending."""
    of = np.repeat(np.arange(len(sizes)), sizes)
    at = sizes[of] > 1
    along = np.einsum("nd,nd->n", x[order[at]], sums[of[at]])
    squares = np.einsum("nd,nd->n", sums, sums)[of[at]]
    lengths = np.sqrt(np.maximum(squares - 2 * along + 1, 1e-12))  # of the sums without the face itself
    return np.sort(1 - (along - 1) / lengths)


def _of_people(numbers: np.ndarray, means: np.ndarray, asked: set[tuple[int, int]]) -> list[tuple[int, int]]:
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
