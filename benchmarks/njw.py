"""Spectral grouping: ours (Ng, Jordan and Weiss on the self-tuning graph) against scikit-learn's.

    python -m benchmarks.njw [--usps ../shared/data/usps/usps.h5] [--rows 10000] [--repeats 3]

Rows are USPS' digits, 16 x 16 pixels; beyond its 9,298 they are some of them again, moved by one pixel. They
are grouped as they are (256 columns), and as their first 100 and 15 principal components: the widths of the
frozen models' embeddings and of a subspace of Consensus Subspace Clustering. The peer is
SpectralClustering(affinity="nearest_neighbors"), both with 10 groups, 10 neighbours and one thread. Sides
take turns; the ratio is the median over the rounds of processor seconds. Ours is told once more without the
search for neighbours, which both need. ARI is of the two sides' groups, and of each with the digits, which
only judge.
"""

import argparse
import json
import os
import statistics
import sys
import time
import warnings
from pathlib import Path

import h5py
import numpy as np
from sklearn.cluster import SpectralClustering
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from models.clustering.graphs.neighbour_graph import neighbours
from models.clustering.graphs.njw import N_NEIGHBORS, njw

USPS = Path(__file__).resolve().parents[2] / "shared" / "data" / "usps" / "usps.h5"
N_CLUSTERS, COMPONENTS = 10, (100, 15)


def digits(path, n, random_state=0):
    """(pixels (n, 256) float32, digit of each (n,)) of the file, with copies moved by one pixel beyond it."""
    with h5py.File(path) as file:
        parts = [(file[part]["data"][:], file[part]["target"][:]) for part in ("train", "test")]
    pixels, truth = (np.concatenate(side) for side in zip(*parts, strict=True))
    generator = np.random.default_rng(random_state)
    again = generator.permutation(len(pixels))[: max(0, n - len(pixels))]
    step = generator.choice([-1, 1], len(again))
    axis = generator.integers(2, size=len(again))
    moved = [
        np.roll(pixels[i].reshape(16, 16), s, a).ravel() for i, s, a in zip(again, step, axis, strict=True)
    ]
    rows = np.concatenate([pixels, np.reshape(moved, (-1, 256))])[:n]
    return rows.astype(np.float32), np.concatenate([truth, truth[again]])[:n]


def timed(function):
    """(what it returns, processor seconds)."""
    began = time.process_time()
    found = function()
    return found, time.process_time() - began


def theirs(x, seed):
    """scikit-learn's labels."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Graph is not fully connected", UserWarning)
        spectral = SpectralClustering(
            N_CLUSTERS, affinity="nearest_neighbors", n_neighbors=N_NEIGHBORS, random_state=seed
        )
        return spectral.fit_predict(x)


def compared(x, truth, repeats):
    """Processor seconds of both sides, their ratio, and how far their groups agree."""
    njw(x[:500], N_CLUSTERS)  # imports are not part of its speed
    runs = {"facefold": [], "scikit-learn": [], "neighbours": []}
    for seed in range(repeats):
        ours, seconds = timed(lambda seed=seed: njw(x, N_CLUSTERS, seed))
        runs["facefold"].append((ours.labels, seconds))
        runs["scikit-learn"].append(timed(lambda seed=seed: theirs(x, seed)))
        runs["neighbours"].append(timed(lambda: neighbours(x, N_NEIGHBORS)))
        print(f"round {seed + 1}: {seconds:.2f} s, {runs['scikit-learn'][-1][1]:.2f} s", file=sys.stderr)
    pairs = list(zip(runs["facefold"], runs["scikit-learn"], runs["neighbours"], strict=True))
    return {
        "columns": x.shape[1],
        "processor_seconds": {
            name: [round(seconds, 2) for _, seconds in timings] for name, timings in runs.items()
        },
        "scikit_learn_over_ours": round(statistics.median(b[1] / a[1] for a, b, _ in pairs), 1),
        "the_same_without_either_search": round(
            statistics.median((b[1] - c[1]) / (a[1] - c[1]) for a, b, c in pairs), 1
        ),
        "ari_of_both": [round(adjusted_rand_score(a[0], b[0]), 3) for a, b, _ in pairs],
        "ari_with_digits_ours": [round(adjusted_rand_score(truth, a[0]), 3) for a, _, _ in pairs],
        "ari_with_digits_theirs": [round(adjusted_rand_score(truth, b[0]), 3) for _, b, _ in pairs],
    }


def main(path, rows=10_000, repeats=3):
    """Both sides on pixels and on principal components."""
    pixels, truth = digits(path, rows)
    with threadpool_limits(1):
        told = {"rows": len(pixels), "load": round(os.getloadavg()[0], 1)}
        told["pixels"] = compared(pixels, truth, repeats)
        for width in COMPONENTS:
            reduced = PCA(width, random_state=0).fit_transform(pixels).astype(np.float32)
            told[f"principal_components_{width}"] = compared(reduced, truth, repeats)
        return told


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--usps", type=Path, default=USPS)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=3)
    chosen = parser.parse_args()
    if not chosen.usps.exists():
        parser.error(
            f"{chosen.usps} is missing. Expected the digits of USPS as an .h5 file; give its path by --usps."
        )
    print(json.dumps(main(chosen.usps, chosen.rows, chosen.repeats), indent=1))
