"""What every rule says about new points: their cluster, how clear that is, and how familiar they are.

``RULES`` is the one place to add a rule. It names the class of each kind and the graph that serves it as
strings, so neither is imported before it is needed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from schemas.entry import Entry, entry_of

if TYPE_CHECKING:
    from models.clustering.rules.mixture import Mixture

LOWEST = float(np.finfo(np.float64).min)
UNKNOWN_SHARE = 0.01  # of the fitted rows that count as unknown
NOISE = -1
BLOCK = 4_000_000  # distances or densities computed at a time, 32 MB
KIND = "rule"  # the array in a file that names the rule's kind


@dataclass(frozen=True)
class Assignment:
    """For each of n points: ``cluster`` int64 (-1 for noise), ``confidence`` from 0 to 1, ``familiarity``.

    For a mixture, the confidence is the posterior of the cluster, and the familiarity is the log density in
    nats. For exemplars, they are ``models.clustering.rules.exemplars.confidence`` and minus the squared
    distance to the nearest exemplar. For averages they are the same with 1 minus the cosine as the distance.
    """

    cluster: np.ndarray
    confidence: np.ndarray
    familiarity: np.ndarray


@dataclass(frozen=True)
class Rule(ABC):
    """How a fitted clusterer assigns new points: a frozen dataclass of arrays, numbers and strings."""

    kind: ClassVar[str]  # its name in RULES

    @property
    def density(self) -> Mixture | None:
        """The Gaussian mixture that the rule is, or None for a rule without a density."""
        return None

    @property
    def known_above(self) -> float | None:
        """The familiarity below which a point counts as unknown, for a rule that knows it by itself."""
        return None

    @abstractmethod
    def assign(self, x: np.ndarray) -> Assignment:
        """Applies the rule to points x (n, d); raises ValueError for NaN, infinity or another d."""

    @abstractmethod
    def own_familiarity(self, x: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """How familiar the fitted rows x (n, d) of labels (n,) are to the others of their cluster: (n,).

        A row is not compared with itself, so it is NaN if its cluster has nothing else to compare it with.
        """

    def distances(self, x: np.ndarray) -> np.ndarray | None:
        """How far points x (n, d) are from each group, 1 minus a cosine at least 0: float64 (n, k).

        None for a rule that knows no such distance. Raises ValueError as ``assign`` does.
        """
        return None

    def arrays(self) -> dict[str, Any]:
        """The rule as arrays for a file, from which ``rule_from`` restores it."""
        values = {field.name: np.asarray(getattr(self, field.name)) for field in fields(self)}
        return {KIND: np.asarray(self.kind), **values}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Rule:
        """Restores the rule from what ``arrays`` returned; further arrays are ignored."""
        values = {field.name: arrays[field.name] for field in fields(cls)}
        return cls(**{name: value.item() if value.ndim == 0 else value for name, value in values.items()})


@dataclass(frozen=True)
class RuleEntry(Entry):
    """A kind of rule: where its class is, and where the graph is that serves it (``served``).

    ``told_by`` is an array that no other kind has. It identifies the kind in a file that does not name it.
    """

    served: Entry
    told_by: str


RULES = {
    "mixture": RuleEntry(
        "models.clustering.rules.mixture:Mixture",
        Entry("models.clustering.rules.served_rules:ServedMixture"),
        "precisions_cholesky",
    ),
    "exemplar_columns": RuleEntry(
        "models.clustering.rules.exemplar_columns:ExemplarColumns",
        Entry("models.clustering.rules.served_rules:ServedExemplarColumns"),
        "columns",
    ),
    "exemplars": RuleEntry(
        "models.clustering.rules.exemplars:Exemplars",
        Entry("models.clustering.rules.served_rules:ServedExemplars"),
        "clusters",
    ),
    "averages": RuleEntry(
        "models.clustering.rules.nearest_mean:Averages",
        Entry("models.clustering.rules.served_rules:ServedAverages"),
        "directions",
    ),
    "people": RuleEntry(
        "models.clustering.rules.people:People",
        Entry("models.clustering.rules.served_rules:ServedPeople"),
        "crowd",
    ),
    "largest_logit": RuleEntry(
        "models.clustering.rules.largest_logit:LargestLogit",
        Entry("models.clustering.rules.served_rules:ServedLargestLogit"),
        "logits",
    ),
}


def rule_from(arrays: Mapping[str, np.ndarray]) -> Rule:
    """The rule in a file's arrays, which may hold others too; raises ValueError if there is no known rule."""
    if KIND in arrays:
        kinds = [str(arrays[KIND])]
    else:  # written before a file told its rule's kind
        kinds = [kind for kind, entry in RULES.items() if entry.told_by in arrays]
    if not kinds:
        raise ValueError(
            f"No rule for new points in the arrays {', '.join(sorted(arrays)) or 'none'}. Expected those of "
            f"one of: {', '.join(RULES)}. Evaluate the model again."
        )
    entry = entry_of(RULES, kinds[0], "rule", "models/clustering/rules/assignment.py")
    return entry.load().from_arrays(arrays)


def unknown_below(rule: Rule, x: np.ndarray, labels: np.ndarray) -> float:
    """The familiarity that 1% of the fitted rows x (n, d) fall below; points below it count as unknown.

    A rule that knows its own limit has that. ``labels`` (n,) are the fitted labels. Rows that can be compared
    with nothing but themselves are left out. If that is true of all rows, it is the lowest float64, which
    JSON can hold.
    """
    if rule.known_above is not None:
        return rule.known_above
    familiarity = rule.own_familiarity(x, labels)
    familiarity = familiarity[np.isfinite(familiarity)]
    return float(np.quantile(familiarity, UNKNOWN_SHARE)) if len(familiarity) else LOWEST


def is_unknown(found: Assignment, below: float) -> np.ndarray:
    """Which points are noise, or less familiar than ``below``: bool (n,)."""
    return (found.cluster == NOISE) | (found.familiarity < below)
