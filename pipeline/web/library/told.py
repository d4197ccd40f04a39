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
    one, other = (anchors[together[:, column]] for column in (0, 1))
    together = together[(one < 0) | (other < 0) | (one == other)]
    one, other = (anchors[pairs_apart[:, column]] for column in (0, 1))
    pairs_apart = pairs_apart[(one < 0) | (one != other)]
    return Told(anchors, apart, together, pairs_apart)


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
