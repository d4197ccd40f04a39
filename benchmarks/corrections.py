"""What corrections cost and how well they hold: docs/results/corrections.md, table by table.

    .venv/bin/python -m benchmarks.corrections [--cache DIR] [distance | assign | split | again | times ...]

The faces are those of ``lfw_dev``, ``celeba_wild`` and ``orl`` in ../shared/data, embedded as face-people
does (two minutes, kept in the cache). Every other name of LFW by the alphabet, the first, third and so on,
is the half by which constants were chosen. Labels judge, and stand for the person who confirms and rejects.
"""

import argparse
import resource
import time

import numpy as np
from sklearn.metrics import adjusted_rand_score

from benchmarks.corrections_again import again
from benchmarks.corrections_faces import SETS, figures, library, names_of, row
from models.clustering.corrections import splitting
from models.clustering.corrections.assigning import assigned
from models.clustering.corrections.confidence import confidence
from models.clustering.corrections.constrained import DISTANCE, average_grouped, grouped, with_constraints
from models.clustering.corrections.matching import changes, matched
from models.clustering.corrections.neighbours import find_neighbours
from models.clustering.rows import unit_rows

SEEDS, GRID = range(5), (0.29, 0.30, 0.31, 0.32, 0.33, 0.34, 0.35, 0.36, 0.38)
MANY, PAIRS = 10, 40


def only(x, people, photos, names):
    """The faces in photos of these people, with whoever else is in them."""
    kept = np.isin(photos, photos[np.isin(people, names)])
    return x[kept], people[kept], photos[kept]


def libraries(cache):
    """Every set, and of LFW the two halves of its names and the names with ten photos."""
    sets = {name: library(name, cache) for name in SETS}
    names, counts = np.unique(sets["lfw_dev"][1], return_counts=True)
    names, counts = names[names != ""], counts[names != ""]
    parts = {
        "LFW, odd names": names[::2],
        "LFW, even names": names[1::2],
        "LFW, names with ten photos": names[counts >= MANY],
    }
    out = {title: only(*sets["lfw_dev"], some) for title, some in parts.items()}
    titles = {"lfw_dev": "LFW", "celeba_wild": "CelebA's scenes", "orl": "ORL"}
    return out | {titles[name]: one for name, one in sets.items()}


def distance(sets):
    """BCubed F and pairwise F over the distance, and the people clusterer's."""
    row("photos", *(f"{d:.2f}" for d in GRID), "people")
    row(*["---"] * (len(GRID) + 2))
    for title, (x, people, photos) in sets.items():
        kept = find_neighbours(x)
        cells = []
        for longest in GRID:
            found = [figures(people, grouped(kept, longest, photos=photos, seed=s).labels) for s in SEEDS]
            _, bcubed, pairwise = np.mean(found, axis=0)
            cells.append(f"{bcubed:.3f}, {pairwise:.3f}")
        _, bcubed, pairwise = figures(people, average_grouped(x, photos=photos).labels)
        row(title, *cells, f"{bcubed:.3f}, {pairwise:.3f}")


def assign(sets):
    """New faces of known people and of others: right, wrong, rightly unknown; mean of three draws."""
    row("photos", "new, of people known", "right", "wrong person", "of people not known", "rightly unknown")
    row(*["---"] * 6)
    for title, (x, people, _) in sets.items():
        found = np.array([assign_once(x, people, seed) for seed in range(3)])
        known, right, wrong, strangers, unknown = found.mean(axis=0)
        row(title, f"{known:.0f}", f"{right:.3f}", f"{wrong:.3f}", f"{strangers:.0f}", f"{unknown:.3f}")


