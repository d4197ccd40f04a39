"""Agreement of clusters with identities, from the contingency table, with a weight for each person.

Because every figure takes weights, a bootstrap over people is one call for all replicates. A person of weight
w counts as w people. The table does not say whether two copies of one person would have been told apart, so
that copies are not compared with each other: each sees the people and the clusters as if the other copies of
its person were not there. With weights of 1 all figures are the usual ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.special import gammaln

from models.clustering.rows import rows_by_value

NOISE = -1  # the cluster of faces that are in no group
TERMS_AT_ONCE = 4_000_000  # bounds the memory of the expected mutual information
COUNTS = ("merges", "moves", "repairs")
NAMES = (
    "ari", "nmi", "homogeneity", "completeness", "pairwise_precision", "pairwise_recall", "pairwise_f",
    "bcubed_precision", "bcubed_recall", "bcubed_f", "purity", *COUNTS, "ami", "acc",
)  # fmt: skip


@dataclass(frozen=True)
class Cells:
    """The occupied cells of a contingency table, int64 (c,), sorted by cluster, most faces, and identity.

    ``person`` and ``cluster`` are indices from 0 and ``faces`` is the count. ``faces_of`` (p,) are all faces
    of each person, and ``starts`` (k,) is the first cell of each cluster.
    """

    person: np.ndarray
    cluster: np.ndarray
    faces: np.ndarray
    faces_of: np.ndarray
    starts: np.ndarray


def separated(clusters: np.ndarray) -> np.ndarray:
    """Clusters (n,) as indices from 0, int64; each noise face (-1) is a group of its own."""
    clusters = np.asarray(clusters)
    noise = clusters == NOISE
    found = np.unique(clusters[~noise], return_inverse=True)
    out = np.empty(len(clusters), np.int64)
    out[~noise] = found[1]
    out[noise] = len(found[0]) + np.arange(int(noise.sum()))
    return out


def cells_of(truth: Sequence[str], clusters: np.ndarray) -> Cells:
    """The table of n faces' identities and clusters (n,); each noise face (-1) is a group of its own."""
    people = np.unique(np.asarray(truth), return_inverse=True)[1]
    groups = separated(clusters)
    width = int(groups.max(initial=-1)) + 1
    cells, faces = np.unique(people.astype(np.int64) * width + groups, return_counts=True)
    person, cluster = np.divmod(cells, max(width, 1))
    order = np.lexsort((person, -faces, cluster))
    return Cells(
        person[order],
        cluster[order],
        faces[order].astype(np.int64),
        np.bincount(people).astype(np.int64),
        np.flatnonzero(np.diff(cluster[order], prepend=-1)),
    )


def fast_agreement(cells: Cells, weights: np.ndarray) -> dict[str, np.ndarray]:
    """The figures of ``NAMES`` except ami and acc, float64 (r,); NaN where there is nothing to count.

    ``weights`` (r, p) are whole numbers from 0, one row for each replicate, and not all 0 in any row.
    """
    seen = _Seen(cells, np.asarray(weights, np.float64))
    return {**_of_pairs(seen), **_of_information(seen), **_of_faces(seen), **_of_owners(seen)}


class _Seen:
    """What each copy of a person sees of the table, without the other copies of its person.

    All arrays are (r, c), with a column for each cell: ``mass``, the faces in it; ``size``, the faces in its
    cluster; ``world``, all faces.
    """

    def __init__(self, cells: Cells, weights: np.ndarray) -> None:
        self.cells, self.weights = cells, weights
        weight = weights[:, cells.person]
        self.n = cells.faces.astype(np.float64)
        self.of_person = cells.faces_of[cells.person].astype(np.float64)
        self.mass = weight * self.n
        self.total = self.mass.sum(axis=1)
        others = weight - 1
        sizes = np.add.reduceat(self.mass, cells.starts, axis=1)[:, cells.cluster]
        absent = weight == 0  # of mass 0; 1 keeps logarithms and quotients finite
        self.size = np.where(absent, self.n, sizes - others * self.n)
        self.world = np.where(absent, self.of_person, self.total[:, None] - others * self.of_person)

    def mean(self, values: np.ndarray) -> np.ndarray:
        """The mean over faces of a value for each cell: (r,)."""
        mean: np.ndarray = (self.mass * values).sum(axis=1) / self.total
        return mean


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """above / below, NaN where below is 0."""
    ratio: np.ndarray = np.divide(above, below, out=np.full(len(above), np.nan), where=below != 0)
    return ratio


