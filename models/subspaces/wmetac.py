"""wMetaC: one grouping of many, by the clusters' weighted overlap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import linkage
from scipy.sparse import csr_matrix
from scipy.spatial.distance import squareform
from sklearn.metrics import silhouette_samples

from models.clustering.graphs.chinese_whispers import in_order
from models.clustering.linkage.ward import cut

FLOOR = 0.01  # e of the weights: what an image that no partition disputes still weighs
MOST_CLUSTERS = 5000  # of all partitions together: a matrix of M x M then takes 200 MB
MOST_META_CLUSTERS = 40  # that are tried where the number is not given


@dataclass(frozen=True)
class Consensus:
    """One grouping of n images by C partitions, which hold M clusters together.

    labels (n,) int64, 0 .. n_clusters - 1, or -1 for an image that no partition put anywhere; ``agreement``
    (n,) float64, 0 to 1, is the share of the C partitions whose cluster of the image is in its meta-cluster.
    ``weights`` (n,) float64, above 0, at most 1: images in dispute weigh most. ``similarity`` (M, M) float64,
    0 to 1, and ``meta_clusters`` (M,) int64 are of the clusters, partition by partition, in each by their
    first images; a meta-cluster that no image went to is -1. ``n_partitions`` is C.
    """

    labels: np.ndarray
    agreement: np.ndarray
    weights: np.ndarray
    similarity: np.ndarray
    meta_clusters: np.ndarray
    n_clusters: int
    n_partitions: int


def wmetac(partitions: np.ndarray, n_clusters: int | None, floor: float = FLOOR) -> Consensus:
    """The consensus of partitions (n, C), whole numbers: each column has the clusters of n images.

    Weighted meta-clustering (wMetaC) of Wan, Kim and Won, "SHARP: hyperfast and accurate processing of
    single-cell RNA-seq data via ensemble random projection" (Genome Research 30, 2020): the clusters of all
    partitions are grouped by ``cluster_similarity``, by R's ward.D on 1 - s, and an image goes to the group
    that most of its clusters are in; of equals, to the lower number. Groups are numbered by their votes: of
    the first image, then of the second, and so on; one that gets no image drops out. ``n_clusters`` of None
    stands for ``median_silhouette_choice``.

    Labels need not be contiguous. -1 is noise, and no cluster: in that partition the image is together with
    no other, and has no vote. Takes O(n (C^2 + K) + M^2) time and O(n (C + K) + M^2) memory, never n x n.
    Raises ValueError if partitions are no whole numbers from -1 of shape (n, C), if none has a cluster, if
    they have more than 5,000, or fewer than n_clusters.
    """
    codes, m = cluster_codes(partitions)
    if m > MOST_CLUSTERS or (n_clusters is not None and not 1 <= n_clusters <= m):
        raise ValueError(
            f"Cannot make {n_clusters} clusters of partitions with {m} clusters. Expected n_clusters from 1 "
            f"to their number, or None, and at most {MOST_CLUSTERS} of them. "
            "Give more or other partitions, or ask for another number."
        )
    weights = image_weights(codes, m, floor)
    similarity = cluster_similarity(codes, m, weights)
    tree = _ward_d(similarity)
    if n_clusters is None:
        n_clusters = median_silhouette_choice(similarity, tree)
    return _voted(codes, cut(tree, n_clusters), weights, similarity)


def cluster_codes(partitions: np.ndarray) -> tuple[np.ndarray, int]:
    """(codes (n, C) int64, M): the clusters of all partitions, numbered through; noise is M.

    Each partition's clusters are numbered in the order of their first images. Raises ValueError as
    ``wmetac`` does.
    """
    partitions = np.asarray(partitions)
    whole = np.issubdtype(partitions.dtype, np.integer)
    if partitions.ndim != 2 or 0 in partitions.shape or not whole or partitions.min() < -1:
        least = partitions.min() if partitions.size else "none"
        raise ValueError(
            "Expected the clusters of n images in C partitions: whole numbers of at least -1 (noise), shape "
            f"(n, C). Received {partitions.dtype}, shape {partitions.shape}, smallest {least}. "
            "Stack the labels of the partitions as columns."
        )
    codes = np.empty(partitions.shape, np.int64)
    m = 0
    for column, labels in enumerate(partitions.T):
        told = labels >= 0
        named = in_order(labels[told])
        codes[told, column] = m + named
        m += int(named.max(initial=-1)) + 1
    if m == 0:
        raise ValueError(
            f"None of {partitions.shape[1]} partitions has a cluster: every label is -1. Expected at least "
            "one cluster. Give partitions that are not noise alone."
        )
    codes[partitions < 0] = m
    return codes, m


def image_weights(codes: np.ndarray, m: int, floor: float = FLOOR) -> np.ndarray:
    """w_i = (4 / n sum_j a_ij (1 - a_ij) + e) / (1 + e) of ``cluster_codes``: float64 (n,).

    a_ij is the share of the C partitions in which images i and j are together, and a_ii is 1. With
    G = Z'Z of the one-hot Z (n, M), sum_j a_ij is 1 / C of the sizes of i's clusters, and sum_j a_ij^2 is
    z_i G z_i' / C^2. Both are counts, so that only the last division rounds. Raises ValueError if e is not
    above 0: unweighted images would leave clusters without a similarity.
    """
    if not floor > 0:
        raise ValueError(
            f"Expected a floor of the weights above 0, received {floor}. The paper's is {FLOOR}."
        )
    n, c = codes.shape
    ones = _one_hot(codes, m, np.ones(n))
    shared = np.zeros((m + 1, m + 1))  # the last row and column are of noise, which shares nothing
    shared[:m, :m] = (ones.T @ ones).toarray()
    sizes = shared.diagonal()[codes].sum(axis=1)
    squares = sizes.copy()
    for first in range(1, c):
        for second in range(first):
            squares += 2 * shared[codes[:, first], codes[:, second]]
    votes = (codes < m).sum(axis=1)
    disputed = c * sizes - squares - votes * (c - votes)  # the last is of i with itself, where it was noise
    return (4 * disputed / (n * c**2) + floor) / (1 + floor)


def cluster_similarity(codes: np.ndarray, m: int, weights: np.ndarray) -> np.ndarray:
    """s_pq, float64 (M, M), 0 to 1: the weight of the clusters' common images over that of their union."""
    shared = (_one_hot(codes, m, weights).T @ _one_hot(codes, m, np.ones(len(codes)))).toarray()
    size = shared.diagonal()
    similarity = np.clip(shared / (size[:, None] + size - shared), 0, 1)
    np.fill_diagonal(similarity, 1)
    return np.maximum(similarity, similarity.T)


