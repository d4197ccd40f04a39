"""Where linkage for people is cut so that groups are people, from the similarities alone, without labels.

Nearly all pairs are pairs of strangers. The less similar half of random pairs, in which there are no pairs of
one person, shows how similar strangers are. A tail tells how similar they can be by chance. A cut is deep
enough once every group that is left has only a fraction of a stranger within reach.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.clustering.linkage.hierarchy import merge_threshold
from models.clustering.linkage.similarity import cosines, strangers
from models.clustering.linkage.ward import cut
from models.clustering.rows import Rows, rows_by_value

TAIL = 1.2  # P(a stranger is alike by more than z deviations) = exp(-1.2 z) / 2
CLEAR_GAP = 1.0  # deviations over which nothing is joined: the groups above it stay apart
CLEAR_WITHIN = 0.01  # the fewest strangers within reach at which such a gap may end
WITHIN_REACH = 0.3  # strangers of a group at the cut, as models.clustering.graphs.edge_threshold allows a row
TRIED = 60  # cuts that are kept as evidence
PAIRS = 50_000  # seeded, of the histograms that are kept
BINS = 50


@dataclass(frozen=True)
class IdentityThreshold:
    """The height that was chosen, the reason in words, and the evidence.

    Heights are 1 minus similarity, see ``models.clustering.linkage.average_tree``. ``centre`` and
    ``deviation`` are those of strangers' cosines, or NaN if they were not used. At each of ``heights`` (c,),
    ``groups`` (c,) are left, each with ``within_reach`` (c,) strangers by chance. Seeded pairs of rows are
    counted by their cosine in the bins of ``edges`` (b + 1,): ``within`` (b,) are pairs of one group,
    ``between`` (b,) of two. ``photo_pairs`` pairs of faces share a photo, so they are surely strangers, or
    nearly so (``kept_apart`` says which); ``photo_pairs_alike`` of them are more similar than the cut.
    """

    height: float
    reason: str
    centre: float
    deviation: float
    heights: np.ndarray
    groups: np.ndarray
    within_reach: np.ndarray
    edges: np.ndarray
    within: np.ndarray
    between: np.ndarray
    photo_pairs: int
    photo_pairs_alike: int
    kept_apart: bool = True

    def facts(self) -> dict[str, Any]:
        """Plain values for JSON; None for NaN."""
        plain = {name: v.tolist() if isinstance(v, np.ndarray) else v for name, v in vars(self).items()}
        return {name: None if isinstance(v, float) and not np.isfinite(v) else v for name, v in plain.items()}


# From heights, numbers of groups, and strangers' centre and deviation to the strangers within reach.
Law = Callable[[Any, Any, float, float], Any]


@dataclass(frozen=True)
class Height:
    """A height of the tree, the reason in words, and strangers' centre and deviation, NaN if not used."""

    height: float
    reason: str
    centre: float = float("nan")
    deviation: float = float("nan")

    def labels(self, tree: np.ndarray) -> np.ndarray:
        """The groups (n,) that the merges of a tree up to this height make."""
        return cut(tree, len(tree) + 1 - int((tree[:, 2] <= self.height).sum()))


def identity_height(x: np.ndarray, tree: np.ndarray, random_state: int | None = 0) -> Height:
    """The height at which the tree of ``average_tree`` of unit rows x (n, d) is cut.

    Merges are taken in order while each of the k groups before the merge has at most 0.3 strangers within
    reach by chance: k P(z) <= 0.3, z deviations above the centre of strangers' cosines. Centre and deviation
    come from the lower half of seeded random pairs. So the cut is stricter in a larger library, and in one
    with more people (the a contrario principle: Desolneux, Moisan and Morel, IJCV 40(1), 2000). The tail P is
    exponential, because there are more look-alikes than a Gaussian would have.

    If, shortly before that, nothing is joined over a whole deviation or more, the cut is made in that gap:
    groups that are so clearly apart are not joined only because they are few.

    What this cannot know: seen from their own mean, rows of a single person look like strangers to each other
    and stay apart. In few dimensions even equal rows are no further from strangers than by chance. Then the
    knee of the heights is taken, but nothing with a cosine below 0 is joined.
    """
    n = len(tree) + 1
    centre, deviation = strangers(x, np.random.default_rng(random_state)) if n > 2 else (0.0, 0.0)
    if deviation == 0 or expected(0.0, n, centre, deviation) > WITHIN_REACH:
        reason = "Too few rows or dimensions to tell strangers by chance: cut at the knee of the heights."
        return Height(min(1.0, merge_threshold(tree[np.isfinite(tree[:, 2])])), reason)
    within = expected(tree[:, 2], n - np.arange(n - 1), centre, deviation)
    merges = int((within > WITHIN_REACH).argmax()) if (within > WITHIN_REACH).any() else n - 1
    height, clear = before_gap(tree[:, 2], within, merges, deviation)
    if not clear:
        height = float(1 - centre - deviation * np.log((n - merges) / (2 * WITHIN_REACH)) / TAIL)
    groups = n - int((tree[:, 2] <= height).sum())
    reason = (
        f"The cosine of two strangers is {centre:.3f}, give or take {deviation:.3f}. At {1 - height:.3f}, "
        f"{(1 - height - centre) / deviation:.1f} deviations above that, each of {groups} groups has "
        f"{expected(height, groups, centre, deviation):.2g} strangers within reach by chance"
        f"{'; over more than a deviation below it no two groups are joined.' if clear else '.'}"
    )
    return Height(height, reason, centre, deviation)