def _of_pairs(seen: _Seen) -> dict[str, np.ndarray]:
    """Pair counts (Hubert and Arabie 1985): ari is (both - chance) / (mean of the two - chance)."""
    both = (seen.mass * (seen.n - 1)).sum(axis=1) / 2
    predicted = (seen.mass * (seen.size - 1)).sum(axis=1) / 2
    true = (seen.mass * (seen.of_person - 1)).sum(axis=1) / 2
    total = (seen.mass * (seen.world - 1)).sum(axis=1) / 2
    chance = np.where(total > 0, predicted * true / np.maximum(total, 1), 0)
    ari = _ratio(both - chance, (predicted + true) / 2 - chance)
    return {
        "ari": np.where((both == predicted) & (both == true), 1.0, ari),
        "pairwise_precision": _ratio(both, predicted),
        "pairwise_recall": _ratio(both, true),
        "pairwise_f": _ratio(2 * both, predicted + true),
    }


def _information(seen: _Seen) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mutual information, entropy of the identities, entropy of the clusters, in nats: (r,) each."""
    identities = seen.mean(np.log(seen.world / seen.of_person))
    clusters = seen.mean(np.log(seen.world / seen.size))
    mutual = seen.mean(np.log(seen.n * seen.world / (seen.of_person * seen.size)))
    return mutual, identities, clusters


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole of two amounts of information, 0 to 1; 1 where there is no information."""
    nothing = whole <= 1e-12  # rounding of logarithms
    return np.where(nothing, 1.0, np.clip(part / np.where(nothing, 1.0, whole), 0.0, 1.0))


def _of_information(seen: _Seen) -> dict[str, np.ndarray]:
    """nmi (by the arithmetic mean), homogeneity and completeness (Rosenberg and Hirschberg 2007)."""
    mutual, identities, clusters = _information(seen)
    return {
        "nmi": _share(mutual, (identities + clusters) / 2),
        "homogeneity": _share(mutual, identities),
        "completeness": _share(mutual, clusters),
    }


def _of_faces(seen: _Seen) -> dict[str, np.ndarray]:
    """BCubed (Bagga and Baldwin 1998)."""
    precision, recall = seen.mean(seen.n / seen.size), seen.mean(seen.n / seen.of_person)
    return {
        "bcubed_precision": precision,
        "bcubed_recall": recall,
        "bcubed_f": 2 * precision * recall / (precision + recall),
    }


def _of_owners(seen: _Seen) -> dict[str, np.ndarray]:
    """purity, merges, moves and repairs. A cluster is owned by the person with the most faces in it.

    Of equals the first in the identities' sorted order owns it. Each copy of a person owns a copy of the
    person's clusters, so that a person who owns m clusters costs m - 1 merges for each copy.
    """
    cells, weights = seen.cells, seen.weights
    place = np.where(seen.mass > 0, np.arange(len(cells.faces)), len(cells.faces))
    first = np.minimum.reduceat(place, cells.starts, axis=1)  # cells are sorted: the first one present owns
    owned = first < len(cells.faces)
    cell = np.minimum(first, len(cells.faces) - 1)
    owner = np.where(owned, cells.person[cell], 0)
    right = np.where(owned, np.take_along_axis(seen.mass, cell, axis=1), 0.0).sum(axis=1)
    clusters_of = np.zeros(weights.shape)
    np.add.at(clusters_of, (np.arange(len(weights))[:, None], owner), owned)
    merges = (weights * np.maximum(clusters_of - 1, 0)).sum(axis=1)
    moves = seen.total - right
    return {"purity": right / seen.total, "merges": merges, "moves": moves, "repairs": merges + moves}


def adjusted_information(cells: Cells, weights: np.ndarray) -> np.ndarray:
    """Adjusted mutual information (Vinh et al. 2010), arithmetic mean: float64 (r,), at most 1.

    It is (mutual - expected) / (mean entropy - expected), and 1 if the two groupings are the same.
    ``weights`` are as in ``fast_agreement``.
    """
    seen = _Seen(cells, np.asarray(weights, np.float64))
    mutual, identities, clusters = _information(seen)
    out = np.empty(len(seen.total))
    for r, total in enumerate(seen.total):
        if ((seen.size[r] == seen.n) & (seen.of_person == seen.n))[seen.mass[r] > 0].all():
            out[r] = 1.0
            continue
        scale = total / seen.world[r]
        people = _multiset(np.rint(seen.of_person * scale), seen.mass[r])
        groups = _multiset(np.rint(seen.size[r] * scale), seen.mass[r])
        chance = expected_information(*people, *groups, int(total))
        span = (identities[r] + clusters[r]) / 2 - chance
        out[r] = (mutual[r] - chance) / (span if abs(span) > 1e-12 else np.copysign(1e-12, span))
    return out


