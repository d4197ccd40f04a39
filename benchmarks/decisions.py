"""How often the decision finds the planted number of groups: ``python -m benchmarks.decisions [OUT.csv]``.

Every cell of a grid (groups, dimensions, overlap, shared or own covariances) is drawn once a seed, searched
by the evaluator's own ``cluster`` over 1 to 18 groups, and decided by several rules from the same evidence.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import sys
import time
from collections import defaultdict

import numpy as np

from components.evaluate.search.choice import choose
from components.evaluate.search.selection import search_on
from components.evaluate.search.settings import SelectionSettings

GROUPS = (2, 3, 5, 8, 12)
DIMENSIONS = (2, 4, 8, 16, 32)
OVERLAPS = (0.001, 0.01, 0.05)  # share of rows that even the true mixture gives to another group
SHAPES = ("shared", "own")
ROWS_PER_GROUP, FEWEST_ROWS = 250, 1000
DRAWN = 20_000  # rows by which the overlap is set
SETTINGS = SelectionSettings(
    clusterers=("kmeans", "gmm"),
    n_clusters=(1, 18),
    choose_among="all",
    criterion="consensus",
    pca_variance=0.95,
    whiten=False,
)
RULES = {
    "consensus, all": {"criterion": "consensus", "among": "all"},
    "cv, all, 2 s.e.": {"among": "all", "standard_errors": 2.0},
    "cv, all, 1 s.e.": {"among": "all", "standard_errors": 1.0},
    "cv, all, best": {"among": "all"},
    "cv, shared, best": {},
    "bic, all": {"criterion": "bic", "among": "all"},
    "icl, all": {"criterion": "icl", "among": "all"},
    "aic, all": {"criterion": "aic", "among": "all"},
    "silhouette, all": {"criterion": "silhouette", "among": "all"},
    "elbow": {"criterion": "elbow"},
}


def planted_mixture(n_groups, d, overlap, shape, seed):
    """(rows (n, d), groups (n,)): n = 250 a group, at least 1,000; the scale sets the overlap.

    Means are standard normal, times a scale; covariances have random axes with standard deviations of
    e^-0.35 to e^0.35, one for all groups or one each; weights are Dirichlet(10).
    """
    generator = np.random.default_rng([n_groups, d, round(overlap * 1e4), SHAPES.index(shape), seed])
    means = generator.normal(size=(n_groups, d))
    roots = [random_root(d, generator) for _ in range(n_groups if shape == "own" else 1)]
    roots = np.array(roots * (1 if shape == "own" else n_groups))
    weights = generator.dirichlet(np.full(n_groups, 10.0))
    drawn = rows_of(means, roots, weights, DRAWN, generator)
    scale = scale_for(overlap, means, roots, weights, drawn)
    n = max(FEWEST_ROWS, ROWS_PER_GROUP * n_groups)
    groups, noise = rows_of(means, roots, weights, n, generator)
    return means[groups] * scale + noise, groups


def random_root(d, generator):
    """A matrix (d, d) whose product with its transpose is a random covariance."""
    axes = np.linalg.qr(generator.normal(size=(d, d)))[0]
    return axes * np.exp(generator.uniform(-0.35, 0.35, d))


def rows_of(means, roots, weights, n, generator):
    """Groups (n,) and what rows differ by from their means (n, d)."""
    groups = generator.choice(len(means), n, p=weights)
    return groups, np.einsum("nij,nj->ni", roots[groups], generator.normal(size=(n, means.shape[1])))


def scale_for(overlap, means, roots, weights, drawn):
    """The scale of the means at which the true mixture is wrong about the share ``overlap`` of rows."""
    groups, noise = drawn
    inverse = np.linalg.inv(roots)
    determinants = np.log(np.abs(np.linalg.det(roots)))

    def errors(scale):
        rows = means[groups] * scale + noise
        scores = [
            np.log(weights[j])
            - determinants[j]
            - 0.5 * np.square((rows - means[j] * scale) @ inverse[j].T).sum(1)
            for j in range(len(means))
        ]
        return np.mean(np.argmax(scores, axis=0) != groups)

    low, high = 0.0, 1.0
    while errors(high) > overlap:
        high *= 2
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (middle, high) if errors(middle) > overlap else (low, middle)
    return high


def measure(seeds):
    """One dict a draw: its cell, and the number of groups that each rule chose."""
    cells = list(itertools.product(GROUPS, DIMENSIONS, OVERLAPS, SHAPES, seeds))
    found = []
    for i, (n_groups, d, overlap, shape, seed) in enumerate(cells):
        began = time.perf_counter()
        rows, _ = planted_mixture(n_groups, d, overlap, shape, seed)
        candidates = search_on(rows, f"planted({d})", SETTINGS)
        row = {"groups": n_groups, "dimensions": d, "overlap": overlap, "shape": shape, "seed": seed}
        for name, rule in RULES.items():
            row[name] = candidates[choose(candidates, **rule)[0]].n_clusters
        found.append(row)
        print(f"{i + 1} of {len(cells)}: {time.perf_counter() - began:.1f} s", file=sys.stderr, flush=True)
    return found


def lines_of(found):
    """The table in words: each rule over all draws, then the first rule over every value of the grid."""
    hit = {name: [row[name] == row["groups"] for row in found] for name in RULES}
    lines = [f"{len(found)} draws"]
    lines += [f"{name:18} {100 * np.mean(hits):5.1f} of 100" for name, hits in hit.items()]
    first = next(iter(RULES))
    lines.append(f"where '{first}' finds it, of 100:")
    for column in ("groups", "dimensions", "overlap", "shape"):
        table = defaultdict(list)
        for row in found:
            table[row[column], row["shape"]].append(row[first] == row["groups"])
        for (value, shape), hits in sorted(table.items(), key=lambda item: str(item[0])):
            lines.append(f"  {column}={value}, {shape}: {100 * np.mean(hits):.0f} (n = {len(hits)})")
    cells = defaultdict(list)
    for row in found:
        cells[row["groups"], row["dimensions"], row["overlap"], row["shape"]].append(row[first])
    for cell, chosen in cells.items():
        if any(k != cell[0] for k in chosen):
            lines.append(
                f"  missed at k={cell[0]}, d={cell[1]}, overlap={cell[2]}, {cell[3]}: found {chosen}"
            )
    return lines


def main():
    """Runs the grid and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", nargs="?", help="a CSV of every draw")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    options = parser.parse_args()
    found = measure(options.seeds)
    print("\n".join(lines_of(found)))
    if options.out:
        with open(options.out, "w", newline="") as stream:
            writer = csv.DictWriter(stream, list(found[0]))
            writer.writeheader()
            writer.writerows(found)


if __name__ == "__main__":
    main()
