"""Grouped anew otherwise: do names, confirmed faces and rejections hold? The table "again" of corrections.

A user is simulated who names the largest groups of LFW, confirms or rejects the least sure faces of each, and
answers questions about pairs near the distance, always by the labels.
"""

import functools
from collections import Counter

import numpy as np

from benchmarks.corrections_faces import figures, names_of, row
from models.clustering.corrections.confidence import confidence
from models.clustering.corrections.constrained import DISTANCE, average_grouped, grouped, with_constraints
from models.clustering.corrections.matching import matched
from models.clustering.corrections.neighbours import find_neighbours

NAMED, VERDICTS, QUESTIONS = 30, 240, 60


def again(sets):
    """Names lost, confirmed faces moved and rejected faces returned, with and without constraints."""
    x, people, photos = sets["LFW"]
    kept = find_neighbours(x)
    first = grouped(kept, DISTANCE, photos=photos).labels
    said, old = verdicts(x, people, first, kept)
    count = (said["anchors"] >= 0).sum()
    print(
        f"{len(np.unique(said['anchors'])) - 1} people named, {count} faces confirmed, {len(said['apart'])} "
        f"rejected, {len(said['pairs_together'])} pairs together, {len(said['pairs_apart'])} apart.\n"
    )
    row("grouped anew by", "groups", "names lost", "confirmed moved", "rejected returned", "pairs broken",
        "without verdicts", "BCubed F, pairwise F", "without verdicts")  # fmt: skip
    row(*["---"] * 9)
    for title, group in again_ways(x, kept, photos).items():
        with_, without = group(**said).labels, group().labels
        cells = [broken(said, old, labels) for labels in (with_, without)]
        told = ["{1:.3f}, {2:.3f}".format(*figures(people, labels)) for labels in (with_, without)]
        row(title, with_.max() + 1, *cells[0], ", ".join(map(str, cells[1])), *told)


def again_ways(x, kept, photos):
    """How the library is grouped anew."""
    ways = {
        f"chinese_whispers, {d:g}": functools.partial(grouped, kept, d, photos=photos)
        for d in (0.26, 0.30, 0.33, 0.36, 0.40)
    }
    ways["chinese_whispers, 0.33, another seed"] = functools.partial(
        grouped, kept, 0.33, photos=photos, seed=7
    )
    for name in ("people", "average_linkage", "hdbscan"):
        ways[name] = functools.partial(average_grouped, x, clusterer=name, photos=photos)
    ways["people, 0.07"] = functools.partial(average_grouped, x, 0.07, photos=photos)
    nobody = np.full(len(x), -1)

    def none_at_all(anchors=None, apart=None, pairs_together=None, pairs_apart=None):
        return with_constraints(nobody, anchors, apart, pairs_together, pairs_apart, x)

    return ways | {"every face alone, with_constraints": none_at_all}


def verdicts(x, people, labels, kept, seed=0):
    """The verdicts of the user, and the old number of each face.

    Naming a group confirms one face of it, the surest of that name: its cover.
    """
    generator = np.random.default_rng(seed)
    sure = confidence(x, labels)
    named, used = {}, set()
    for group, name in sorted(names_of(labels, people).items(), key=lambda one: -(labels == one[0]).sum()):
        if name not in used | {"?"} and len(named) < NAMED:
            named[group] = name
            used.add(name)
    number = {name: i for i, name in enumerate(np.unique(people))}
    anchors, apart, old = np.full(len(x), -1), [], labels.copy()
    each = VERDICTS // NAMED
    for group, name in named.items():
        rows = np.flatnonzero(labels == group)
        rows = rows[np.argsort(sure[rows])]
        cover = rows[people[rows] == name][-1]
        for face in {cover, *rows[: each - 1].tolist()}:
            if people[face] == name:
                anchors[face] = number[name]
            else:
                apart.append((face, number[name]))
                old[face] = -1
    near = np.argwhere((kept.distance > DISTANCE - 0.03) & (kept.distance < DISTANCE + 0.03))
    near = np.array([(a, kept.index[a, b]) for a, b in generator.permutation(near)])
    near = near[(people[near] != "").all(axis=1)][:QUESTIONS]
    same = people[near[:, 0]] == people[near[:, 1]]
    said = {"anchors": anchors, "apart": np.array(apart, int).reshape(-1, 2)}
    return said | {"pairs_together": near[same], "pairs_apart": near[~same]}, old


def broken(said, old, new):
    """Names that no group takes, confirmed faces elsewhere, rejected ones that are back, pairs broken."""
    anchors = said["anchors"]
    matching = matched(old, new, anchors >= 0)
    holder = {}  # the old number of each named person: that of most of its confirmed faces
    for anchor in np.unique(anchors[anchors >= 0]):
        holder[int(anchor)] = Counter(old[anchors == anchor].tolist()).most_common(1)[0][0]
    lost = set(holder.values()) - set(matching.values())
    now = np.array([matching.get(one, -1) for one in new.tolist()])
    moved = sum(now[face] != holder[anchors[face]] for face in np.flatnonzero(anchors >= 0))
    back = sum(now[face] == holder.get(anchor, -2) for face, anchor in said["apart"].tolist())
    pairs = sum(new[a] != new[b] or new[a] < 0 for a, b in said["pairs_together"])
    pairs += sum(new[a] == new[b] >= 0 for a, b in said["pairs_apart"])
    return len(lost), int(moved), int(back), int(pairs)
