"""Where average linkage is cut, so that groups are people: from the distances alone, without labels.

Pairs of strangers are nearly all pairs. What is left between the groups of a cut is therefore a sample of what
average linkage sees between strangers, for groups of those very sizes, with its look-alikes; its tail tells how
many pairs the next step of the cut would join if all were strangers. People are where more than that are joined.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from models.hierarchy import merge_threshold
from models.ward import cut, group_means

STEP = 0.25  # of the spread of random pairs, from one cut that is tried to the next
MOST_CUTS = 120
MOST_GROUPS = 400  # a seeded sample of groups, between which strangers are looked at
FEWEST_GROUPS = 4  # fewer are no sample of strangers
TAIL = (0.80, 0.95)  # shares of strangers' pairs between which their tail is measured
TAIL_SHAPES = (0.8, 2.0)  # a little heavier than exponential, to Gaussian
OUTLIERS = 0.99  # share of the pairs, by deviation, that the spread is measured on
PENALTY = 0.25  # power of the joined pairs that the expected true ones are divided by
FEWEST_DIMENSIONS = 8.0  # that count; in fewer the distances of strangers have no narrow law
PAIRS = 200_000  # seeded random pairs that give the grid its scale


@dataclass(frozen=True)
class Strangers:
    """How far apart strangers are: the mean squared distance between groups of m and n of their rows.

    ``centre`` is its median, ``variances`` (3,) the parts a + b (1/m + 1/n) + c / (m n) of its variance, and
    P(nearer than centre - z deviations) = exp(-(z / scale)^shape) / 2 for z >= 0: shape 2 is about Gaussian,
    1 exponential, as look-alikes make it.
    """

    centre: float
    variances: np.ndarray
    scale: float
    shape: float

    def deviation(self, m: np.ndarray, n: np.ndarray) -> np.ndarray:
        """Standard deviation between groups of m and of n rows."""
        return np.sqrt(np.maximum(size_terms(m, n) @ self.variances, 1e-12 * self.centre**2 + 1e-300))

    def nearer(self, height: float, m: np.ndarray, n: np.ndarray) -> np.ndarray:
        """Probability that strangers' groups of m and of n rows are at most that far apart."""
        z = (self.centre - height) / self.deviation(m, n)
        beyond = 0.5 * np.exp(-((np.abs(z) / self.scale) ** self.shape))
        return np.where(z > 0, beyond, 1 - beyond)


@dataclass(frozen=True)
class IdentityThreshold:
    """The height that was chosen, why in words, and what was looked at, each (c,) for c cuts tried.

    ``joined`` pairs of rows are in one group at a cut, ``false`` of them are expected to be strangers', and
    ``score`` is what was made largest. ``strangers`` is the fit at the chosen cut, None where there is none.
    """

    height: float
    reason: str
    heights: np.ndarray
    joined: np.ndarray
    false: np.ndarray
    score: np.ndarray
    strangers: Strangers | None


