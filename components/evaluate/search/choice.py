"""Decides which candidate is chosen, by which criterion, and says why."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from components.evaluate.search.criteria import CHOOSE_AMONG, CONSENSUS, CRITERIA, ELBOW, Candidate, Kind
from components.evaluate.search.folds import standard_error
from models.clustering.linkage.elbow import knee

OWN_SHAPES = ("full", "diag", "spherical")  # covariance types whose components differ in shape or size


def choose(
    candidates: Sequence[Candidate],
    criterion: str = "cv_log_likelihood",
    among: str = "shared_covariance",
    standard_errors: float = 0.0,
) -> tuple[int, list[str]]:
    """The index of the candidate that the criterion favours, and the reasons in words. No label is used.

    ``among="shared_covariance"`` chooses from clusterers whose clusters all have one shape (k-means, tied
    mixtures, groupings without a density), so that every component stands for a group. Components with shapes
    of their own also model what is not a group: heavy tails are fitted best by a narrow component inside a
    wide one. Such candidates remain as evidence. They may be chosen with ``among="all"``, or if nothing else
    was tried.

    With ``standard_errors=0`` the best value wins. Above 0, for the cross-validated log-likelihood, the
    candidate with the fewest clusters wins among those of the best one's kind that are within so many
    standard errors of the difference over the folds, because a likelihood hardly falls when one group is
    split in two.

    ``criterion="elbow"`` takes k-means at the elbow of its inertia (P0, equation 5). ``"consensus"`` takes
    what three criteria agree on, see ``by_consensus``: with ``among="all"`` it found the number of 2 to 12
    planted groups most often (docs/results/clusterers.md). On faces, whose groups are many and small, the
    best value did.

    Raises ValueError if the criterion is unknown, or no candidate has it.
    """
    if criterion == ELBOW:
        return at_elbow(candidates)
    if criterion == CONSENSUS:
        return by_consensus(candidates, among)
    if criterion not in CRITERIA:
        expected = ", ".join((*CRITERIA, ELBOW, CONSENSUS))
        raise ValueError(f"Unknown criterion {criterion!r}. Expected one of: {expected}.")
    pool = eligible(candidates, among)
    best, overall = best_of(pool, criterion), best_of(candidates, criterion)
    reasons = [f"Best of {len(pool)} candidates by {best.criterion(criterion)}: {best.title}."]
    chosen = best
    if criterion == "cv_log_likelihood":
        rivals = [c for c in pool if c.criterion(criterion) and within_errors(c, best, 1.0)]
        reasons.append(how_sure(rivals))
        if standard_errors > 0:
            alike = [c for c in pool if c.kind == best.kind and c.criterion(criterion)]
            near = [c for c in alike if within_errors(c, best, standard_errors)]
            chosen = min(near, key=lambda c: c.n_clusters)
            reasons.append(
                f"Chosen: {chosen.title}, the fewest of its kind within {standard_errors:g} standard errors."
            )
    if overall is not best:
        reasons.append(
            f"{overall.title} has {overall.criterion(criterion)}, but was not chosen from: its components "
            "have shapes of their own, and may fit tails instead of groups."
        )
    dropped = sum(1 for c in candidates if c.dropped)
    if dropped:
        reasons.append(f"{dropped} of {len(candidates)} candidates were dropped, each with its reason.")
    return next(i for i, c in enumerate(candidates) if c is chosen), reasons


def by_consensus(candidates: Sequence[Candidate], among: str) -> tuple[int, list[str]]:
    """The index of the best candidate with the number of clusters that three criteria agree on, and why.

    The number is the median of what three criteria ask for: the cross-validated log-likelihood (the fewest of
    the best one's kind within one standard error), BIC and ICL. Each errs in its own way: the first splits
    groups that no Gaussian fits, BIC trusts a wrong family of many components, and ICL joins groups that
    overlap. Among the candidates with that number the cross-validated log-likelihood decides.
    """
    pool = eligible(candidates, among)
    best = best_of(pool, "cv_log_likelihood")
    near = [
        c
        for c in pool
        if c.kind == best.kind and c.criterion("cv_log_likelihood") and within_errors(c, best, 1.0)
    ]
    asked = {
        "cross-validation": min(near, key=lambda c: c.n_clusters),
        "BIC": best_of(pool, "bic"),
        "ICL": best_of(pool, "icl"),
    }
    number = sorted(c.n_clusters for c in asked.values())[1]
    chosen = best_of([c for c in pool if c.n_clusters == number], "cv_log_likelihood")
    votes = ", ".join(f"{name} asks for {c.n_clusters} ({c.title})" for name, c in asked.items())
    reasons = [f"{votes}: the median is {number}.", f"The best of them by cross-validation: {chosen.title}."]
    return next(i for i, c in enumerate(candidates) if c is chosen), reasons


def inertia_curve(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates of k-means that have an inertia, by their number of clusters."""
    found = [c for c in candidates if c.clusterer == "kmeans" and c.inertia is not None and not c.dropped]
    return sorted(found, key=lambda c: c.n_clusters)


def at_elbow(candidates: Sequence[Candidate]) -> tuple[int, list[str]]:
    """The index of k-means at the elbow of its inertia (P0, equation 5), and the reason in words."""
    curve = inertia_curve(candidates)
    if len(curve) < 3:
        raise ValueError(
            f"No elbow in {len(curve)} candidates of kmeans. Expected at least 3 numbers of clusters: add "
            "kmeans to clusterers, and leave n_clusters to auto or a range."
        )
    ks, inertias = [c.n_clusters for c in curve], np.array([c.inertia for c in curve], float)
    chosen = curve[knee(np.array(ks), inertias)]
    reason = (
        f"Elbow of the inertia (P0, equation 5) over {ks[0]} to {ks[-1]} clusters, furthest from the chord: "
        f"{chosen.title}."
    )
    return next(i for i, c in enumerate(candidates) if c is chosen), [reason]


def how_sure(rivals: Sequence[Candidate]) -> str:
    """Says which candidates are as good as the best within chance; it is one of the ``rivals``."""
    if len(rivals) == 1:
        return "No other lies within one standard error of the difference to it."
    numbers = sorted({c.n_clusters for c in rivals})
    return (
        f"{len(rivals)} of them, the best included, lie within one standard error of the difference to it: "
        f"{numbers[0]} to {numbers[-1]} clusters."
    )


def eligible(candidates: Sequence[Candidate], among: str) -> list[Candidate]:
    """The candidates that may be chosen; raises ValueError if ``among`` is unknown."""
    if among not in CHOOSE_AMONG:
        raise ValueError(f"Unknown choose_among {among!r}. Expected one of: {', '.join(CHOOSE_AMONG)}.")
    shared = [c for c in candidates if c.variant not in OWN_SHAPES]
    if among == "all" or all(c.dropped for c in shared):
        return list(candidates)
    return shared


def best_of(candidates: Sequence[Candidate], criterion: str) -> Candidate:
    """The first of the best candidates by the criterion; raises ValueError if none has it."""
    best, highest = None, None
    for candidate in candidates:
        value = candidate.criterion(criterion)
        if value is not None and (highest is None or value.gain_over(highest) > 0):
            best, highest = candidate, value
    if best is None:
        reasons = {f"{c.title}: {c.dropped or f'no {criterion}'}" for c in candidates}
        known = [name for name in CRITERIA if any(c.criterion(name) for c in candidates)]
        raise ValueError(
            f"No candidate has the criterion {criterion!r}; {'; '.join(sorted(reasons)[:5])}. "
            + (f"Choose by criterion={' or '.join(known)}, ask" if known else "Ask")
            + " for fewer clusters, other covariance types, or give more photos."
        )
    return best


def best_kinds(candidates: Sequence[Candidate], criterion: str) -> list[Kind]:
    """The kinds that have the criterion, sorted by their best candidates, the best first."""
    best = []
    for kind in dict.fromkeys(candidate.kind for candidate in candidates):
        of_kind = [candidate for candidate in candidates if candidate.kind == kind]
        if any(candidate.criterion(criterion) for candidate in of_kind):
            best.append(best_of(of_kind, criterion))
    ordered = []
    while best:
        ordered.append(best_of(best, criterion).kind)
        best = [candidate for candidate in best if candidate.kind != ordered[-1]]
    return ordered


def within_errors(candidate: Candidate, best: Candidate, standard_errors: float) -> bool:
    """Whether the candidate is behind the best by at most so many standard errors over the folds."""
    behind = np.subtract(best.cv_folds, candidate.cv_folds)
    return bool(behind.mean() <= standard_errors * standard_error(behind))
