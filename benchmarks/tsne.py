"""t-SNE against scikit-learn's and its 1,000 iterations, on the same rows, perplexity and start.

    python -m benchmarks.tsne [--rows 10000] [--columns 50] [--repeats 3] [--ways facefold "scikit-learn"]

A seeded mixture of 40 Gaussians. The ways are timed in turn; ratios are to the faster of scikit-learn's, the
medians of the rounds, of wall and of processor seconds, which a busy machine disturbs less. The KL divergence
of all is computed here, by one function: P over 3 * perplexity exact neighbours, Q over all pairs.
"""

import argparse
import json
import os
import statistics
import time

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.manifold import TSNE, trustworthiness
from threadpoolctl import threadpool_limits

from components.evaluate.search.projection import tsne
from models.clustering.graphs.neighbour_graph import neighbours

PERPLEXITY = 30.0
GROUPS = 40
WAYS = ("facefold", "facefold, 125 + 500 iterations", "scikit-learn", "scikit-learn, one thread")
TRUSTED_ROWS = 5000  # rows whose neighbourhoods trustworthiness looks at: it holds all pairs of them


def mixture(n, d, random_state=0):
    """Rows (n, d) float32 of 40 Gaussians whose spread falls from axis to axis."""
    generator = np.random.default_rng(random_state)
    centres = 2 * generator.normal(size=(GROUPS, d))
    noise = 1.5 * generator.normal(size=(n, d)) * np.exp(-0.02 * np.arange(d))
    return (centres[generator.integers(GROUPS, size=n)] + noise).astype(np.float32)


def joint_probabilities(x, perplexity):
    """t-SNE's P (n, n), sparse, sums to 1: van der Maaten and Hinton (2008), equations 1 and 2.

    Every row's beta is bisected until its entropy is log(perplexity).
    """
    distances, indices = neighbours(x, int(np.ceil(3 * perplexity)))
    squared = np.square(distances, dtype=np.float64)
    squared -= squared[:, :1]
    low, high = np.zeros((len(x), 1)), np.full((len(x), 1), np.inf)
    beta = 1 / np.maximum(squared.mean(axis=1, keepdims=True), 1e-12)
    for _ in range(100):
        p = np.exp(-beta * squared)
        p /= p.sum(axis=1, keepdims=True)
        wide = -(p * np.log(np.maximum(p, 1e-300))).sum(axis=1, keepdims=True) > np.log(perplexity)
        low, high = np.where(wide, beta, low), np.where(wide, high, beta)
        beta = np.where(np.isinf(high), 2 * beta, (low + np.minimum(high, 1e300)) / 2)
    rows = np.repeat(np.arange(len(x)), indices.shape[1])
    p = csr_matrix((p.ravel(), (rows, indices.ravel())), shape=(len(x), len(x)))
    return (p + p.T).tocoo() / (2 * len(x))


def kl_divergence(p, points):
    """KL(P || Q) in nats of points (n, 2): Q by Student's t over all pairs, a block of rows at a time."""
    points = np.asarray(points, np.float64)
    total = -float(len(points))  # a point is no pair with itself
    for start in range(0, len(points), 500):
        gaps = points[start : start + 500, None] - points
        total += (1 / (1 + np.square(gaps).sum(axis=2))).sum()
    p = p.tocoo()
    q = 1 / (1 + np.square(points[p.row] - points[p.col]).sum(axis=1)) / total
    seen = p.data > 0
    return float((p.data[seen] * np.log(p.data[seen] / q[seen])).sum())


def timed(fit):
    """(points, wall seconds, processor seconds) of one call."""
    wall, processor = time.perf_counter(), time.process_time()
    points = fit()
    return np.asarray(points), time.perf_counter() - wall, time.process_time() - processor


def ways(x):
    """Every way by name: a function that returns its points."""

    def scikit_learn():
        fitted = TSNE(2, perplexity=PERPLEXITY, init="pca", random_state=0)
        return fitted.fit_transform(x)

    def limited():
        with threadpool_limits(1):
            return scikit_learn()

    return dict(
        zip(
            WAYS,
            (lambda: tsne(x, PERPLEXITY), lambda: tsne(x, PERPLEXITY, n_iter=500), scikit_learn, limited),
            strict=True,
        )
    )


def main(rows=10_000, columns=50, repeats=3, chosen=WAYS):
    """Seconds, ratios, KL divergence and trustworthiness of the ways chosen, scikit-learn's among them."""
    x = mixture(rows, columns)
    tsne(x[:100], 10.0, n_iter=1)  # openTSNE's import is not part of its speed
    p = joint_probabilities(x, PERPLEXITY)
    sides = {name: fit for name, fit in ways(x).items() if name in chosen}
    runs = {name: [] for name in sides}
    for _ in range(repeats):
        for name, fit in sides.items():
            runs[name].append(timed(fit))
    few = slice(None, TRUSTED_ROWS)
    told = {"rows": rows, "columns": columns, "repeats": repeats, "load": os.getloadavg()[0], "sides": {}}
    peers = [values for name, values in runs.items() if name.startswith("scikit-learn")]
    best = min(peers, key=lambda values: statistics.median(wall for _, wall, _ in values))
    for name, values in runs.items():
        pairs = list(zip(values, best, strict=True))
        told["sides"][name] = {
            "wall_seconds": [round(wall, 1) for _, wall, _ in values],
            "processor_seconds": [round(processor, 1) for *_, processor in values],
            "times_as_fast_wall": round(statistics.median(b[1] / a[1] for a, b in pairs), 2),
            "times_as_fast_processor": round(statistics.median(b[2] / a[2] for a, b in pairs), 2),
            "kl_divergence": round(kl_divergence(p, values[0][0]), 4),
            "trustworthiness": round(trustworthiness(x[few], values[0][0][few], n_neighbors=12), 4),
        }
    return told


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--columns", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    options = parser.parse_args()
    if not any(way.startswith("scikit-learn") for way in options.ways):
        parser.error("--ways names none of scikit-learn's, to compare with")
    print(json.dumps(main(options.rows, options.columns, options.repeats, options.ways), indent=1))