def median_silhouette_choice(similarity: np.ndarray, tree: np.ndarray) -> int:
    """The number of meta-clusters from 2 to 40 with the largest median silhouette of the clusters on 1 - s.

    Of equals the smallest number is taken. There are at most M - 1 to try; of two clusters the answer is 1 if
    they are equal, else 2, and of one it is 1.
    """
    m = len(similarity)
    numbers = range(2, min(MOST_META_CLUSTERS, m - 1) + 1)
    if not numbers:
        return 2 if m == 2 and similarity[0, 1] < 1 else 1
    distances = 1 - similarity
    medians = [
        float(np.median(silhouette_samples(distances, cut(tree, k), metric="precomputed"))) for k in numbers
    ]
    return numbers[int(np.argmax(medians))]


def _one_hot(codes: np.ndarray, m: int, values: np.ndarray) -> csr_matrix:
    """Z (n, M): each image's value at each of its clusters."""
    rows, columns = np.nonzero(codes < m)
    return csr_matrix((values[rows], (rows, codes[rows, columns])), shape=(len(codes), m))


def _ward_d(similarity: np.ndarray) -> np.ndarray:
    """The tree of R's ward.D on 1 - s, by SciPy's ward (R's ward.D2) on the roots; heights are roots too."""
    if len(similarity) == 1:
        return np.empty((0, 4))
    return linkage(np.sqrt(squareform(1 - similarity, checks=False)), "ward")


def _voted(codes: np.ndarray, meta: np.ndarray, weights: np.ndarray, similarity: np.ndarray) -> Consensus:
    """Every image to the meta-cluster (of M clusters: ``meta`` (M,)) that most of its clusters are in."""
    n, m = len(codes), len(meta)
    votes = np.zeros((n, meta.max() + 1), np.uint16 if codes.shape[1] < 2**16 else np.uint64)
    for column in codes.T:
        told = np.flatnonzero(column < m)
        votes[told, meta[column[told]]] += 1
    by_votes = sorted(range(votes.shape[1]), key=lambda k: _comparable(votes[:, k]), reverse=True)
    chosen = votes[:, by_votes].argmax(axis=1)
    most = votes.max(axis=1)
    taken = np.unique(chosen[most > 0])
    number = np.full(votes.shape[1], -1)
    number[np.asarray(by_votes)[taken]] = np.arange(len(taken))
    labels = np.where(most > 0, np.searchsorted(taken, chosen), -1)
    c = codes.shape[1]
    return Consensus(labels, most / c, weights, similarity, number[meta], len(taken), c)


def _comparable(votes: np.ndarray) -> bytes:
    """Bytes that compare as the votes (n,) do, one after the other."""
    return votes.astype(votes.dtype.newbyteorder(">")).tobytes()
