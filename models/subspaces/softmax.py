"""The clusterer of a network that has learned its groups: each row goes to the class of its largest logit."""

from __future__ import annotations

import numpy as np

from models.clustering.partition_clusterer import Partition, PartitionClusterer
from models.clustering.rows import Rows
from models.clustering.rules.largest_logit import largest_logit_of


class SoftmaxClusterer(PartitionClusterer):
    """The classes that a network gives: the last ``n_logits`` numbers of a row are their logits.

    It finds the number of groups itself: classes that no row is in drop out. With ``n_logits=None`` all
    numbers of a row are logits; 0 is that of an embedding that has none.
    """

    def __init__(self, n_logits: int | None = None, random_state: int | None = None) -> None:
        self.n_logits = n_logits
        self.random_state = random_state

    def partition(self, rows: Rows) -> Partition:
        """The classes of rows x (n, d); raises ValueError unless there are 1 to d logits."""
        d = rows.x.shape[1]
        n_logits = d if self.n_logits is None else self.n_logits
        if not 1 <= n_logits <= d:
            raise ValueError(
                f"softmax reads the groups from the last numbers of a row. Expected 1 to {d} logits; "
                f"received n_logits={n_logits}. Set model=taught_by_groups and reduction=uncentred, or "
                "another clusterer."
            )
        labels, rule = largest_logit_of(rows.x, np.arange(d - n_logits, d))
        return Partition(labels, rule)
