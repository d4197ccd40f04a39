"""What people said of faces, brought into one form: which belong together, and which never do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from typing_extensions import TypedDict

NAMED = 5  # contradictions that an error names; it counts all


class Verdicts(TypedDict, total=False):
    """What people said of n faces; each may be left out, or None.

    ``anchors`` (n,) int: the person that a face is confirmed to be, at least 0, or -1 for no one's.
    ``apart`` (m, 2) int: a face, and the anchor that it is not. ``pairs_together`` (p, 2) and
    ``pairs_apart`` (q, 2) int: two faces that are of one person, or of two.
    """

    anchors: np.ndarray | None
    apart: np.ndarray | None
    pairs_together: np.ndarray | None
    pairs_apart: np.ndarray | None


class Contradiction(ValueError):
    """Verdicts that cannot all hold; the message names the faces and what was said of them."""


@dataclass(frozen=True, eq=False)
class Constraints:
    """Verdicts as rules for bundles of faces, each of which moves as one.

    ``bundle`` (n,) int64 is the bundle of each face, 0 .. b-1: faces with one anchor, or said to be together,
    also by way of others. ``anchor`` (b,) is a bundle's anchor or -1; no two bundles have the same one.
    ``apart`` (r, 2) are pairs of bundles that must not share a group, each once and the lower first. It does
    not list the pairs of bundles with anchors, none of which may.
    """

    bundle: np.ndarray
    anchor: np.ndarray
    apart: np.ndarray

    @property
    def sizes(self) -> np.ndarray:
        """Faces in each bundle, (b,)."""
        return np.bincount(self.bundle, minlength=len(self.anchor))


def constraints_of(
    n: int,
    anchors: np.ndarray | None = None,
    apart: np.ndarray | None = None,
    pairs_together: np.ndarray | None = None,
    pairs_apart: np.ndarray | None = None,
) -> Constraints:
    """The constraints on n faces, from verdicts as ``Verdicts`` describes them.

    A rejected anchor that no face is confirmed to be forbids nothing. Raises Contradiction, a ValueError that
    names the faces, if faces that belong together have two anchors, or were also said to be apart, or if one
    of them was rejected by their anchor. Raises ValueError for arrays of another shape, or unknown faces.
    """
    known = _anchors(n, anchors)
    rejected = pairs_of(apart, n, 1, "apart, a face and an anchor")
    joined = pairs_of(pairs_together, n, 2, "pairs_together, two faces")
    parted = pairs_of(pairs_apart, n, 2, "pairs_apart, two faces")
    bundle = _bundles(n, known, joined)
    anchor = _anchor_of(bundle, known)
    holder = dict(zip(anchor[anchor >= 0].tolist(), np.flatnonzero(anchor >= 0).tolist(), strict=True))
    rejected = rejected[np.isin(rejected[:, 1], anchor[anchor >= 0])]
    of_anchor = np.array([holder[one] for one in rejected[:, 1].tolist()], np.int64)
    own = bundle[rejected[:, 0]] == of_anchor
    _refuse([f"face {f} is confirmed to be {a}, or with it, and rejected" for f, a in rejected[own]])
    same = bundle[parted[:, 0]] == bundle[parted[:, 1]]
    _refuse([f"faces {f} and {g} are both together and apart" for f, g in parted[same]])
    ends = np.concatenate([np.stack([bundle[rejected[:, 0]], of_anchor], axis=1), bundle[parted]])
    return Constraints(bundle, anchor, np.unique(np.sort(ends, axis=1), axis=0))


def pairs_of(pairs: np.ndarray | None, n: int, faces: int, what: str) -> np.ndarray:
    """pairs as int64 (m, 2), of which the first ``faces`` columns are faces 0 .. n-1; None as no pairs."""
    if pairs is None or np.size(pairs) == 0:
        return np.empty((0, 2), np.int64)
    given = np.asarray(pairs)
    whole = given.ndim == 2 and given.shape[1] == 2 and np.issubdtype(given.dtype, np.integer)
    if not whole or given.min() < 0 or given[:, :faces].max() >= n:
        raise ValueError(
            f"Expected {what}, as an int array (m, 2) with faces from 0 to {n - 1}; received shape "
            f"{given.shape}, {given.dtype}, from {given.min()} to {given.max()}. Use the faces' row numbers."
        )
    return given.astype(np.int64)


def _anchors(n: int, anchors: np.ndarray | None) -> np.ndarray:
    if anchors is None:
        return np.full(n, -1, np.int64)
    given = np.asarray(anchors)
    if given.shape != (n,) or (n and not np.issubdtype(given.dtype, np.integer)):
        raise ValueError(
            f"Expected anchors, an int of each of {n} faces, -1 for none; received shape {given.shape}, "
            f"{given.dtype}. Give one for each row of the neighbours."
        )
    return np.maximum(given.astype(np.int64), -1)


def _bundles(n: int, anchors: np.ndarray, joined: np.ndarray) -> np.ndarray:
    """The bundle of each face: (n,), 0 .. b-1 by their first faces."""
    held = np.flatnonzero(anchors >= 0)
    _, first, which = np.unique(anchors[held], return_index=True, return_inverse=True)
    ends = np.concatenate([joined, np.stack([held, held[first][which]], axis=1)])
    graph = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(n, n))
    bundle = connected_components(graph, directed=False)[1].astype(np.int64) if n else np.empty(0, np.int64)
    _, first, inverse = np.unique(bundle, return_index=True, return_inverse=True)
    ranks: np.ndarray = np.argsort(np.argsort(first))
    return ranks[inverse]


def _anchor_of(bundle: np.ndarray, anchors: np.ndarray) -> np.ndarray:
    """Each bundle's anchor or -1; raises Contradiction for a bundle with two."""
    held = np.flatnonzero(anchors >= 0)
    first = np.full(bundle.max(initial=-1) + 1, -1, np.int64)
    first[bundle[held[::-1]]] = held[::-1]
    out = np.where(first >= 0, anchors[first] if len(anchors) else -1, -1)
    told = [
        f"faces {first[bundle[f]]} and {f} belong together and are confirmed to be {out[bundle[f]]} and "
        f"{anchors[f]}"
        for f in held[out[bundle[held]] != anchors[held]]
    ]
    _refuse(told)
    return out


def _refuse(found: list[str]) -> None:
    if found:
        rest = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
        raise Contradiction(
            f"Verdicts contradict each other: {'; '.join(found[:NAMED])}{rest}. Expected verdicts that can "
            "all hold. Take one of each two back."
        )
