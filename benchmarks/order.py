"""The number of groups that is chosen from one set of embeddings, in seven orders of its rows and from seven
seeds.

    .venv/bin/python -m benchmarks.order ROOT

ROOT is that of a finished run, whose embeddings and settings are taken. ``before`` divides the rows once, by
their places, as it was; ``now`` is what a run does: three divisions, by the rows' values.
"""

import argparse
import json
import statistics
from pathlib import Path

import numpy as np
from sklearn.metrics import pairwise_distances
from sklearn.model_selection import KFold

TIMES = 7


def grid_before(rows, space, random_state):
    """Five folds by the places of the rows, once."""
    from components.evaluate.search.folds import N_FOLDS, Fold, Grid

    splits = KFold(N_FOLDS, shuffle=True, random_state=random_state).split(rows.x)
    folds = tuple(Fold(rows.part(fitted), rows.x[scored]) for fitted, scored in splits)
    return Grid(Fold(rows, rows.x), folds, N_FOLDS, pairwise_distances(rows.x), space, random_state, "")


def latest_of(root):
    """The folders of a root's latest evaluation and of its latest faces."""

    def latest(pattern):
        return max((Path(root) / "artifacts").glob(pattern), key=lambda folder: int(folder.name))

    return latest("ClusterEvaluator/evaluation/*"), latest("FaceExampleGen/examples/*")


def embeddings_of(root, split="train"):
    """A split's embeddings of the latest evaluation under a root, and the settings of its choice."""
    from components.evaluate.search.settings import SelectionSettings
    from components.faces import read_faces

    evaluation, examples = latest_of(root)
    faces = read_faces(str(examples))
    told = json.loads((evaluation / "evaluation.json").read_text())["selection"]["settings"]
    with np.load(evaluation / "arrays.npz") as arrays:
        return arrays["embedding"][faces.rows(split)], SelectionSettings.picked(told)


def numbers(x, settings, seeds):
    """Groups chosen for each of the seeds, or in as many orders of the rows."""
    from components.evaluate.search.selection import cluster
    from models.clustering.rows import Rows

    found = []
    for number in range(TIMES):
        order = np.arange(len(x)) if seeds else np.random.default_rng(number).permutation(len(x))
        chosen = settings.changed(random_state=number) if seeds else settings
        found.append(cluster(Rows(x[order], None), chosen).selection.n_clusters)
    return found


def main():
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("root")
    options = parser.parse_args()
    from components.evaluate.search import selection

    x, settings = embeddings_of(options.root)
    print(f"{len(x)} embeddings of {x.shape[1]} numbers\n")
    print("| division into folds | over seven | groups | deviation |\n| --- | --- | --- | ---: |")
    now = selection.make_grid
    for name, grid in (("before: once, by place", grid_before), ("now: three times, by value", now)):
        selection.make_grid = grid
        for over in ("orders", "seeds"):
            found = numbers(x, settings, over == "seeds")
            print(
                f"| {name} | {over} | {', '.join(map(str, found))} | {statistics.stdev(found):.1f} |",
                flush=True,
            )
    selection.make_grid = now


if __name__ == "__main__":
    main()
