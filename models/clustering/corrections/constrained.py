"""Groups of faces that obey what people said: Chinese Whispers, and any other grouping, under constraints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix
from typing_extensions import Unpack

from models.clustering.corrections.constraints import Constraints, Verdicts, constraints_of
from models.clustering.corrections.dividing import divided
from models.clustering.corrections.fewest_moved import homes, obeying
from models.clustering.corrections.neighbours import Neighbours
from models.clustering.corrections.whispers import whispers
from models.clustering.rows import group_means, unit_rows

# The clusterers whose groups can be corrected, and the setting that cuts; None where something else does.
CUTS = {
    "people": "height",
    "average_linkage": "distance_threshold",
    "chinese_whispers": "threshold",
    "hdbscan": None,
    "affinity_propagation": None,
}
DISTANCE = 0.33  # of people_face: the longest edge by default; chosen in docs/results/corrections.md
SAME_PHOTO = 0.5  # of the weight of two equal faces: what one photo weighs against two faces being one person


@dataclass(frozen=True, eq=False)
class Found:
    """Groups of n faces.

    ``labels`` (n,) int64: the group of each face, 0 .. k-1 in the order of their first faces, or -1 for a
    face that is alone. ``anchor_of`` (k,) int64: the anchor that a group holds, or -1. A confirmed face that
    is alone keeps a group of its own, so that no name is lost.
    """

    labels: np.ndarray
    anchor_of: np.ndarray


def grouped(
    neighbours: Neighbours,
    distance: float,
    *,
    photos: np.ndarray | None = None,
    seed: int = 0,
    **verdicts: Unpack[Verdicts],
) -> Found:
    """Groups of faces by Chinese Whispers on their neighbours, under what people said of them.

    Edges are no longer than ``distance`` (0 to 2, between unit rows), and weigh from 1 for equal faces to 0
    for those so far apart. Faces that belong together are one row of the graph. First all move freely. Then
    each group in which a verdict does not hold is divided by average linkage under the verdicts, so that the
    faces like a rejected one leave with it; see ``dividing``. Who is alone then may go to another group.
    ``photos`` (n,) int: two faces of one photo are probably two people, but there are mirrors and collages;
    so that counts ``SAME_PHOTO`` against them, and is no rule.

    The verdicts are keyword arguments, as ``Verdicts`` describes them, and always hold: faces with one anchor
    share a group, faces with two never do, and a rejected face is not in that anchor's group. Those that
    contradict each other raise Contradiction, a ValueError that names the faces. Raises ValueError for a
    distance that is not above 0, or arrays of another length. Example::

        kept = find_neighbours(embeddings)
        found = grouped(kept, DISTANCE, anchors=people, apart=[[17, 3]])
    """
    if not distance > 0:
        raise ValueError(f"Expected a distance above 0 (to 2, between unit rows); received {distance!r}.")
    rules = constraints_of(len(neighbours), **verdicts)
    if len(neighbours) == 0:
        return Found(np.empty(0, np.int64), np.empty(0, np.int64))
    graph = bundled(face_graph(neighbours, distance, photos), rules)
    labels = whispers(graph, np.arange(len(rules.anchor)), seed=seed)
    if (rules.anchor >= 0).any() or len(rules.apart):
        labels, off = divided(labels, rules, lambda rows: graph[rows][:, rows].toarray())
        labels = obeying(labels, rules, weight_to_own(graph, labels))
        alone = np.bincount(labels)[labels] == 1
        labels = whispers(graph, labels, off & alone & (rules.anchor < 0), rules.apart, seed)
    return found_of(labels, rules)


def average_grouped(
    x: np.ndarray,
    height: float | None = None,
    *,
    clusterer: str = "people",
    photos: np.ndarray | None = None,
    seed: int = 0,
    **verdicts: Unpack[Verdicts],
) -> Found:
    """Groups of rows x (n, d) by any clusterer of ``CUTS``, under what people said of them.

    ``height`` is where its tree is cut, or the length of its longest edge; None leaves that to the clusterer.
    Those other than ``people`` see the rows about their mean, as in a run. Each group in which a verdict does
    not hold is divided as in ``grouped``, by how far the cosines of x are above their mean; then see
    ``with_constraints``. Raises ValueError for another clusterer, a height for one that takes none, or more
    rows than it can group, and as ``grouped``.
    """
    from models.clustering.clusterers import CLUSTERERS

    if clusterer not in CUTS or (height is not None and CUTS[clusterer] is None):
        raise ValueError(
            f"Expected one of {', '.join(CUTS)} as clusterer, with a height only where it is cut by one; "
            f"received {clusterer!r} and {height!r}."
        )
    rules = constraints_of(len(x), **verdicts)  # before the long work
    given = {} if height is None else {str(CUTS[clusterer]): height}
    points = x if clusterer == "people" else x - x.mean(axis=0)
    labels = CLUSTERERS[clusterer].build(None, seed, **given).fit(points, groups=photos).labels_
    unit = unit_rows(np.asarray(x, np.float64))
    sums = np.zeros((len(rules.anchor), x.shape[1]))
    np.add.at(sums, rules.bundle, unit)
    chance = float(np.square(unit.mean(axis=0)).sum())  # the mean cosine of any two of them

    def weights(rows: np.ndarray) -> np.ndarray:
        return sums[rows] @ sums[rows].T - chance * np.outer(rules.sizes[rows], rules.sizes[rows])

    apart, _ = divided(homes(labels, rules, distinct=False), rules, weights)
    return _obedient(apart[rules.bundle], rules, x)


def with_constraints(
    labels: np.ndarray,
    anchors: np.ndarray | None,
    apart: np.ndarray | None,
    pairs_together: np.ndarray | None,
    pairs_apart: np.ndarray | None,
    x: np.ndarray,
) -> Found:
    """The groups labels (n,), -1 for a face alone, made to obey verdicts with the fewest faces moved.

    Two steps, each of which moves as few as can be. Faces that belong together go to the label that most of
    them have; two anchors never to the same one. Then, of those that share a label and must not, the fewest
    are made alone, of equally many the furthest from the mean of x (n, d) of their label. Labels that obey
    already stay, but for their numbers. Raises as ``grouped``.
    """
    labels = np.asarray(labels, np.int64)
    rules = constraints_of(len(labels), anchors, apart, pairs_together, pairs_apart)
    return _obedient(labels, rules, x)


def _obedient(labels: np.ndarray, rules: Constraints, x: np.ndarray) -> Found:
    of_bundle = homes(labels, rules)
    unit = unit_rows(np.asarray(x, np.float64))
    of_face = of_bundle[rules.bundle]
    own = np.einsum("ij,ij->i", unit, group_means(unit, of_face)[of_face]) if len(x) else np.empty(0)
    nearness = np.bincount(rules.bundle, own, minlength=len(rules.anchor)) / np.maximum(rules.sizes, 1)
    return found_of(obeying(of_bundle, rules, nearness), rules)


def face_graph(neighbours: Neighbours, distance: float, photos: np.ndarray | None = None) -> csr_matrix:
    """The symmetric graph (n, n) float64 of faces: 1 - (length / distance)^2 where that is above 0.

    Two faces of one of the photos (n,) weigh ``SAME_PHOTO`` less, also where they are no neighbours. Raises
    ValueError if the number of photos is another one.
    """
    n = len(neighbours)
    near = (neighbours.distance < distance) & (neighbours.index >= 0)
    weights = 1 - np.square(neighbours.distance[near], dtype=np.float64) / distance**2
    starts = np.concatenate([[0], np.cumsum(near.sum(axis=1))])
    one_way = csr_matrix((weights, neighbours.index[near], starts), shape=(n, n))
    one_way.sort_indices()
    graph = csr_matrix(one_way.maximum(one_way.T))
    if photos is None:
        return graph
    if np.shape(photos) != (n,):
        raise ValueError(f"Expected the photo of each of {n} faces, received shape {np.shape(photos)}.")
    pairs = same_photo(np.asarray(photos))
    against = coo_matrix((np.full(len(pairs), -SAME_PHOTO), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    return csr_matrix(graph + against.tocsr())


def same_photo(photos: np.ndarray) -> np.ndarray:
    """Every pair of faces of one of the photos (n,), in both directions: (p, 2)."""
    order = np.argsort(photos, kind="stable")
    told, pairs = photos[order], [np.empty((0, 2), np.int64)]
    for step in range(1, len(order)):  # each face and the one so many places further on, while any two agree
        same = np.flatnonzero(told[step:] == told[:-step])
        if len(same) == 0:
            break
        one, other = order[same], order[same + step]
        pairs += [np.stack([one, other], axis=1), np.stack([other, one], axis=1)]
    return np.concatenate(pairs)


def bundled(graph: csr_matrix, rules: Constraints) -> csr_matrix:
    """The graph (b, b) of the bundles of faces: weights between their faces are added up."""
    n, b = graph.shape[0], len(rules.anchor)
    if n == b:  # then each face is its own, in the same order
        return graph
    edges = graph.tocoo()
    one, other = rules.bundle[edges.row], rules.bundle[edges.col]
    across = one != other
    out = coo_matrix((edges.data[across], (one[across], other[across])), shape=(b, b)).tocsr()
    out.sort_indices()
    return out


def weight_to_own(graph: csr_matrix, labels: np.ndarray) -> np.ndarray:
    """The sum of each row's weights in the graph (b, b) to others of its own label: (b,)."""
    edges = graph.tocoo()
    own = labels[edges.row] == labels[edges.col]
    return np.bincount(edges.row[own], edges.data[own], minlength=len(labels))


def found_of(labels: np.ndarray, rules: Constraints) -> Found:
    """The groups that labels (b,) of bundles make of their faces."""
    of_face = labels[rules.bundle]
    values, first, inverse = np.unique(of_face, return_index=True, return_inverse=True)
    anchor = np.full(len(values), -1, np.int64)
    held = np.flatnonzero(rules.anchor >= 0)
    anchor[np.searchsorted(values, labels[held])] = rules.anchor[held]
    kept = np.flatnonzero((np.bincount(inverse, minlength=len(values)) > 1) | (anchor >= 0))
    kept = kept[np.argsort(first[kept])]
    names = np.full(len(values), -1, np.int64)
    names[kept] = np.arange(len(kept))
    return Found(names[inverse], anchor[kept])
