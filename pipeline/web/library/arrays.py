"""An account's faces as arrays: what the grouping is computed from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.web.library.spaces import space_of
from pipeline.web.models import Account, Face, PairVerdict, Verdict


@dataclass(frozen=True, eq=False)
class Faces:
    """The n shown faces that have an embedding, by their ids.

    ``face``, ``photo`` (n,) int64 ids; ``person`` (n,) int64, 0 for none; ``confirmed`` and ``placed`` (n,)
    bool; ``x`` (n, d) float32.
    """

    face: np.ndarray
    photo: np.ndarray
    person: np.ndarray
    confirmed: np.ndarray
    placed: np.ndarray
    x: np.ndarray

    def __len__(self) -> int:
        return len(self.face)

    def rows_of(self, ids: list[int] | np.ndarray) -> np.ndarray:
        """The row of each face id, -1 for one that is not there: int64."""
        wanted = np.asarray(ids, np.int64)
        if not len(self.face):
            return np.full(wanted.shape, -1)
        at = np.minimum(np.searchsorted(self.face, wanted), len(self.face) - 1)
        return np.where(self.face[at] == wanted, at, -1)


def faces_of(account: Account, space: str) -> Faces:
    """The shown faces of an account that have an embedding in the space."""
    embedded = space_of(account, space)
    columns = ("id", "photo_id", "person_id", "assigned_by", "placed")
    rows = Face.objects.filter(owner=account, state="shown").order_by("id").values_list(*columns)
    face, photo, person, by, placed = list(zip(*rows, strict=True)) or [()] * 5
    there, own, where = np.intersect1d(
        np.array(face, np.int64), embedded.faces, assume_unique=True, return_indices=True
    )
    whole = len(where) == len(embedded.faces)  # then no copy is needed
    return Faces(
        face=there,
        photo=np.array(photo, np.int64)[own],
        person=np.array([one or 0 for one in person], np.int64)[own],
        confirmed=np.array([one in ("person", "import") for one in by], bool)[own],
        placed=np.array(placed, bool)[own],
        x=embedded.rows if whole else embedded.rows[where],
    )


def rejections(account: Account, faces: Faces) -> np.ndarray:
    """(m, 2) int64: the row of each face that somebody said is not a person, and that person's id."""
    rows = Verdict.objects.filter(face__owner=account, is_person=False).values_list("face_id", "person_id")
    return _by_row(faces, list(rows), 1)


def confirmations(account: Account, faces: Faces) -> np.ndarray:
    """(m, 2) int64: the row of each face of which somebody said who it is, and that person's id."""
    rows = Verdict.objects.filter(face__owner=account, is_person=True).values_list("face_id", "person_id")
    return _by_row(faces, list(rows), 1)


def pairs_told(account: Account, faces: Faces, same: bool) -> np.ndarray:
    """(m, 2) int64: the rows of pairs of which somebody said that they are the same person, or that not."""
    rows = PairVerdict.objects.filter(first__owner=account, same=same).values_list("first_id", "second_id")
    return _by_row(faces, list(rows), 2)


def _by_row(faces: Faces, pairs: list[tuple[int, int]], columns: int) -> np.ndarray:
    """The pairs with the ids of their first columns turned into rows, without those that are not there."""
    told = np.array(pairs, np.int64).reshape(-1, 2)
    for column in range(columns):
        told[:, column] = faces.rows_of(told[:, column])
        told = told[told[:, column] >= 0]
    return told