def identity_threshold(
    x: np.ndarray, tree: np.ndarray, random_state: int | None = 0, strangers: float | None = None
) -> IdentityThreshold:
    """The height at which the tree of ``average_tree`` of rows x (n, d) is cut, a squared distance.

    For every cut of a grid: the groups that it leaves are taken for different people, as nearly all pairs of
    them are. The variance between them is fitted to their sizes, and the tail to the 80% and 95% quantiles,
    pairs of rows counting alike; beyond, an empirical null as Efron's (JASA 99(465), 2004), not a normal one.
    It says how many pairs of rows the next step would join by chance. The cut that is taken has the most pairs
    beyond chance, over a power of all that are joined: at a half that would be the expected Fowlkes-Mallows
    index (JASA 78(383), 1983); a quarter, because chance counts every pair of groups that comes within reach,
    of which one merge uses up several.

    ``strangers`` is the mean squared distance of two strangers where it is known from elsewhere (2 for unit
    rows about the mean of many people). Without it rows of one single person look like strangers to each
    other, and stay apart. In fewer than about eight dimensions the knee of the heights is taken.
    """
    n = len(tree) + 1
    if n < 2:
        return unsearched(0.0, "One row is one group.")
    spread, mean = random_distances(x, random_state)
    if spread == 0 or (mean / spread) ** 2 < FEWEST_DIMENSIONS:
        knee = merge_threshold(tree)
        reason = "Too few dimensions for a law of strangers' distances: cut at the knee of the heights."
        return unsearched(knee, reason)
    heights = grid_of(tree, mean, spread)
    fits = [strangers_at(x, tree, height, random_state, strangers) for height in heights]
    joined = np.concatenate([[0.0], np.cumsum(joined_pairs(tree))])[
        np.searchsorted(tree[:, 2], heights, "right")
    ]
    false = expected_false(tree, heights, joined, fits)
    score = (joined - false) / np.maximum(joined, 1) ** PENALTY
    best = int(score.argmax())
    return IdentityThreshold(
        float(heights[best]), reason_for(joined[best], false[best]), heights, joined, false, score, fits[best]
    )


def reason_for(joined: float, false: float) -> str:
    """Why a cut was taken, in words."""
    if not joined:
        return "No pair of rows is nearer than strangers are: every row is a group of its own."
    return (
        f"Here most pairs are joined beyond what strangers would: {joined:.0f} pairs, of which at most "
        f"{min(false, joined):.0f} are expected between strangers."
    )


def unsearched(height: float, reason: str) -> IdentityThreshold:
    """A height that was not chosen from a grid."""
    none = np.empty(0)
    return IdentityThreshold(height, reason, none, none, none, none, None)


