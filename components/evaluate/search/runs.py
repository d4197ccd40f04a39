"""How far several runs of the chosen clusterer differ, as figures and in words."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.metrics import adjusted_rand_score

from models.subspaces.consensus import mutual_agreement
from models.subspaces.several_runs import SeveralRuns


def facts_of_runs(fitted: SeveralRuns) -> dict[str, Any]:
    """The spread of the runs of a fitted consensus, plain values.

    ``seeds`` and ``n_clusters`` of each run; ``agreement``, its mean ARI with the others, and ``ari``, the
    mean over all pairs; ``with_consensus``, its ARI with the consensus; ``disputed_share``, the share of rows
    that not all runs have where the consensus has them (``several_runs.agreement_with``). Rows in no cluster
    count as one cluster in an ARI.
    """
    runs = fitted.partitions_
    agreement = mutual_agreement(runs)
    return {
        "seeds": fitted.seeds_.tolist(),
        "n_clusters": (runs.max(axis=0) + 1).tolist(),
        "agreement": agreement.tolist(),
        "ari": float(agreement.mean()),
        "with_consensus": [float(adjusted_rand_score(fitted.labels_, run)) for run in runs.T],
        "disputed_share": float(np.mean(fitted.agreement_ < 1)),
    }


def words_of_runs(facts: dict[str, Any]) -> str:
    """The spread in one or two sentences, for the reasons of a choice."""
    agreement, numbers = facts["agreement"], facts["n_clusters"]
    least, most = min(numbers), max(numbers)
    of = f"{least} clusters" if least == most else f"{least} to {most} clusters"
    said = f"The groups are the consensus (wMetaC) of {len(agreement)} runs from other seeds, with {of} each"
    if min(agreement) == 1:
        return f"{said}. All runs are equal: on these faces the seed changes nothing."
    return (
        f"{said}. The runs agree by a mean ARI of {facts['ari']:.4f}, one with the others by "
        f"{min(agreement):.4f} to {max(agreement):.4f}; some run has {facts['disputed_share']:.2%} of the "
        "faces elsewhere than the consensus."
    )