def before_gap(heights: np.ndarray, within: np.ndarray, merges: int, deviation: float) -> tuple[float, bool]:
    """A height inside the widest gap among the first ``merges`` of heights (n - 1,), and whether it is clear.

    ``within`` (n - 1,) are the strangers within reach at each merge. A gap may end at the first merge that is
    not taken, or at an earlier one with at least 0.01 strangers within reach. The height is half a deviation
    below the end of the gap.
    """
    if not merges or merges == len(heights):
        return 0.0, False
    gaps = np.diff(heights[: merges + 1])
    gaps[within[1 : merges + 1] < CLEAR_WITHIN] = 0
    widest = int(np.nan_to_num(gaps, posinf=0).argmax())
    end = heights[widest + 1]
    clear = bool(np.isfinite(end) and gaps[widest] >= CLEAR_GAP * deviation)
    return float(end - CLEAR_GAP * deviation / 2), clear


def expected(heights: Any, groups: Any, centre: float, deviation: float) -> Any:
    """How many strangers each of so many groups has within reach at heights, by chance."""
    return groups * 0.5 * np.exp(-TAIL * (1 - np.asarray(heights) - centre) / deviation)


def evidence(
    chosen: Height,
    rows: Rows,
    tree: np.ndarray,
    random_state: int | None,
    law: Law = expected,
    highest: float = 1.0,
) -> IdentityThreshold:
    """The threshold with its evidence, for rows of length 1 and their tree.

    ``law`` is that of strangers; the heights that are told of end at ``highest``.
    """
    x = rows.x
    finite = tree[np.isfinite(tree[:, 2]), 2]
    low = min(chosen.height, float(finite.min(initial=chosen.height)))
    heights = np.linspace(low, max(highest, chosen.height), TRIED)
    groups = len(tree) + 1 - np.searchsorted(finite, heights, "right")
    labels = chosen.labels(tree)
    pairs = np.random.default_rng(random_state).integers(len(x), size=(2, PAIRS))
    pairs = pairs[:, pairs[0] != pairs[1]]
    alike, same = cosines(x, pairs), labels[pairs[0]] == labels[pairs[1]]
    edges = np.linspace(float(alike.min(initial=0.0)), float(alike.max(initial=1.0)), BINS + 1)
    shared = pairs_of_photos(rows.photos)
    told = chosen.deviation > 0
    return IdentityThreshold(
        **vars(chosen),
        heights=heights,
        groups=groups,
        within_reach=law(heights, groups, chosen.centre, chosen.deviation) if told else np.empty(0),
        edges=edges,
        within=np.histogram(alike[same], edges)[0],
        between=np.histogram(alike[~same], edges)[0],
        photo_pairs=shared.shape[1],
        photo_pairs_alike=int((1 - cosines(x, shared) <= chosen.height).sum()),
    )


def pairs_of_photos(photos: np.ndarray | None) -> np.ndarray:
    """All pairs of rows that share a photo (n,): int64 (2, m)."""
    found = [np.empty((2, 0), np.int64)]
    if photos is not None:
        for rows in rows_by_value(photos):
            found.append(rows[np.stack(np.triu_indices(len(rows), 1))])
    return np.concatenate(found, axis=1)
