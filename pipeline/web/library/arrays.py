"""An account's faces as arrays: what the grouping is computed from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.web.models import Account, Embedding, PairVerdict, Verdict


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
    rows = (
        Embedding.objects.filter(face__owner=account, space=space, face__state="shown")
        .order_by("face_id")
        .values_list(
            "face_id", "face__photo_id", "face__person_id", "face__assigned_by", "face__placed", "bytes"
        )
    )
    face, photo, person, by, placed, data = list(zip(*rows, strict=True)) or [()] * 6
    x = np.frombuffer(b"".join(map(bytes, data)), "<f4").reshape(len(face), -1) if face else np.zeros((0, 1))
    return Faces(
        face=np.array(face, np.int64),
        photo=np.array(photo, np.int64),
        person=np.array([one or 0 for one in person], np.int64),
        confirmed=np.array([one in ("person", "import") for one in by], bool),
        placed=np.array(placed, bool),
        x=x.astype(np.float32, copy=False),
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