def assign_once(x, people, seed):
    """A quarter of those with three photos and half of those with one are new; a fifth of others' photos."""
    generator = np.random.default_rng(seed)
    names, counts = np.unique(people[people != ""], return_counts=True)
    out = generator.choice(names[counts >= 3], max(1, (counts >= 3).sum() // 4), replace=False)
    new = np.isin(people, out)
    for name in np.setdiff1d(names[counts >= 5], out):
        rows = generator.permutation(np.flatnonzero(people == name))
        new[rows[: max(1, round(0.2 * len(rows)))]] = True
    singles = names[counts == 1]
    new |= np.isin(people, generator.choice(singles, len(singles) // 2, replace=False))
    labels = grouped(find_neighbours(x[~new]), DISTANCE).labels
    named = names_of(labels, people[~new])
    label, _ = assigned(x[new], x[~new], labels, DISTANCE)
    answer = np.array([named.get(one, "") for one in label.tolist()])
    truth = people[new]
    known, strange = np.isin(truth, list(named.values())) & (truth != ""), truth != ""
    strange &= ~known
    right, wrong = answer == truth, (answer != truth) & (answer != "")
    return known.sum(), right[known].mean(), wrong[known].mean(), strange.sum(), (~wrong[strange]).mean()


def split(sets):
    """Single people torn, and nearest pairs of people parted."""
    row(
        "names",
        "way",
        "single people",
        "torn",
        "pairs",
        "in two parts or more",
        "of these ARI .9",
        "exactly two",
    )
    row(*["---"] * 8)
    x, people, _ = sets["LFW, names with ten photos"]
    for half in ("odd", "even"):
        names = np.intersect1d(of_many(people), sets[f"LFW, {half} names"][1])
        split_table(f"LFW, {half} names", x, people, names, PAIRS // 2)
    split_table("LFW, all", x, people, of_many(people), PAIRS)
    for title in ("CelebA's scenes", "ORL"):
        x, people, _ = sets[title]
        split_table(title, x, people, of_many(people), PAIRS)


def of_many(people):
    """The names of ten faces and more."""
    names, counts = np.unique(people[people != ""], return_counts=True)
    return names[counts >= MANY]


def split_table(title, x, people, names, pairs):
    """Prints a row for each way."""
    kept = np.isin(people, names)
    group = np.unique(people[kept], return_inverse=True)[1]
    apart = splitting.people_apart(x[kept], group)
    one, other = np.triu_indices(len(names), 1)
    nearest = np.argsort(apart)[:pairs]
    ordered = sorted(names)

    def judged(faces):
        others = kept & ~np.isin(people, people[faces])
        reference = splitting.people_apart(x[others], np.unique(people[others], return_inverse=True)[1])
        return splitting.split(x[faces], reference)

    single = [(people == name, judged(people == name)) for name in ordered]
    double = [np.isin(people, [ordered[one[i]], ordered[other[i]]]) for i in nearest]
    double = [(faces, judged(faces)) for faces in double]
    for way, chosen in WAYS.items():
        torn = sum(chosen(unit_rows(x[faces]), ways) is not None for faces, ways in single)
        found = [(people[faces], chosen(unit_rows(x[faces]), ways)) for faces, ways in double]
        found = [(truth, labels) for truth, labels in found if labels is not None]
        good = [labels.max() + 1 for truth, labels in found if adjusted_rand_score(truth, labels) >= 0.9]
        row(title, way, len(single), torn, len(double), len(found), len(good), sum(n == 2 for n in good))


def by_bic(x):
    """Two round Gaussians, if BIC prefers them."""
    labels = splitting.by_mixture(x, 2)
    return labels if labels is not None and splitting.evidence_of(x, labels, 0.0).bic > 0 else None


WAYS = {
    "advised": lambda _, ways: next((way.labels for way in ways if way.advised), None),
    "Chinese Whispers": lambda x, _: splitting.by_whispers(x, 6),
    "mixture of two, by BIC": lambda x, _: by_bic(x),
}


def times(sets, n=20_000, people=200):
    """Seconds at 20,000 faces of 200 people, spread as LFW's are."""
    row("what", "seconds", "of the processor")
    row(*["---"] * 3)
    x, who = planted(*sets["LFW, names with ten photos"][:2], n, people)
    generator = np.random.default_rng(1)
    kept = timed(f"neighbours of {n:,}", lambda: find_neighbours(x))
    found = timed("grouped, neighbours kept", lambda: grouped(kept, DISTANCE))
    timed("another distance", lambda: grouped(kept, 0.30))
    anchors = np.where(generator.random(n) < 0.05, who, -1)
    wrong = np.stack([generator.integers(n, size=300), generator.integers(people, size=300)], axis=1)
    wrong = wrong[who[wrong[:, 0]] != wrong[:, 1]]
    said = {"anchors": anchors, "apart": wrong}
    timed("grouped, 5% confirmed, 300 rejected", lambda: grouped(kept, DISTANCE, **said))
    timed("the same, too far a distance, .40", lambda: grouped(kept, 0.40, **said))
    timed(
        "with_constraints of these labels",
        lambda: with_constraints(found.labels, anchors, wrong, None, None, x),
    )
    timed("200 assigned", lambda: assigned(x[:200], x, found.labels, DISTANCE))
    timed("confidence", lambda: confidence(x, found.labels))
    other = grouped(kept, 0.24).labels
    matching = timed("matched", lambda: matched(found.labels, other, anchors >= 0))
    timed("changes", lambda: changes(found.labels, other, matching))
    person = x[who == 0]
    reference = splitting.people_apart(x, who)
    timed(f"one person of {len(person)} split", lambda: splitting.split(person, reference))
    timed("neighbours to bytes and back", lambda: type(kept).from_bytes(kept.to_bytes()))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    agree = adjusted_rand_score(who, np.where(found.labels < 0, n + np.arange(n), found.labels))
    size = len(kept.to_bytes()) / 1e6
    print(
        f"\n{found.labels.max() + 1} groups, {(found.labels < 0).sum()} faces alone, ARI {agree:.3f}; "
        f"{size:.1f} MB of neighbours; peak of the process {peak:,.0f} MB."
    )


def planted(x, people, n, many):
    """n unit rows of so many people, drawn with the covariances of these between people and within."""
    names = of_many(people)
    means = np.stack([x[people == name].mean(axis=0) for name in names])
    rest = np.concatenate([x[people == name] - x[people == name].mean(axis=0) for name in names])
    generator = np.random.default_rng(0)
    who = np.repeat(np.arange(many), n // many)
    centres = generator.multivariate_normal(means.mean(axis=0), np.cov(means.T), many)
    # As heavy as real tails: some faces of everybody are far from the mean (Student's t, 5 degrees).
    far = np.sqrt(3 / generator.chisquare(5, n))[:, None]
    noise = far * generator.multivariate_normal(np.zeros(x.shape[1]), np.cov(rest.T), n)
    return unit_rows(centres[who] + noise).astype(np.float32), who


def timed(what, work):
    """Prints the seconds that work takes, of the clock and of the processor; gives what it gives."""
    clock, processor = time.perf_counter(), time.process_time()
    found = work()
    row(what, f"{time.perf_counter() - clock:.3f}", f"{time.process_time() - processor:.3f}")
    return found


TABLES = {"distance": distance, "assign": assign, "split": split, "again": again, "times": times}


def main():
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=", ".join(TABLES))
    parser.add_argument("--cache", default="build/corrections", help="a folder that keeps the embeddings")
    options = parser.parse_args()
    sets = libraries(options.cache)
    for name in options.tables or TABLES:
        print(f"\n## {name}\n")
        TABLES[name](sets)


if __name__ == "__main__":
    main()
