"""Time and memory of every clusterer against the number of rows, up to where it stops being sensible.

    python -m benchmarks.scale --out FOLDER [--clusterers hdbscan infomap] [--rows 1000 20000] [--repeats 1]

Rows are ``benchmarks.planted``'s: 128-d embeddings as of faces. Those clusterers that want the number of
clusters are told the true one. Each (clusterer, rows) runs in a process of its own, which may not hold more
than 8 GB; a clusterer is taken no further once a run takes more than ``--seconds``, needs more memory, or
refuses. Seconds are of ``fit`` alone, the peak is of the whole process, imports and rows (``before``)
included. Writes scale.csv, scale.json (the slopes) and scale.svg into FOLDER.
"""

import argparse
import csv
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.planted import planted_faces

ROOT = Path(__file__).resolve().parents[1]
ROWS = (1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000)
MEMORY_GB = 8
TOLD_THE_NUMBER = ("kmeans", "minibatch_kmeans", "gmm", "spectral", "agglomerative")
FIND_THE_NUMBER = ("bayesian_gmm", "affinity_propagation", "dbscan", "hdbscan", "chinese_whispers", "infomap")
COLUMNS = (
    "clusterer",
    "rows",
    "seconds",
    "peak_mb",
    "before_mb",
    "clusters",
    "true",
    "ari",
    "pairwise_f",
    "note",
)


def labels_of(name, x, n_clusters):
    """A function that gives the labels (n,) of x (n, d) by the clusterer of that name."""
    from models.clustering.clusterers import CLUSTERERS

    given = n_clusters if name in TOLD_THE_NUMBER else None
    return lambda: CLUSTERERS[name].build(given, 0).fit(x).labels_


def peak_mb():
    """The most memory that this process has held so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def one_run(name, rows):
    """One line of the table, measured in this process."""
    from sklearn.metrics import adjusted_rand_score
    from sklearn.metrics.cluster import pair_confusion_matrix

    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_GB * 2**30,) * 2)
    x, truth = planted_faces(rows)
    fit = labels_of(name, x, truth.max() + 1)
    line = {"clusterer": name, "rows": rows, "before_mb": round(peak_mb())}
    began = time.perf_counter()
    try:
        labels = np.asarray(fit())
    except (ValueError, MemoryError) as error:
        return {**line, "note": f"{type(error).__name__}: {error}"[:300]}
    line |= {"seconds": time.perf_counter() - began, "peak_mb": round(peak_mb())}
    labels = np.where(labels < 0, rows + np.arange(rows), labels)  # a row of noise is a group of one
    (_, false_pairs), (missed, both) = pair_confusion_matrix(truth, labels)  # sparse, unlike our own table
    return line | {
        "clusters": len(np.unique(labels)),
        "true": int(truth.max()) + 1,
        "ari": round(adjusted_rand_score(truth, labels), 4),
        "pairwise_f": round(2 * both / max(1, 2 * both + false_pairs + missed), 4),
    }


def child(name, rows, seconds):
    """``one_run`` in a process of its own; what went wrong is its note."""
    command = [sys.executable, "-m", "benchmarks.scale", "--child", name, str(rows)]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=2 * seconds + 60)
    except subprocess.TimeoutExpired:
        return {"clusterer": name, "rows": rows, "note": f"not over after {2 * seconds + 60} s"}
    if done.returncode:
        words = (done.stderr.strip().splitlines() or ["no words"])[-1]
        return {"clusterer": name, "rows": rows, "note": f"ended with {done.returncode}: {words}"[:300]}
    return json.loads(done.stdout.splitlines()[-1])


def measured(name, rows, seconds, repeats):
    """The run of median time out of ``repeats``."""
    runs = [child(name, rows, seconds) for _ in range(repeats)]
    failed = [run for run in runs if "seconds" not in run]
    if failed:
        return failed[0]
    middle = statistics.median_low(run["seconds"] for run in runs)
    return next(run for run in runs if run["seconds"] == middle)


def slopes(lines):
    """{clusterer: {"seconds", "memory"}}: exponents of n, least squares on logarithms.

    Of the larger half of the runs, at least three: the small ones measure what does not grow. Memory is what
    the run added.
    """
    found = {}
    for name in dict.fromkeys(line["clusterer"] for line in lines):
        runs = [line for line in lines if line["clusterer"] == name and "seconds" in line]
        runs = runs[-max(3, (len(runs) + 1) // 2) :]
        if len(runs) >= 3:
            n = np.log([run["rows"] for run in runs])
            added = [max(1, run["peak_mb"] - run["before_mb"]) for run in runs]
            found[name] = {
                "seconds": round(np.polyfit(n, np.log([run["seconds"] for run in runs]), 1)[0], 2),
                "memory": round(np.polyfit(n, np.log(added), 1)[0], 2),
                "from_rows": runs[0]["rows"],
                "to_rows": runs[-1]["rows"],
            }
    return found


def plot(lines, fitted, path):
    """Seconds and peak memory against rows, both axes logarithmic, the slopes in the legend."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, 2, figsize=(13, 5.5), layout="constrained")
    for column, key, panel in (("seconds", "seconds", panels[0]), ("peak_mb", "memory", panels[1])):
        for number, name in enumerate(dict.fromkeys(line["clusterer"] for line in lines)):
            runs = [line for line in lines if line["clusterer"] == name and "seconds" in line]
            label = f"{name}, n^{fitted[name][key]:.2f}" if name in fitted else name
            marker = "osv^Dx+*<>p"[number % 11]
            panel.loglog([r["rows"] for r in runs], [r[column] for r in runs], marker=marker, label=label)
        panel.set_xlabel("rows of 128")
        panel.grid(alpha=0.3, which="both")
        panel.legend(fontsize=8)
    panels[0].set_ylabel("seconds")
    panels[1].set_ylabel("peak memory of the process, MB")
    figure.savefig(path)
    plt.close(figure)


def write(lines, out):
    """scale.csv, scale.json and scale.svg; called after every clusterer, so that a stop loses little."""
    out.mkdir(parents=True, exist_ok=True)
    with open(out / "scale.csv", "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        table.writerows(lines)
    fitted = slopes(lines)
    (out / "scale.json").write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    plot(lines, fitted, out / "scale.svg")
    return fitted


def main(options):
    """Runs every clusterer up to its end and returns the slopes."""
    lines, fitted = [], {}
    for name in options.clusterers:
        for rows in sorted(options.rows):
            lines.append(measured(name, rows, options.seconds, options.repeats))
            print(json.dumps(lines[-1]), file=sys.stderr, flush=True)
            if lines[-1].get("seconds", np.inf) > options.seconds:
                break
        fitted = write(lines, options.out)
    return fitted


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("scale"))
    parser.add_argument("--clusterers", nargs="+", default=[*TOLD_THE_NUMBER, *FIND_THE_NUMBER])
    parser.add_argument("--rows", nargs="+", type=int, default=ROWS)
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        print(json.dumps(one_run(chosen.child[0], int(chosen.child[1]))))
    else:
        print(json.dumps(main(chosen), indent=1))
