"""The clusterer of consensus subspace clustering: many spectral groupings, and their consensus."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import adjusted_rand_score

from models.clustering.clusterers import VOTES
from models.clustering.graphs.njw import N_NEIGHBORS
from models.clustering.partition_clusterer import Partition, PartitionClusterer
from models.clustering.rows import Rows
from models.clustering.rules.exemplar_columns import ExemplarColumns
from models.clustering.rules.exemplars import exemplars_of
from models.devices.threads import in_threads
from models.subspaces.grouping import Grouping
from models.subspaces.several_decoders import subspaces
from models.subspaces.wmetac import Consensus, wmetac

LARGEST_SEED = 2**31 - 1


class ConsensusClusterer(PartitionClusterer):
    """Consensus subspace clustering (P2, section 5.3): rows are members' blocks [mean, variance].

    Of each member ``n_subspaces`` are drawn (``several_decoders.subspaces``), each is grouped by ``njw``, and
    wMetaC makes one grouping of all. A block is ``subspace_dim`` means and as many variances; with 0 a row is
    the mean of one member, without a variance, so that its groupings differ by their seeds alone. ``votes``:
    all groupings vote, or of each member the one that agrees best with all others (mean ARI). If
    ``n_clusters`` is None, ``choice_of_k`` finds that of each grouping, and wMetaC that of the consensus.
    Not of the paper: ``grouping`` "umap" in place of "njw", and ``clusters_each`` of a grouping, cut to
    ``n_clusters`` by wMetaC; see ``Grouping``.

    New rows go to the cluster of the nearest fitted row, by the means alone. Once fitted there are also
    ``partitions_`` (n, C) int64 and ``consensus_``, the ``Consensus``.
    """

    def __init__(
        self,
        n_clusters: int | None = 10,
        random_state: int | None = None,
        subspace_dim: int = 0,
        n_subspaces: int = 3,
        subspace_noise: float = 0.25,
        n_neighbors: int = N_NEIGHBORS,
        votes: str = "all",
        grouping: str = "njw",
        affinity: str = "self-tuning",
        clusters_each: int = 0,
    ) -> None:
        self.n_clusters = n_clusters
        self.random_state = random_state
        self.subspace_dim = subspace_dim
        self.n_subspaces = n_subspaces
        self.subspace_noise = subspace_noise
        self.n_neighbors = n_neighbors
        self.votes = votes
        self.grouping = grouping
        self.affinity = affinity
        self.clusters_each = clusters_each

    def partition(self, rows: Rows) -> Partition:
        """The consensus of the groupings of all drawn subspaces.

        Raises ValueError if rows are no whole number of blocks, or ``votes`` is unknown.
        """
        if self.votes not in VOTES:
            raise ValueError(f"Unknown votes {self.votes!r}. Expected one of: {', '.join(VOTES)}.")
        means = mean_columns(rows.x.shape[1], self.subspace_dim)
        self.partitions_ = self._groupings(rows.x, means)
        voting = self.partitions_
        if self.votes == "best_of_run":
            voting = voting[:, best_of_each(voting, self.n_subspaces)]
        found: Consensus = wmetac(voting, self._asked(voting))
        self.consensus_ = found
        rule = exemplars_of(rows.x[:, means], found.labels, self.random_state)
        columns = ExemplarColumns(rule.rows, rule.clusters, rule.index, means, rows.x.shape[1])
        return Partition(found.labels, columns)

    def _asked(self, voting: np.ndarray) -> int | None:
        """The number of clusters of the consensus; groupings of equal rows may have fewer."""
        if self.n_clusters is None:
            return None
        return min(self.n_clusters, int((voting.max(axis=0) + 1).sum()))

    def _groupings(self, x: np.ndarray, means: np.ndarray) -> np.ndarray:
        """The labels (n, C) of all drawn subspaces of rows x (n, d), member by member."""
        dim = self.subspace_dim or x.shape[1]
        members = means.reshape(-1, dim)
        generator = np.random.default_rng(self.random_state)
        drawn: list[np.ndarray] = []
        seeds: list[int] = []
        for columns in members:
            seed = int(generator.integers(LARGEST_SEED))
            mean = x[:, columns]
            variance = x[:, columns + dim] if self.subspace_dim else np.zeros_like(mean)
            drawn += list(
                subspaces(mean, np.maximum(variance, 0), self.n_subspaces, self.subspace_noise, seed)
            )
            seeds += generator.integers(LARGEST_SEED, size=self.n_subspaces).tolist()
        way = Grouping(self.grouping, self.clusters_each or self.n_clusters, self.affinity, self.n_neighbors)
        items = list(zip(drawn, seeds, strict=True))
        if self.grouping == "umap":  # its threads do not bear others beside them
            return np.column_stack([way.labels(points, seed) for points, seed in items])
        return np.column_stack(in_threads(lambda item: way.labels(*item), items))


def mean_columns(d: int, subspace_dim: int) -> np.ndarray:
    """Which of a row's d numbers are means: int64, member by member; all of them if subspace_dim is 0.

    Raises ValueError if d is no whole number of blocks of 2 subspace_dim.
    """
    if not subspace_dim:
        return np.arange(d)
    if d % (2 * subspace_dim):
        raise ValueError(
            f"Rows of {d} numbers are no blocks of {subspace_dim} means and as many variances. Expected a "
            f"multiple of {2 * subspace_dim}, as model=csc makes them. Set reduction=uncentred, or another "
            "clusterer."
        )
    return np.arange(d).reshape(-1, 2, subspace_dim)[:, 0].ravel()


def best_of_each(partitions: np.ndarray, n_subspaces: int) -> np.ndarray:
    """Of each run of ``n_subspaces`` columns (n, C) the one of highest mean ARI with all others: (runs,)."""
    c = partitions.shape[1]
    agreement = mutual_agreement(partitions)
    runs = agreement.reshape(c // n_subspaces, n_subspaces)
    return runs.argmax(axis=1) + n_subspaces * np.arange(len(runs))


def mutual_agreement(partitions: np.ndarray) -> np.ndarray:
    """The mean ARI of each of the partitions (n, C) with all others: float64 (C,); 1 of a single one."""
    c = partitions.shape[1]
    if c == 1:
        return np.ones(1)
    table = np.zeros((c, c))
    for i in range(c):
        for j in range(i):
            table[i, j] = table[j, i] = adjusted_rand_score(partitions[:, i], partitions[:, j])
    return table.sum(axis=1) / (c - 1)
