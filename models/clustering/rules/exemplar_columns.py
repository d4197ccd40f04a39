"""Exemplars that are compared by some of a point's numbers only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from models.clustering.rows import checked
from models.clustering.rules.assignment import Assignment, Rule
from models.clustering.rules.exemplars import Exemplars


@dataclass(frozen=True)
class ExemplarColumns(Rule):
    """Exemplars of the numbers ``columns`` (c,) int64 of points (n, dimension); the others decide nothing.

    ``rows`` (m, c) float64, ``clusters`` and ``index`` (m,) int64, as in ``Exemplars``.
    """

    kind: ClassVar[str] = "exemplar_columns"

    rows: np.ndarray
    clusters: np.ndarray
    index: np.ndarray
    columns: np.ndarray
    dimension: int

    @property
    def exemplars(self) -> Exemplars:
        """The rule for the chosen columns of a point."""
        return Exemplars(self.rows, self.clusters, self.index)

    def chosen(self, x: np.ndarray) -> np.ndarray:
        """The chosen columns of points x (n, dimension); ValueError for NaN, infinity or another length."""
        x = checked(x)
        if x.shape[1] != self.dimension:
            raise ValueError(
                f"Expected rows of shape (n, {self.dimension}), as the clusters were fitted on; received "
                f"{x.shape}."
            )
        return x[:, self.columns]

    def assign(self, x: np.ndarray) -> Assignment:
        """Points x (n, d) go to the cluster of their nearest exemplar; see ``Rule.assign``."""
        return self.exemplars.assign(self.chosen(x))

    def own_familiarity(self, x: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """As that of ``Exemplars``, for the chosen columns: (n,)."""
        return self.exemplars.own_familiarity(self.chosen(x), labels)
