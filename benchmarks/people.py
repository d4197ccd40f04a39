"""How well people are grouped: face-people's grouping and others, at their own cut and at the best one.

    .venv/bin/python -m benchmarks.people ROOT [ROOT ...]

Each ROOT is that of a finished run of face-people with ``--set labels=folders``; its embeddings and labels
are taken. Mixtures are made of all of them: of a tenth of the people all photos (20 and more), of the others
one to three. Labels only score. BCubed F has its 95% interval over people (1,000 bootstraps).

Without near-duplicates: of faces whose chips are the same shot (also mirrored, cropped anew, relit, written
again), only the first.

New photos: of each person with five photos and more 80% are grouped, with everybody else but 20 people, and
20% assigned; of the 20 people, who were left out, each photo should be unknown.
"""

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np

from benchmarks.order import latest_of

CUTS = {
    "people": np.arange(0.036, 0.085, 0.002),
    "chinese_whispers": np.arange(0.30, 0.62, 0.02),
    "average_linkage": np.arange(0.20, 0.80, 0.02),
}
SETTING = {"people": "height", "chinese_whispers": "threshold", "average_linkage": "distance_threshold"}
MANY, LEFT_OUT, ASSIGNED = 10, 20, 0.2
SAME_SHOT = 0.995  # the correlation of two grey chips of 32 x 32


def embeddings_of(root):
    """All embeddings (n, d) of a root's latest evaluation, the labels, the photos, and who is no copy."""
    from components.faces import read_faces

    evaluation, examples = latest_of(root)
    faces = read_faces(str(examples))
    with np.load(evaluation / "arrays.npz") as arrays:
        x = arrays["embedding"]
    return x, np.array([label or "" for label in faces.labels]), faces.photos(), first_shots(faces.chips)


def first_shots(chips):
    """Which of n encoded chips are no near-duplicate of an earlier one: (n,) bool."""
    grey = np.stack([cv2.imdecode(np.frombuffer(chip, np.uint8), cv2.IMREAD_GRAYSCALE) for chip in chips])
    small = np.stack([cv2.resize(one, (32, 32), interpolation=cv2.INTER_AREA) for one in grey]).astype(float)
    small -= small.mean(axis=(1, 2), keepdims=True)
    small /= np.maximum(np.linalg.norm(small, axis=(1, 2), keepdims=True), 1e-9)
    rows, mirrored = small.reshape(len(small), -1), small[:, :, ::-1].reshape(len(small), -1)
    alike = np.maximum(rows @ rows.T, rows @ mirrored.T)
    return ~np.tril(alike > SAME_SHOT, -1).any(axis=1)


