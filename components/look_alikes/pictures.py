"""Which faces of two people, or of a mixed group, are shown, and the chart of their likenesses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from components.look_alikes.hardest import LookAlikes, sampled
from components.look_alikes.library import Library
from components.report.charts.charts import Axes, Line, chart
from components.words.text import decimal

TYPICAL, ACROSS = 6, 4  # faces of each person, and pairs of one of each, that are shown
BINS = (8, 24)  # of the chart: as many as the root of the number of pairs, within these
WIDE, NARROW = (560, 260), (350, 240)


@dataclass(frozen=True)
class FacePair:
    """Two faces (rows of the library) and their cosine."""

    first: int
    second: int
    alike: float


@dataclass(frozen=True, eq=False)
class PairPictures:
    """What is shown of two people: rows of the typical faces of each, and pairs of faces.

    ``across`` are the pairs of one face of each that are most alike, ``within`` the two faces of each person
    that are least alike. ``wide`` and ``narrow`` are the chart of all likenesses.
    """

    typical: tuple[list[int], list[int]]
    across: list[FacePair]
    within: list[FacePair]
    wide: Markup
    narrow: Markup

    @property
    def faces(self) -> list[int]:
        """All rows that are shown."""
        pairs = [row for pair in (*self.across, *self.within) for row in (pair.first, pair.second)]
        return [*self.typical[0], *self.typical[1], *pairs]


def pair_pictures(library: Library, pair: LookAlikes) -> PairPictures:
    """The pictures of two people who look alike."""
    rows = sampled(library.rows(pair.one)), sampled(library.rows(pair.other))
    one, other = library.x[rows[0]], library.x[rows[1]]
    own = [lowest_pair(library, side) for side in rows]
    return PairPictures(
        (typical(library, rows[0]), typical(library, rows[1])),
        nearest_across(rows, one @ other.T),
        [found for found in own if found is not None],
        *(likeness_chart(library, pair, (one, other), size) for size in (WIDE, NARROW)),
    )


def typical(library: Library, rows: np.ndarray, most: int = TYPICAL) -> list[int]:
    """The rows whose faces are most like the mean of all, at most ``most``."""
    alike = library.x[rows] @ library.x[rows].mean(axis=0)
    return [int(row) for row in rows[np.argsort(-alike, kind="stable")[:most]]]


def nearest_across(rows: tuple[np.ndarray, np.ndarray], alike: np.ndarray) -> list[FacePair]:
    """The pairs of a row of each side by alike (a, b), the most alike first; no face comes twice."""
    alike, out = alike.copy(), []
    for _ in range(min(ACROSS, *alike.shape)):
        a, b = np.unravel_index(int(alike.argmax()), alike.shape)
        out.append(FacePair(int(rows[0][a]), int(rows[1][b]), float(alike[a, b])))
        alike[a], alike[:, b] = -np.inf, -np.inf
    return out


def lowest_pair(library: Library, rows: np.ndarray) -> FacePair | None:
    """The two faces of one person that are least alike; None for a person of one face."""
    a, b = np.triu_indices(len(rows), 1)
    if not len(a):
        return None
    alike = (library.x[rows] @ library.x[rows].T)[a, b]
    least = int(alike.argmin())
    return FacePair(int(rows[a[least]]), int(rows[b[least]]), float(alike[least]))


def likeness_chart(
    library: Library, pair: LookAlikes, sides: tuple[np.ndarray, np.ndarray], size: tuple[int, int]
) -> Markup:
    """The likenesses of two photos of each person, and of one of each, with the threshold."""
    sorts = [(side @ side.T)[np.triu_indices(len(side), 1)] for side in sides]
    sorts.append((sides[0] @ sides[1].T).ravel())
    low, high = min(s.min() for s in sorts if len(s)), max(s.max() for s in sorts if len(s))
    bins = int(np.clip(np.sqrt(max(len(s) for s in sorts)), *BINS))
    edges = np.linspace(low, max(high, low + 1e-6), bins + 1)
    middles = (edges[:-1] + edges[1:]) / 2
    names = [library.names[pair.one], library.names[pair.other], "one of each"]
    lines, top = [], 0.0
    for name, scores, style in zip(names, sorts, (0, 2, 1), strict=True):
        if not len(scores):
            continue
        shares = 100 * np.histogram(scores, edges)[0] / len(scores)
        top = max(top, float(shares.max()))
        points = list(zip(middles.tolist(), shares.tolist(), strict=True))
        lines.append(Line(name, points, style))
    threshold = pair.parting.cut.threshold
    axes = Axes(
        *size,
        (float(edges[0]), float(edges[-1])),
        (0.0, 1.25 * top),
        "how alike two faces are (cosine)",
        "% of pairs",
        whole_x=False,
        marks=[(float(np.clip(threshold, low, high)), 0.0, decimal(threshold))],
    )
    return chart(lines, axes, f"Likenesses of {names[0]} and {names[1]}")
