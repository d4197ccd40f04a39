"""One grouping of several runs of any clusterer, each from its own seed."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import clone

from models.clustering.graphs.chinese_whispers import in_order
from models.clustering.partition_clusterer import Partition, PartitionClusterer
from models.clustering.rows import Rows
from models.clustering.rules.exemplars import exemplars_of
from models.devices.threads import in_threads
from models.subspaces.wmetac import wmetac

LARGEST_SEED = 2**31 - 1


class SeveralRuns(PartitionClusterer):
    """The consensus of ``n_runs`` runs of ``estimator`` by wMetaC; new rows go to the nearest fitted row.

    The seeds are drawn by ``random_state``. With ``n_clusters`` None, for an estimator that finds the number
    itself, the consensus has the median of the runs' numbers (of two in the middle the lower): wMetaC's own
    choice takes a median over few clusters, and of equal runs, which cannot be told apart better, it joins
    groups.

    A row that a run leaves out (-1) has no vote of that run. It is left out of the consensus too where more
    runs leave it out than vote for its group. Once fitted there are also ``seeds_`` (n_runs,) int,
    ``partitions_`` (n, n_runs) int64, and ``agreement_`` (n,) float64, see ``agreement_with``.
    """

    def __init__(
        self,
        estimator: Any,
        n_runs: int = 5,
        n_clusters: int | None = None,
        random_state: int | None = None,
    ) -> None:
        self.estimator = estimator
        self.n_runs = n_runs
        self.n_clusters = n_clusters
        self.random_state = random_state

    def partition(self, rows: Rows) -> Partition:
        """The consensus. Raises ValueError if ``n_runs`` is less than 2, and what the estimator raises."""
        if self.n_runs < 2:
            raise ValueError(f"A consensus needs at least 2 runs, received n_runs={self.n_runs}.")
        generator = np.random.default_rng(self.random_state)
        self.seeds_ = generator.integers(LARGEST_SEED, size=self.n_runs)

        def run(seed: int) -> np.ndarray:
            fitted = clone(self.estimator).set_params(random_state=seed)
            labels: np.ndarray = fitted.fit(rows.x, groups=rows.photos).labels_
            return labels

        self.partitions_ = np.column_stack(in_threads(run, self.seeds_.tolist()))
        labels = consensus_with_noise(self.partitions_, self.n_clusters)
        self.agreement_ = agreement_with(labels, self.partitions_)
        return Partition(labels, exemplars_of(rows.x, labels, self.random_state))


def consensus_with_noise(partitions: np.ndarray, n_clusters: int | None) -> np.ndarray:
    """The consensus int64 (n,) of the runs' labels (n, C); -1 is no cluster, see ``SeveralRuns``."""
    n = len(partitions)
    if partitions.max() < 0:  # every run left everything out
        return np.full(n, -1)
    asked = median_number(partitions) if n_clusters is None else n_clusters
    found = wmetac(partitions, min(asked, int((partitions.max(axis=0) + 1).sum())))
    kept = (partitions < 0).mean(axis=1) <= found.agreement
    labels = np.full(n, -1)
    labels[kept] = in_order(found.labels[kept])
    return labels


def median_number(partitions: np.ndarray) -> int:
    """The median number of clusters of labels (n, C), of two in the middle the lower, and at least 1."""
    numbers = np.sort(partitions.max(axis=0) + 1)
    return max(1, int(numbers[(len(numbers) - 1) // 2]))


def agreement_with(labels: np.ndarray, partitions: np.ndarray) -> np.ndarray:
    """The share of the runs that have a row where ``labels`` (n,) have it: float64 (n,), 0 to 1.

    A run has it there if most rows of its cluster of the row are in the row's group, of equally many groups
    the first; for a row in no group, if the run left it out too.
    """
    agreed = np.zeros(len(labels))
    for run in partitions.T:
        table = np.zeros((run.max() + 1, labels.max() + 2))  # the last column is of rows in no group
        told = run >= 0
        np.add.at(table, (run[told], labels[told]), 1)
        place = np.append(table.argmax(axis=1), table.shape[1] - 1)
        place[place == table.shape[1] - 1] = -1
        agreed += place[run] == labels
    return agreed / partitions.shape[1]
