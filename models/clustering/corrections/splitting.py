"""Ways to part one person's faces, with the evidence that they are of several people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from models.clustering.corrections.constrained import face_graph
from models.clustering.corrections.neighbours import find_neighbours
from models.clustering.corrections.whispers import whispers
from models.clustering.linkage.average_tree import average_tree
from models.clustering.rows import checked, group_means, unit_rows
from models.clustering.rules.people import scaled

# Two parts of one person's faces are nearer than LEAST, and two people further, in the half of LFW's
# development names by which it was chosen; it is SHARE of the distance that 1% of the pairs of these people
# are within. See docs/results/corrections.md.
LEAST, SHARE, NEAREST = 0.362, 0.9, 0.01
PRIOR_PAIRS = 100  # pairs of a library's own people that count as much as what is known of those
WHISPERS = 0.34  # the longest edge of Chinese Whispers inside one person, chosen by the same names
SMALLEST = 2  # faces of a part; a single one that does not fit is the least sure of its person, no part


@dataclass(frozen=True)
class Evidence:
    """What speaks for parts being people.

    ``within``: the mean distance of two faces of one part. ``between``: of two faces of two parts.
    ``apart``: how far the two nearest parts are apart, as ``people_apart`` measures it; ``needed``: how far
    they have to be. ``nearer_people``: the share of pairs of the library's other people who are nearer than
    that, NaN where none were given. ``bic``: by how much the Bayesian information criterion of one round
    Gaussian is above that of one for each part; above 0 says parts, which it also does of most single people.
    All distances are Euclidean ones, 0 to 2, between unit rows.
    """

    within: float
    between: float
    apart: float
    needed: float
    nearer_people: float
    bic: float

    @property
    def words(self) -> str:
        """The evidence in a sentence or three."""
        verdict = "two people" if self.apart >= self.needed else "one person"
        people = (
            ""
            if np.isnan(self.nearer_people)
            else f" Of pairs of your other people {self.nearer_people:.1%} are nearer than that."
        )
        return (
            f"The two nearest parts are {self.apart:.2f} apart, as {verdict} would be: it takes "
            f"{self.needed:.2f}.{people} Faces of one part are {self.within:.2f} apart on average, of two "
            f"parts {self.between:.2f}."
        )


@dataclass(frozen=True, eq=False)
class Split:
    """One way to part m faces: ``labels`` (m,) int64, 0 .. parts - 1, the largest part first.

    ``method`` is tree, whispers or mixture. ``advised``: the parts are as far apart as people are.
    """

    method: str
    labels: np.ndarray
    parts: int
    evidence: Evidence
    advised: bool


def split(x: np.ndarray, reference: np.ndarray | None = None, max_parts: int = 6) -> list[Split]:
    """Ways to part the unit rows x (m, d) of one person, the best first; none for fewer than four faces.

    At most one is advised: that of most parts, by the tree of merges of ``average_tree``, in which any two
    parts are at least as far apart as two people are. Without one the tree's two parts are offered. Beside it
    are offered Chinese Whispers inside the person, and a mixture of as many round Gaussians. ``reference``
    (r,) are the distances that ``people_apart`` finds between the library's other named people, who move what
    is needed from what is known of ``people_face``; None where there are none. Raises ValueError for rows
    that are not finite, or max_parts < 2.
    """
    if max_parts < 2:
        raise ValueError(f"Expected max_parts of at least 2, received {max_parts}.")
    rows = unit_rows(checked(x))
    if len(rows) < 2 * SMALLEST or not np.ptp(rows, axis=0).any():
        return []
    needed = distance_needed(reference)
    likely = by_tree(rows, needed, max_parts)
    parts = 2 if likely is None else int(likely.max()) + 1
    ways = [
        ("tree", likely),
        ("whispers", by_whispers(rows, max_parts)),
        ("mixture", by_mixture(rows, parts)),
    ]
    out: list[Split] = []
    for method, labels in ways:
        if labels is None or any((labels == other.labels).all() for other in out):
            continue
        evidence = evidence_of(rows, labels, needed, reference)
        out.append(
            Split(
                method,
                labels,
                int(labels.max()) + 1,
                evidence,
                method == "tree" and evidence.apart >= needed,
            )
        )
    return out


def people_apart(x: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """How far each two of the groups labels (n,), -1 for none, of unit rows x (n, d) are apart: (pairs,).

    For means a and b it is sqrt(2 - 2 a @ b / sqrt(|a| |b|)), 0 to 2: the distance of two unit rows with the
    similarity by which ``average_tree`` joins groups, which allows for their sizes.
    """
    known = np.asarray(labels) >= 0
    if not known.any():
        return np.empty(0)
    group = np.unique(np.asarray(labels)[known], return_inverse=True)[1]
    directions = scaled(group_means(unit_rows(np.asarray(x, np.float64)[known]), group))
    one, other = np.triu_indices(len(directions), 1)
    alike = (directions @ directions.T)[one, other]
    return np.sqrt(np.clip(2 - 2 * alike, 0, 4))


def distance_needed(reference: np.ndarray | None) -> float:
    """How far parts have to be apart to be people, by distances (r,) of other people, shrunk to ``LEAST``.

    The fewer pairs of other people there are, the more what is known of ``people_face`` counts (a mean shrunk
    towards what is known: Efron and Morris, JASA 70(350), 1975).
    """
    if reference is None or len(reference) == 0:
        return LEAST
    own, r = SHARE * float(np.quantile(reference, NEAREST)), len(reference)
    return (PRIOR_PAIRS * LEAST + r * own) / (PRIOR_PAIRS + r)


def evidence_of(
    x: np.ndarray, labels: np.ndarray, needed: float, reference: np.ndarray | None = None
) -> Evidence:
    """What speaks for the parts labels (m,) of unit rows x (m, d); see ``Evidence``."""
    one, other = np.triu_indices(len(x), 1)
    lengths = np.sqrt(np.clip(2 - 2 * (x @ x.T), 0, 4))[one, other]
    same = labels[one] == labels[other]
    apart = float(people_apart(x, labels).min())
    nearer = np.nan if reference is None or len(reference) == 0 else float((reference < apart).mean())
    within = float(lengths[same].mean()) if same.any() else 0.0
    whole = bic(x, np.zeros(len(x), np.int64))
    return Evidence(within, float(lengths[~same].mean()), apart, needed, nearer, whole - bic(x, labels))


def bic(x: np.ndarray, labels: np.ndarray) -> float:
    """The Bayesian information criterion of rows x (m, d) in parts (m,), round Gaussians of one variance.

    It is that of the labels as they are (classification likelihood), with k (d + 1) free parameters.
    """
    m, d = x.shape
    sizes = np.bincount(labels)
    spread = np.square(x - group_means(x, labels)[labels]).sum() / (m * d)
    mixed = (sizes * np.log(sizes / m)).sum()
    likelihood = mixed - m * d / 2 * (np.log(2 * np.pi * max(spread, 1e-12)) + 1)
    return float(len(sizes) * (d + 1) * np.log(m) - 2 * likelihood)


def by_tree(rows: np.ndarray, needed: float, max_parts: int) -> np.ndarray | None:
    """The most parts that are all as far apart as is needed, or the first two parts; None without any."""
    tree = average_tree(rows)
    first, best = None, None
    for cut in range(2, len(rows)):
        labels = _large(rows, in_parts(tree, cut))
        if labels is None:
            continue
        if labels.max() >= max_parts:
            break
        first = labels if first is None else first
        if people_apart(rows, labels).min() >= needed:
            best = labels if best is None or labels.max() > best.max() else best
        elif best is not None:
            break
    return first if best is None else best


def in_parts(tree: np.ndarray, parts: int) -> np.ndarray:
    """The labels (m,) of so many parts of a linkage matrix (m - 1, 4): all merges but the last ones.

    SciPy's ``fcluster`` gives fewer where merges have one height, as those of ``average_tree`` often do.
    """
    m = len(tree) + 1
    ends = tree[: m - parts, :2].astype(np.int64)
    joint = np.repeat(m + np.arange(m - parts), 2)
    graph = coo_matrix((np.ones(ends.size), (ends.ravel(), joint)), shape=(2 * m, 2 * m))
    return connected_components(graph, directed=False)[1][:m].astype(np.int64)


def by_whispers(rows: np.ndarray, max_parts: int) -> np.ndarray | None:
    """The parts of Chinese Whispers with edges up to ``WHISPERS``; None unless they are 2 to max_parts."""
    graph = face_graph(find_neighbours(rows.astype(np.float32)), WHISPERS)
    labels = _large(rows, whispers(graph, np.arange(len(rows))))
    return None if labels is None or labels.max() >= max_parts else labels


def by_mixture(rows: np.ndarray, parts: int) -> np.ndarray | None:
    """The parts of a mixture of so many round Gaussians; None where one is too small."""
    from sklearn.mixture import GaussianMixture

    if len(np.unique(rows, axis=0)) <= parts:
        return None
    mixture = GaussianMixture(parts, covariance_type="spherical", n_init=3, random_state=0, reg_covar=1e-5)
    return _large(rows, mixture.fit_predict(rows))


def _large(rows: np.ndarray, labels: np.ndarray) -> np.ndarray | None:
    """Labels (m,) of two or more parts, the largest first; the few faces elsewhere go to the nearest part.

    None where there are fewer parts, or these hold less than half of the faces.
    """
    values, sizes = np.unique(labels, return_counts=True)
    kept = values[sizes >= SMALLEST]
    if len(kept) < 2 or 2 * sizes[sizes >= SMALLEST].sum() < len(labels):
        return None
    place = np.where(np.isin(labels, kept), np.searchsorted(kept, labels), -1)
    known = place >= 0
    directions = scaled(group_means(rows[known], place[known]))
    place[~known] = (rows[~known] @ directions.T).argmax(axis=1)
    _, first, inverse, counts = np.unique(place, return_index=True, return_inverse=True, return_counts=True)
    return np.argsort(np.lexsort((first, -counts)))[inverse]
