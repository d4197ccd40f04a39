"""The nearest faces of every face, found once and kept, so that another distance costs no new search."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from models.clustering.graphs.neighbour_graph import nearest, neighbours

N_NEIGHBOURS = 30
NOBODY = -1  # in place of a neighbour, where there are fewer
KIND = b"FFNB"  # the first bytes of neighbours as they are kept; a number and both lengths follow
HEAD = struct.Struct("<4sIQI")
VERSION = 1


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The nearest other faces of n faces, nearest first.

    ``index`` (n, k) int32 are their rows, -1 where there are fewer, and ``distance`` (n, k) float32 how far
    they are, 0 to 2 between unit rows, infinity where there are fewer. Raises ValueError if the two differ in
    shape.
    """

    index: np.ndarray
    distance: np.ndarray

    def __post_init__(self) -> None:
        if self.index.ndim != 2 or self.index.shape != self.distance.shape:
            raise ValueError(
                f"Expected index and distance of one shape (n, k), received {self.index.shape} and "
                f"{self.distance.shape}. Take both from find_neighbours."
            )

    def __len__(self) -> int:
        """Number of faces."""
        return len(self.index)

    def to_bytes(self) -> bytes:
        """All of it in 20 + 8 n k bytes, the same on every machine: what ``from_bytes`` reads."""
        head = HEAD.pack(KIND, VERSION, *self.index.shape)
        return head + self.index.astype("<i4").tobytes() + self.distance.astype("<f4").tobytes()

    @classmethod
    def from_bytes(cls, kept: bytes) -> Neighbours:
        """What ``to_bytes`` kept; raises ValueError for bytes of another kind or length."""
        head = HEAD.unpack_from(kept) if len(kept) >= HEAD.size else (b"", 0, 0, 0)
        kind, version, n, k = head
        if kind != KIND or version != VERSION or len(kept) != HEAD.size + 8 * n * k:
            raise ValueError(
                f"Expected neighbours as to_bytes keeps them, version {VERSION}; received {len(kept)} bytes "
                f"that start with {kept[:4]!r}. Find the neighbours again."
            )
        index = np.frombuffer(kept, "<i4", n * k, HEAD.size).reshape(n, k)
        distance = np.frombuffer(kept, "<f4", n * k, HEAD.size + 4 * n * k).reshape(n, k)
        return cls(index.astype(np.int32), distance.astype(np.float32))


def find_neighbours(x: np.ndarray, k: int = N_NEIGHBOURS) -> Neighbours:
    """The k nearest other faces of each of unit rows x (n, d), n of 0 and more.

    Every pair is compared, up to 50,000 faces; above that see ``neighbour_graph.neighbours``. It takes n x k
    numbers and a block of the search. Raises ValueError for k < 1 or rows that are not finite.
    """
    if len(x) == 0:
        return Neighbours(np.empty((0, k), np.int32), np.empty((0, k), np.float32))
    distance, index = neighbours(x, k)
    return _filled(index, distance, k)


def add_neighbours(kept: Neighbours, x_old: np.ndarray, x_new: np.ndarray) -> Neighbours:
    """The neighbours of x_old (n, d) and x_new (m, d) together, rows in this order, for those kept of x_old.

    They are those that ``find_neighbours`` finds of all n + m, but for equally near ones, while only m rows
    are compared with all. Raises ValueError if ``kept`` is of another number of faces.
    """
    n, k = kept.index.shape
    if n != len(x_old):
        raise ValueError(
            f"The neighbours kept are of {n} faces, and x_old has {len(x_old)}. Expected as many. Find them "
            "again with find_neighbours."
        )
    if len(x_new) == 0 or n == 0:
        return kept if len(x_new) == 0 else find_neighbours(x_new, k)
    every = np.concatenate([x_old, x_new])
    distance, index = nearest(every, x_new, k + 1)
    own = index == np.arange(n, n + len(x_new))[:, None]
    own[~own.any(axis=1), -1] = True  # equal faces displaced it
    of_new = _filled(index[~own].reshape(len(x_new), -1), distance[~own].reshape(len(x_new), -1), k)
    distance, index = nearest(x_new, x_old, k)
    both_distance = np.hstack([kept.distance, distance])
    both_index = np.hstack([kept.index, index.astype(np.int32) + np.int32(n)])
    first = np.argsort(both_distance, axis=1, kind="stable")[:, :k]
    return Neighbours(
        np.concatenate([np.take_along_axis(both_index, first, axis=1), of_new.index]),
        np.concatenate([np.take_along_axis(both_distance, first, axis=1), of_new.distance]),
    )


def _filled(index: np.ndarray, distance: np.ndarray, k: int) -> Neighbours:
    """Neighbours (n, up to k) as (n, k), with nobody at infinity in what is missing."""
    missing = ((0, 0), (0, k - index.shape[1]))
    return Neighbours(
        np.pad(index.astype(np.int32), missing, constant_values=NOBODY),
        np.pad(distance.astype(np.float32), missing, constant_values=np.inf),
    )
