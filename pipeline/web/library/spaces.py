"""The embeddings of an account's faces in memory: read once, and again when some came or went."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

import numpy as np
from django.db.models import Count, Max

from pipeline.web.models import Account, Embedding, Library
from pipeline.web.owned import owned

KEPT = 2  # spaces; 20,000 faces of 512 numbers are 41 MB
AT_ONCE = 2000


@dataclass(frozen=True)
class Space:
    """The ids (n,) int64 of faces, ascending, and their embeddings (n, d) float32, of length 1."""

    faces: np.ndarray
    rows: np.ndarray
    version: tuple[str, int, int]  # the space, the number of its embeddings, the newest


def space_of(account: Account, name: str | None = None) -> Space:
    """The embeddings of the account's faces in a space, by default the one its library is grouped in."""
    version = version_of(account, name)
    name = version[0]
    with _lock:
        kept = _kept.pop((account.pk, name), None)
        if kept is None or kept.version != version:
            kept = _read(account, name, version)
        _kept[account.pk, name] = kept
        while len(_kept) > KEPT:
            del _kept[next(iter(_kept))]
    return kept


def version_of(account: Account, name: str | None = None) -> tuple[str, int, int]:
    """A space, by default the one of the account's library, the number of its embeddings, the newest."""
    if name is None:
        name = owned(account, Library).values_list("space", flat=True).first() or ""
    count = owned(account, Embedding).filter(space=name).aggregate(n=Count("id"), last=Max("id"))
    return name, count["n"], count["last"] or 0


def forget(account: Account) -> None:
    """Forgets the account's embeddings, as some are erased."""
    with _lock:
        for key in [key for key in _kept if key[0] == account.pk]:
            del _kept[key]


_kept: dict[tuple[int, str], Space] = {}
_lock = Lock()


def _read(account: Account, name: str, version: tuple[str, int, int]) -> Space:
    rows = owned(account, Embedding).filter(space=name).order_by("face_id")
    faces: list[int] = []
    parts: list[np.ndarray] = []
    told: list[bytes] = []
    for face, data in rows.values_list("face_id", "bytes").iterator(chunk_size=AT_ONCE):
        faces.append(face)
        told.append(bytes(data))
        if len(told) == AT_ONCE:
            parts.append(np.frombuffer(b"".join(told), "<f4").reshape(len(told), -1))
            told = []
    if told:
        parts.append(np.frombuffer(b"".join(told), "<f4").reshape(len(told), -1))
    x = np.concatenate(parts) if parts else np.zeros((0, 1), np.float32)
    return Space(np.array(faces, np.int64), x, version)
