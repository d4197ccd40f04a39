"""What somebody said of an account's faces, as the groupings of ``models.clustering.corrections`` take it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.web.library.arrays import Faces, confirmations, pairs_told, rejections
from pipeline.web.models import Account, Person


@dataclass(frozen=True, eq=False)
class Told:
    """Verdicts on n faces, by their rows.

    ``anchors`` (n,) int64: the id of the person that a face is confirmed to be, -1 for none. ``apart``
    (m, 2): a face and the id of a person that it is not. ``together``, ``pairs_apart`` (p, 2): two faces of
    one person, or of two.
    """

    anchors: np.ndarray
    apart: np.ndarray
    together: np.ndarray
    pairs_apart: np.ndarray


def told_of(account: Account, faces: Faces, hold_names: bool = False) -> Told:
    """The verdicts on an account's faces.

    What was said of a face and a person outweighs what was said of two faces, if both can't hold. With
    ``hold_names``, a named person without a confirmed face is held by its surest one, so that no grouping
    loses a name.
    """
    anchors = np.where(faces.confirmed & (faces.person > 0), faces.person, -1)
    for row, person in confirmations(account, faces):
        if faces.person[row] == person:
            anchors[row] = person
    apart = rejections(account, faces)
    apart = apart[anchors[apart[:, 0]] != apart[:, 1]] if len(apart) else apart
    if hold_names:
        rejected = set(map(tuple, apart.tolist()))
        for person, row in _surest(account, faces, anchors).items():
            if (row, person) not in rejected:
                anchors[row] = person
    together, pairs_apart = pairs_told(account, faces, True), pairs_told(account, faces, False)
    one, other = (anchors[pairs_apart[:, column]] for column in (0, 1))
    pairs_apart = pairs_apart[(one < 0) | (one != other)]
    return Told(anchors, apart, consistent(together, anchors, apart, pairs_apart), pairs_apart)


def consistent(
    together: np.ndarray, anchors: np.ndarray, apart: np.ndarray, pairs_apart: np.ndarray
) -> np.ndarray:
    """Those pairs (p, 2) of one person that can all hold; what keeps faces apart outweighs what joins them.

    Pairs are taken in their order. One is left out that would join two people, a face with a person that it
    is not, or two faces that are two people's.
    """
    of: dict[int, set[int]] = {}  # the faces that belong together with a face
    people: dict[int, set[int]] = {}
    for person in np.unique(anchors[anchors >= 0]).tolist():
        rows = set(np.flatnonzero(anchors == person).tolist())
        for row in rows:
            of[row], people[row] = rows, {person}
    refused: dict[int, set[int]] = {}
    for row, person in apart.tolist():
        refused.setdefault(row, set()).add(person)
    against: dict[int, set[int]] = {}
    for one, other in pairs_apart.tolist():
        against.setdefault(one, set()).add(other)
        against.setdefault(other, set()).add(one)
    kept = []
    for one, other in together.tolist():
        both = of.get(one, {one}) | of.get(other, {other})
        whom = set().union(*(people.get(row, set()) for row in both))
        never = set().union(*(refused.get(row, set()) for row in both))
        parted = any(against.get(row, set()) & both for row in both)
        if len(whom) > 1 or whom & never or parted:
            continue
        for row in both:
            of[row] = both
        kept.append((one, other))
    return np.array(kept, np.int64).reshape(-1, 2)


def _surest(account: Account, faces: Faces, anchors: np.ndarray) -> dict[int, int]:
    """The row of the surest face of each named person that has no confirmed one."""
    from models.clustering.corrections.confidence import confidence

    named = set(Person.objects.filter(owner=account).exclude(name="").values_list("pk", flat=True))
    open_names = named - set(anchors.tolist())
    if not open_names:
        return {}
    sure = confidence(faces.x, np.where(faces.person > 0, faces.person, -1))
    best: dict[int, int] = {}
    for row in np.argsort(-sure, kind="stable").tolist():
        person = int(faces.person[row])
        if person in open_names and person not in best:
            best[person] = row
    return best