def random_distances(x: np.ndarray, random_state: int | None) -> tuple[float, float]:
    """Standard deviation and mean of the squared distances of seeded random pairs of rows x (n, d), n >= 2."""
    n = len(x)
    generator = np.random.default_rng(random_state)
    one = generator.integers(n, size=min(PAIRS, n * (n - 1)))
    other = (one + generator.integers(1, n, size=len(one))) % n
    blocks = np.array_split(np.arange(len(one)), max(1, len(one) // 4096))
    lengths = np.concatenate([np.square(x[one[b]] - x[other[b]]).sum(axis=1) for b in blocks])
    return float(lengths.std()), float(lengths.mean())


def grid_of(tree: np.ndarray, mean: float, spread: float) -> np.ndarray:
    """Heights that are tried: from below the first merge to where random pairs lie, evenly."""
    low, high = float(tree[0, 2]), min(float(tree[np.isfinite(tree[:, 2]), 2].max(initial=0.0)), mean)
    steps = int(np.clip(np.ceil((high - low) / (STEP * spread)), 2, MOST_CUTS))
    return np.concatenate([[low - (high - low) / steps], np.linspace(low, high, steps + 1)])


def joined_pairs(tree: np.ndarray) -> np.ndarray:
    """Pairs of rows that each merge joins: float64 (n - 1,)."""
    sizes = np.concatenate([np.ones(len(tree) + 1), tree[:, 3]])
    one, other = tree[:, :2].astype(np.int64).T
    return sizes[one] * sizes[other]


def labels_at(tree: np.ndarray, height: float) -> np.ndarray:
    """Groups (n,) 0 .. k-1 of the merges up to a height."""
    return cut(tree, len(tree) + 1 - int((tree[:, 2] <= height).sum()))


def strangers_at(
    x: np.ndarray, tree: np.ndarray, height: float, random_state: int | None, known: float | None
) -> Strangers | None:
    """The law of distances between the groups of a cut, taken for strangers'; None where they are too few."""
    labels = labels_at(tree, height)
    k = int(labels.max()) + 1
    if k < FEWEST_GROUPS:
        return None
    if k > MOST_GROUPS:
        chosen = np.random.default_rng(random_state).choice(k, MOST_GROUPS, replace=False)
        inside = np.isin(labels, chosen)
        x, labels = x[inside], np.unique(labels[inside], return_inverse=True)[1]
    sizes = np.bincount(labels).astype(np.float64)
    means = group_means(x, labels)
    squares = group_means(np.square(x).sum(axis=1)[:, None], labels)[:, 0]
    one, other = np.triu_indices(len(sizes), 1)
    distances = (squares[:, None] + squares - 2 * means @ means.T)[one, other]
    return fitted_strangers(distances, sizes[one], sizes[other], known)


def fitted_strangers(d: np.ndarray, m: np.ndarray, n: np.ndarray, known: float | None) -> Strangers:
    """The law of mean squared distances d (p,) between strangers' groups of m (p,) and n (p,) rows."""
    weights = m * n
    centre = weighted_quantile(d, weights, 0.5)
    deviations = np.square(d - centre)
    kept = deviations <= weighted_quantile(deviations, weights, OUTLIERS)
    terms = size_terms(m, n)
    precision = np.sqrt(weights) / (0.15 + terms[:, 1] / 2 + terms[:, 2])  # squares scatter as their mean
    unit = max(float(deviations[kept].mean()), 1e-300)
    variances = unit * least_squares(terms[kept] * precision[kept, None], deviations[kept] / unit * precision[kept])
    law = Strangers(centre, variances, 1.0, 1.0)
    low, high = (weighted_quantile((centre - d) / law.deviation(m, n), weights, q) for q in TAIL)
    near, far = (-np.log(2 * (1 - q)) for q in TAIL)
    shape = TAIL_SHAPES[1]
    if 0 < low < high:
        shape = float(np.clip(np.log(far / near) / np.log(high / low), *TAIL_SHAPES))
    scale = max(float(high), 1e-6) / far ** (1 / shape)
    return Strangers(centre if known is None else max(centre, known), law.variances, scale, shape)


def least_squares(terms: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Weights (3,), at least 0, with which terms (p, 3) come nearest to values (p,); by their few products."""
    largest, axes = np.linalg.eigh(terms.T @ terms)
    root = np.sqrt(np.maximum(largest, 1e-12 * largest[-1]))
    return nnls((axes * root).T, (axes / root).T @ (terms.T @ values))[0]


def size_terms(m: np.ndarray, n: np.ndarray) -> np.ndarray:
    """1, 1/m + 1/n and 1/(m n), stacked last."""
    m, n = np.asarray(m, np.float64), np.asarray(n, np.float64)
    return np.stack([np.ones_like(m * n), 1 / m + 1 / n, 1 / (m * n)], axis=-1)


def weighted_quantile(values: np.ndarray, weights: np.ndarray, share: float) -> float:
    """The value that ``share`` of the weights lie at or below."""
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order])
    return float(values[order][min(np.searchsorted(total, share * total[-1]), len(values) - 1)])


def expected_false(
    tree: np.ndarray, heights: np.ndarray, joined: np.ndarray, fits: list[Strangers | None]
) -> np.ndarray:
    """Pairs of strangers' rows expected in the groups of each cut (c,), from the law one cut before it.

    A step may be charged with three times what it joins, no more; where no law is left, with that.
    """
    charged = np.zeros(len(heights))
    for step, law in enumerate(fits[:-1]):
        most = 3 * (joined[step + 1] - joined[step])
        if law is None:
            charged[step + 1] = most
            continue
        sizes, counts = np.unique(np.bincount(labels_at(tree, heights[step])), return_counts=True)
        pairs = np.outer(counts, counts) - np.diag(counts)
        m, n = np.broadcast_arrays(sizes[:, None].astype(float), sizes[None, :].astype(float))
        chance = law.nearer(heights[step + 1], m, n) - law.nearer(heights[step], m, n)
        charged[step + 1] = min(float((pairs / 2 * m * n * chance).sum()), most)
    return np.cumsum(charged)