def mixtures(sets):
    """(name, rows, labels) of libraries in which a tenth of the people have most of the photos."""
    rows = np.concatenate([x for x, *_ in sets.values()])
    labels = np.concatenate(
        [np.where(found == "", "", np.char.add(f"{name}/", found)) for name, (_, found, *_) in sets.items()]
    )
    people, counts = np.unique(labels[labels != ""], return_counts=True)
    for size in (30, 100, 300):
        for seed in range(3):
            generator = np.random.default_rng(seed)
            many = generator.choice(people[counts >= 20], size // 10, replace=False)
            few = generator.choice(np.setdiff1d(people, many), size - size // 10, replace=False)
            chosen = [np.flatnonzero(labels == one) for one in many]
            chosen += [
                generator.permutation(np.flatnonzero(labels == one))[: generator.integers(1, 4)]
                for one in few
            ]
            index = np.concatenate(chosen)
            yield f"{size} people, {seed}", rows[index], labels[index]


def grouped(name, x, photos=None, cut=None):
    """The clusters (n,) by a clusterer, at its own cut or a given one; -1 where a face is alone."""
    from models.clustering.clusterers import CLUSTERERS

    given = {} if cut is None else {SETTING[name]: cut}
    points = x if name == "people" else x - x.mean(axis=0)
    return CLUSTERERS[name].build(None, 0, **given).fit(points, groups=photos).labels_


def scores(labels, clusters, least=1):
    """BCubed F, pairwise precision, recall and F of people with at least so many photos."""
    from components.evaluate.figures.agreement import cells_of, fast_agreement

    known = labels != ""
    people, counts = np.unique(labels[known], return_counts=True)
    kept = np.isin(labels, people[counts >= least]) & known
    if not kept.any():
        return None
    cells = cells_of(labels[kept].tolist(), clusters[kept])
    ones = np.ones((1, len(np.unique(labels[kept]))))
    found = {key: float(values[0]) for key, values in fast_agreement(cells, ones).items()}
    draws = np.random.default_rng(0).multinomial(ones.size, np.full(ones.size, 1 / ones.size), 1000)
    low, high = np.nanpercentile(fast_agreement(cells, draws)["bcubed_f"], [2.5, 97.5])
    return found | {"interval": (float(low), float(high))}


def table(name, x, labels, photos, clusterers=tuple(CUTS)):
    """Prints a row for each grouping of one library, and its loss against the best cut."""
    known = labels != ""
    for clusterer in clusterers:
        own = grouped(clusterer, x, photos)
        at = {round(float(c), 3): grouped(clusterer, x, photos, c) for c in CUTS[clusterer]}
        best = max(at, key=lambda c: scores(labels, at[c])["bcubed_f"])
        most = scores(labels, at[best])["bcubed_f"]
        for title, clusters in (("its own", own), (f"best, {best:g}", at[best])):
            one, many = scores(labels, clusters), scores(labels, clusters, MANY)
            of_many = f"{many['bcubed_f']:.3f}, {many['pairwise_f']:.3f}" if many else ""
            pairwise = ", ".join(f"{one[f'pairwise_{key}']:.3f}" for key in ("precision", "recall", "f"))
            low, high = one["interval"]
            cells = (
                *(name, f"{known.sum()} of {len(np.unique(labels[known]))}", clusterer, title),
                len(np.unique(clusters[clusters >= 0])),
                f"{one['bcubed_f']:.3f} ({low:.3f} to {high:.3f})",
                *(pairwise, of_many, f"{most - one['bcubed_f']:.3f}"),
            )
            print("|", *(f"{cell} |" for cell in cells), flush=True)


def assigned(name, x, labels, seed=0):
    """Prints how often a new photo goes to the right person, or is rightly unknown."""
    from models.clustering.clusterers import CLUSTERERS
    from models.clustering.rules.assignment import is_unknown, unknown_below

    generator = np.random.default_rng(seed)
    people, counts = np.unique(labels[labels != ""], return_counts=True)
    out = generator.choice(people[counts >= 5], min(LEFT_OUT, len(people) // 4), replace=False)
    new = np.isin(labels, out)
    for person in np.setdiff1d(people[counts >= 5], out):
        rows = generator.permutation(np.flatnonzero(labels == person))
        new[rows[: max(1, round(ASSIGNED * len(rows)))]] = True
    fitted = CLUSTERERS["people"].build(None, 0).fit(x[~new])
    names = {}
    for cluster in range(fitted.n_clusters_):
        told = labels[~new][(fitted.labels_ == cluster) & (labels[~new] != "")]
        names[cluster] = max(set(told.tolist()), key=told.tolist().count) if len(told) else ""
    answers = fitted.rule_.assign(x[new])
    unknown = is_unknown(answers, unknown_below(fitted.rule_, x[~new], fitted.labels_))
    clusters = np.where(unknown, -1, answers.cluster)
    found = np.array([names.get(cluster, "") for cluster in clusters.tolist()])
    known = ~np.isin(labels[new], out)
    right, wrong = found == labels[new], (found != labels[new]) & (found != "")
    print(
        f"| {name} | {known.sum()} | {right[known].mean():.3f} | {wrong[known].mean():.3f} | "
        f"{(~known).sum()} | {(~wrong[~known]).mean():.3f} | "
        f"{np.concatenate([~wrong[known], ~wrong[~known]]).mean():.3f} |",
        flush=True,
    )


def bystanders(name, x, labels, strangers, share):
    """Prints a row for a library with a share of faces of people of whom there is one.

    BCubed F and pairwise F of the recipe, then of each clusterer at the best cut that labels find.
    """
    n = round(share * len(x) / (1 - share))
    some = strangers[np.random.default_rng(0).permutation(len(strangers))[:n]]
    told = np.concatenate([labels, np.full(len(some), "", labels.dtype)])
    rows = np.concatenate([x, some])
    found = [scores(told, grouped("people", rows))]
    for clusterer, cuts in CUTS.items():
        tried = [scores(told, grouped(clusterer, rows, cut=float(cut))) for cut in cuts]
        found.append(max(tried, key=lambda one: one["bcubed_f"]))
    cells = (f"{one['bcubed_f']:.3f}, {one['pairwise_f']:.3f}" for one in found)
    print(f"| {name}, {share:.0%} bystanders |", *(f"{cell} |" for cell in cells), flush=True)


def at_size(x, clusterer, n=20_000):
    """Prints the time and the memory of grouping so many faces: these, moved a little, again and again."""
    generator = np.random.default_rng(0)
    rows = x[np.arange(n) % len(x)] + 0.02 * generator.standard_normal((n, x.shape[1])).astype(np.float32)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    clusters = grouped(clusterer, rows)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    more = (peak - before) / 1024
    print(f"\n{n:,} faces, {clusterer}: {seconds:.0f} s, {more:,.0f} MB more, {clusters.max() + 1:,} groups")


def main():
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("roots", nargs="+", metavar="ROOT")
    parser.add_argument("--at-size", choices=tuple(CUTS), help="time and memory of 20,000 faces alone")
    options = parser.parse_args()
    sets = {Path(root).name: embeddings_of(root) for root in options.roots}
    if options.at_size:
        return at_size(np.concatenate([x for x, *_ in sets.values()]), options.at_size)
    print(
        "| photos | faces of people | grouping | cut | people found | BCubed F | pairwise P, R, F | "
        f"of people with {MANY} photos: BCubed F, pairwise F | lost |\n|" + " --- |" * 9
    )
    for name, (x, labels, photos, first) in sets.items():
        table(name, x, labels, photos)
        if not first.all():
            title = f"{name} without {(~first).sum()} near-duplicates"
            table(title, x[first], labels[first], photos[first], ("people",))
    for name, x, labels in mixtures(sets):
        table(name, x, labels, None, ("people",))
    heads = ("photos", "people, its own cut", *(f"{clusterer}, best cut" for clusterer in CUTS))
    print(f"\n| {' | '.join(heads)} |\n|" + " --- |" * len(heads))
    for name, (x, labels, *_) in sets.items():
        alone = [other[singles(found)] for key, (other, found, *_) in sets.items() if key != name]
        strangers = np.concatenate(alone) if alone else np.empty((0, x.shape[1]))
        for share in (0.01, 0.03, 0.1) if len(strangers) else ():
            bystanders(name, x, labels, strangers, share)
    print(
        "\n| photos | new, of known people | right | wrong person | of people left out | rightly unknown | "
        "right or unknown |\n|" + " --- |" * 7
    )
    for name, (x, labels, *_) in sets.items():
        assigned(name, x, labels)
    for clusterer in CUTS:  # each in a process of its own, whose peak of memory is its own
        of_size = ["--at-size", clusterer, *options.roots]
        subprocess.run([sys.executable, "-m", "benchmarks.people", *of_size], check=True)


def singles(labels):
    """Rows of people who are seen once."""
    people, first, counts = np.unique(labels, return_index=True, return_counts=True)
    return first[(counts == 1) & (people != "")]


if __name__ == "__main__":
    main()
