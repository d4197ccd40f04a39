"""Verification: are two faces one person? ROC over pairs by the cosine of their embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score, roc_curve

from components.evaluate.figures.metrics import labelled
from schemas.samples import batches_of

MAX_PAIRS = 500_000  # of each sort; a ROC does not depend on their numbers
POINTS = 200
GRAM_ROWS = 4000  # up to so many rows all cosines are computed at once, 128 MB
BLOCK = 2**23  # numbers of either side of the pairs that are looked at together
COLUMNS = 512  # whose mean is found at a time
PROTOCOLS = ("identity", "self_label")


@dataclass(frozen=True)
class Roc:
    """A thinned ROC curve; auc and eer (equal error rate) are those of the whole curve.

    ``n_pos`` and ``n_neg`` pairs were used, of ``pos_total`` and ``neg_total`` that exist. If there is no
    curve, ``undefined`` says why, and auc and eer are None.
    """

    protocol: str
    fpr: list[float]
    tpr: list[float]
    thresholds: list[float]
    auc: float | None
    eer: float | None
    n_pos: int
    n_neg: int
    pos_total: int
    neg_total: int
    undefined: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values only, ready for JSON."""
        return asdict(self)


def verification_roc(
    embeddings: np.ndarray,
    labels: Sequence[Any],
    protocol: str = "identity",
    max_pairs: int = MAX_PAIRS,
    random_state: int = 0,
) -> Roc:
    """ROC over pairs of labelled faces, scored by the cosine of their centred embeddings (n, d).

    ``protocol="identity"``: labels are identities, and faces labelled None are left out.
    ``protocol="self_label"``: labels are the clusterer's own. P0 takes them as truth, which shows how the
    clusterer agrees with itself and not whether it is right. Of either sort at most ``max_pairs`` are used, a
    seeded sample. Raises ValueError on an unknown protocol or different lengths.
    """
    if protocol not in PROTOCOLS:
        raise ValueError(f"Unknown protocol {protocol!r}. Expected one of: {', '.join(PROTOCOLS)}.")
    x = np.asarray(embeddings, np.float64)
    if len(labels) != len(x):
        raise ValueError(f"Expected one label a face: received {len(labels)} for {len(x)} faces.")
    known = labelled(labels)
    truth = np.unique([str(label) for label in labels if label is not None], return_inverse=True)[1]
    x = x[known]
    sizes = np.bincount(truth) if len(truth) else np.zeros(0, np.int64)
    pos_total = int((sizes * (sizes - 1) // 2).sum())
    neg_total = len(truth) * (len(truth) - 1) // 2 - pos_total
    if not pos_total or not neg_total:
        why = f"{len(truth)} labelled faces give {pos_total} pairs of one person and {neg_total} of two"
        return Roc(protocol, [], [], [], None, None, 0, 0, pos_total, neg_total, why)
    generator = np.random.default_rng(random_state)
    positive = positive_pairs(truth, max_pairs, generator)
    negative = negative_pairs(truth, neg_total, max_pairs, generator)
    scores = np.concatenate([cosine(x, positive), cosine(x, negative)])
    same = np.repeat([1, 0], [len(positive), len(negative)])
    return _curve(same, scores, protocol, (pos_total, neg_total))


def _curve(same: np.ndarray, scores: np.ndarray, protocol: str, totals: tuple[int, int]) -> Roc:
    fpr, tpr, thresholds = roc_curve(same, scores)
    thresholds[0] = thresholds[1]  # scikit-learn starts at infinity, which JSON does not have
    kept = thinned(fpr, tpr, POINTS)
    return Roc(
        protocol=protocol,
        fpr=fpr[kept].tolist(),
        tpr=tpr[kept].tolist(),
        thresholds=thresholds[kept].tolist(),
        auc=float(roc_auc_score(same, scores)),
        eer=equal_error_rate(fpr, tpr),
        n_pos=int(same.sum()),
        n_neg=int((1 - same).sum()),
        pos_total=totals[0],
        neg_total=totals[1],
    )


def equal_error_rate(fpr: np.ndarray, tpr: np.ndarray) -> float:
    """The rate at which false accepts equal false rejects, interpolated along the curve: 0 to 1."""
    gap = fpr - (1 - tpr)  # rises from -1 to 1
    after = int(np.argmax(gap >= 0))
    before = max(after - 1, 0)
    step = gap[after] - gap[before]
    share = -gap[before] / step if step > 0 else 0.0
    return float(fpr[before] + share * (fpr[after] - fpr[before]))


def thinned(fpr: np.ndarray, tpr: np.ndarray, points: int) -> np.ndarray:
    """Indices of at most ``points`` points spread evenly along the curve, both ends among them."""
    if len(fpr) <= points:
        return np.arange(len(fpr))
    targets = np.linspace(0, 2, points)
    kept: np.ndarray = np.unique(np.clip(np.searchsorted(fpr + tpr, targets), 0, len(fpr) - 1))
    return kept


def cosine(x: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Cosine of each pair (p, 2) of rows x (n, d) about their mean: float64 (p,), -1 to 1.

    That of a zero vector is 0. No float64 copy of all rows is made, only of those that a pair names.
    """
    middle = mean_row(x)
    if len(x) <= GRAM_ROWS and len(chosen) > len(x):  # one product for all pairs
        unit = unit_about(x, middle)
        found: np.ndarray = (unit @ unit.T)[chosen[:, 0], chosen[:, 1]]
        return found
    used, places = np.unique(chosen, return_inverse=True)
    unit, places = unit_about(x[used], middle), places.reshape(chosen.shape)
    out = np.empty(len(chosen))
    for part in batches_of(len(chosen), max(1, BLOCK // x.shape[1])):
        out[part] = np.einsum("ij,ij->i", unit[places[part, 0]], unit[places[part, 1]])
    return out


def mean_row(x: np.ndarray) -> np.ndarray:
    """The mean (d,) float64 of rows x (n, d), n >= 1, as of a float64 copy, some columns at a time."""
    parts = np.array_split(x, -(-x.shape[1] // COLUMNS), axis=1)
    return np.concatenate([part.astype(np.float64).mean(axis=0) for part in parts])


def unit_about(x: np.ndarray, origin: np.ndarray) -> np.ndarray:
    """Rows x (n, d) about the origin (d,), of length 1, those at the origin 0: float64."""
    unit: np.ndarray = x - origin
    unit /= np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-12)
    return unit


def positive_pairs(truth: np.ndarray, limit: int, generator: np.random.Generator) -> np.ndarray:
    """Pairs (p, 2) of rows with one label: all of them, or ``limit`` drawn evenly with replacement."""
    order = np.argsort(truth, kind="stable")
    sizes = np.bincount(truth)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    counts = sizes * (sizes - 1) // 2
    if counts.sum() <= limit:
        inside = [
            start + np.stack(np.triu_indices(size, 1), 1) for start, size in zip(starts, sizes, strict=True)
        ]
        return np.asarray(order[np.concatenate(inside)])
    group = generator.choice(len(sizes), limit, p=counts / counts.sum())
    first = generator.integers(0, sizes[group])
    second = (first + generator.integers(1, sizes[group])) % sizes[group]
    return np.asarray(order[np.stack([starts[group] + first, starts[group] + second], 1)])


def negative_pairs(truth: np.ndarray, total: int, limit: int, generator: np.random.Generator) -> np.ndarray:
    """Pairs (p, 2) of rows with two labels: all of them, or ``limit`` drawn evenly with replacement.

    The first row is drawn by the number of rows that differ from it, and the second evenly among those. No
    draw is rejected, so that a few such pairs among many are found just as fast.
    """
    n = len(truth)
    order = np.argsort(truth, kind="stable")
    sizes = np.bincount(truth)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    if total <= limit:
        blocks = []
        for start, size in zip(starts[:-1], sizes[:-1], strict=True):
            first, second = np.arange(start, start + size), np.arange(start + size, n)
            blocks.append(np.stack(np.meshgrid(first, second, indexing="ij"), -1).reshape(-1, 2))
        return np.asarray(order[np.concatenate(blocks)])
    weights = sizes * (n - sizes)
    group = generator.choice(len(sizes), limit, p=weights / weights.sum())
    first = starts[group] + generator.integers(0, sizes[group])
    after = starts[group] + sizes[group]
    second = (
        after + generator.integers(0, n - sizes[group])
    ) % n  # the rows after the group, then from the first on
    return np.asarray(order[np.stack([first, second], 1)])
