"""On which faces two models are compared by labels: those held back, all, or none if pairs are too few."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.face_table import FaceTable
from components.words.text import counted, whole

COMPARED_LABEL_METRICS = ("ari", "pairwise_f")
FEWEST = (
    100  # pairs of one person, and of two: a share of fewer is off by .05, the tolerance, by chance alone
)


@dataclass(frozen=True)
class Judged:
    """The labelled faces that figures rest on: of ``split`` "eval" or "all", or none of "" for want of pairs.

    ``rows`` are their indices. ``n_labelled``, ``same`` and ``different``, the pairs of one person and of
    two, are those of the faces that were looked at last. ``held_out``: whether there is an eval split.
    """

    split: str
    rows: list[int]
    n_labelled: int
    same: int
    different: int
    held_out: bool = True

    def words(self) -> str:
        """What the figures rest on, in a sentence; "" for the eval split, and where nobody has a label."""
        names = " and ".join(COMPARED_LABEL_METRICS)
        if self.split == "all" and not self.held_out:
            return f"{names} are those of all {counted(self.n_labelled, 'labelled face')}: none is held out."
        if self.split == "all":
            return (
                f"{names} are those of all {counted(self.n_labelled, 'labelled face')}: the eval split has "
                f"fewer than {FEWEST} pairs of one person, or of two."
            )
        if self.split == "eval" or not self.n_labelled:
            return ""
        return (
            f"Not compared: {names}. {counted(self.n_labelled, 'labelled face')} have {whole(self.same)} "
            f"pairs of one person and {whole(self.different)} of two; {FEWEST} of each are needed."
        )


def pairs_of(labels: Sequence[Any]) -> tuple[int, int]:
    """How many pairs of labelled faces are of one person, and how many of two."""
    sizes = Counter(labels).values()
    n = len(labels)
    same = sum(size * (size - 1) // 2 for size in sizes)
    return same, n * (n - 1) // 2 - same


def judged_faces(faces: FaceTable) -> Judged:
    """The labelled faces of the eval split if they give enough pairs, or else all labelled faces."""
    held = [i for i in faces.rows("eval") if faces.labels[i] is not None]
    every = [i for i, label in enumerate(faces.labels) if label is not None]
    same = different = 0
    for split, rows in (("eval", held), ("all", every)):
        same, different = pairs_of([faces.labels[i] for i in rows])
        if min(same, different) >= FEWEST:
            return Judged(split, rows, len(rows), same, different, bool(faces.rows("eval")))
    return Judged("", [], len(every), same, different)


def label_figures(metrics: Mapping[str, Mapping[str, Any]], split: str) -> dict[str, Any]:
    """The figures of a split that two models are compared by; none for the split ""."""
    found = metrics.get(split, {}) if split else {}
    return {name: found[name] for name in COMPARED_LABEL_METRICS if found.get(name) is not None}