def _multiset(sizes: np.ndarray, mass: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The sizes that occur, int64, and how many groups have each."""
    kept = mass > 0
    values, place = np.unique(sizes[kept].astype(np.int64), return_inverse=True)
    return values, np.bincount(place, mass[kept]) / values


def expected_information(a: np.ndarray, n_a: np.ndarray, b: np.ndarray, n_b: np.ndarray, total: int) -> float:
    """Expected mutual information, in nats, of two groupings of ``total`` faces drawn with these sizes.

    ``n_a`` groups have each size in ``a`` (int64), and ``n_b`` groups each in ``b`` (Vinh et al. 2010,
    equation 24a, summed once for each pair of sizes).
    """
    log_factorial = gammaln(np.arange(total + 1) + 1.0)
    first, second = (grid.ravel() for grid in np.meshgrid(a, b, indexing="ij"))
    factor = np.outer(n_a, n_b).ravel()
    low, high = np.maximum(1, first + second - total), np.minimum(first, second)
    terms = np.maximum(high - low + 1, 0)
    parts = np.cumsum(terms) // TERMS_AT_ONCE
    expected = 0.0
    for part in np.unique(parts):
        chosen = np.flatnonzero(parts == part)
        pair = np.repeat(chosen, terms[chosen])
        offset = np.arange(len(pair)) - np.repeat(np.cumsum(terms[chosen]) - terms[chosen], terms[chosen])
        i, j, n = first[pair], second[pair], low[pair] + offset
        log_chance = (
            log_factorial[i] + log_factorial[j] + log_factorial[total - i] + log_factorial[total - j]
        ) - (
            log_factorial[total] + log_factorial[n] + log_factorial[i - n] + log_factorial[j - n]
            + log_factorial[total - i - j + n]
        )  # fmt: skip
        information = n / total * (np.log(total * n.astype(np.float64)) - np.log(i * j.astype(np.float64)))
        expected += float((factor[pair] * information * np.exp(log_chance)).sum())
    return expected


def agreement(cells: Cells, weights: np.ndarray) -> dict[str, np.ndarray]:
    """All figures of ``NAMES``, as ``fast_agreement`` gives them: float64 (r,)."""
    return {
        **fast_agreement(cells, weights),
        "ami": adjusted_information(cells, weights),
        "acc": best_map_share(cells, weights),
    }


def best_map_share(cells: Cells, weights: np.ndarray) -> np.ndarray:
    """Share of faces that are right under the best one-to-one map of clusters to people: float64 (r,).

    The Hungarian method runs only on contested clusters. A person can always have the best of the clusters
    that nobody else is in, so that any other cluster is worth only what it has above that. ``weights`` are as
    in ``fast_agreement``; a person's copies share its cluster.
    """
    weights = np.asarray(weights, np.float64)
    people, clusters = len(cells.faces_of), len(cells.starts)
    shared = np.bincount(cells.cluster, minlength=clusters)[cells.cluster] > 1
    own = np.zeros(people)
    np.maximum.at(own, cells.person[~shared], cells.faces[~shared])
    gain = cells.faces - own[cells.person]
    contested = shared & (gain > 0)
    right = weights @ own
    for person, cluster, value in _blocks(cells.person[contested], cells.cluster[contested], gain[contested]):
        names, rows = np.unique(person, return_inverse=True)
        table = np.zeros((len(names), int(cluster.max()) + 1))
        table[rows, cluster] = value
        for r, weight in enumerate(weights[:, names]):
            worth = table * weight[:, None]
            right[r] += worth[linear_sum_assignment(worth, maximize=True)].sum()
    share: np.ndarray = right / (weights @ cells.faces_of)
    return share


def _blocks(
    person: np.ndarray, cluster: np.ndarray, value: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Splits the cells into parts that share no person and no cluster; each numbers its clusters from 0."""
    if not len(person):
        return []
    rows = np.unique(person, return_inverse=True)[1]
    columns = np.unique(cluster, return_inverse=True)[1] + rows.max() + 1
    n = int(columns.max()) + 1
    graph = coo_array((np.ones(len(rows)), (rows, columns)), shape=(n, n))
    part = connected_components(graph, directed=False)[1][rows]
    return [
        (person[chosen], np.unique(cluster[chosen], return_inverse=True)[1], value[chosen])
        for chosen in rows_by_value(part)
    ]
