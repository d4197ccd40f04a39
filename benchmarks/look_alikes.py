"""Whether thresholds by pair hold on other photos, and whether a planted mixed group is named.

    .venv/bin/python -m benchmarks.look_alikes --cache DIR [--people celeba_wild lfw_dev orl]
        [--models face-people pretrained_face imagenet_lite] [--seeds 10] [--pairs 20] [--plantings 40]

Of each photo the face in its middle is taken; people are the folders with ten photos or more. For each seed
the photos of each person are halved: one half chooses the hardest pairs and their thresholds, the other
judges them. ``covered``: the share of pairs whose error on the other half lies in the interval that the first
half gave; ``random`` tells the same of as many random pairs, which nothing chose. ``rules``: what faces of
the other half are told to be, of the two people of their pair: by the nearer mean alone, by that from the
threshold on (what ``assign`` does), and only where the other one is below the threshold. A planting puts all
photos of a person into another's folder, or three of them, or joins two groups that ``people`` found. DIR
keeps the faces found and their embeddings.
"""

import argparse
import json
from collections import Counter
from pathlib import Path

import numpy as np

from benchmarks.ingest import DATA
from components.look_alikes.cost import costs, threshold_for_all
from components.look_alikes.hardest import LEAST_PHOTOS, hardest
from components.look_alikes.library import FOLDERS, GROUPS, library_of
from components.look_alikes.mixed import mixed_groups
from components.look_alikes.parting import error_on, part

MODELS = ("face-people", "pretrained_face", "imagenet_lite")
FEW = 3  # photos of another person, where not all are put into a folder


def embedded(folder, model, cache):
    """Embeddings (n, d), the folders' names and the photos' hashes of all photos with a face."""
    from pipeline.runners.tensorflow_environment import before_tensorflow

    kept = cache / f"{model}-{folder.name}.npz"
    if not kept.exists():
        before_tensorflow()
        from components.ingest.chips import one_face_each
        from components.ingest.listing import photos_below
        from pipeline.commands.encoder import find_encoder
        from pipeline.commands.verification import ingest_settings
        from pipeline.encoder import BATCH, load_embedder

        encoder = find_encoder(model)
        settings = ingest_settings(encoder, folder, str(cache), None)
        photos = photos_below(str(folder))
        sizes = Counter(photo.label for photo in photos)
        photos = [photo for photo in photos if sizes[photo.label] >= 2 * LEAST_PHOTOS]
        faces, _ = one_face_each(photos, settings, "central")
        found = [
            (photo.label, face) for photo, face in zip(photos, faces, strict=True) if face and photo.label
        ]
        with load_embedder(encoder, settings.detector, batch=BATCH) as embedder:
            x = embedder([face.chip for _, face in found])
        labels, hashes = [label for label, _ in found], [face.content_hash for _, face in found]
        np.savez(kept, x=x, label=np.array(labels), hash=np.array(hashes))
    arrays = np.load(kept)
    label = arrays["label"]
    names, sizes = np.unique(label, return_counts=True)
    many = np.isin(label, names[sizes >= 2 * LEAST_PHOTOS])
    return arrays["x"][many], label[many], arrays["hash"][many]


def library(faces, people=None, rows=None, named=FOLDERS):
    """A library of some rows of the faces, by folders or by other people (n,)."""
    x, label, hashes = faces
    rows = np.arange(len(x)) if rows is None else rows
    told = [None if name is None else str(name) for name in (label if people is None else people)[rows]]
    names = list(map(str, hashes[rows]))
    return library_of(x[rows], told, (names, names), [b""] * len(rows), named)


def halves(label, seed):
    """The rows of two halves of each person's photos."""
    generator = np.random.default_rng(seed)
    sides = [], []
    for name in np.unique(label):
        rows = generator.permutation(np.flatnonzero(label == name))
        for side, half in zip(sides, np.array_split(rows, 2), strict=True):
            side.extend(half.tolist())
    return [np.sort(side) for side in sides]


def rules_of(first, second, pair, threshold):
    """Right, wrong and unknown faces of the second half by three rules; (3, 3)."""
    means = np.stack([first.x[first.rows(person)].mean(axis=0) for person in (pair.one, pair.other)])
    out = np.zeros((3, 3), int)
    for own, person in enumerate((pair.one, pair.other)):
        alike = second.x[second.rows(person)] @ means.T
        right, near = alike.argmax(axis=1) == own, alike >= threshold
        for rule, told in enumerate((np.ones(len(alike), bool), near.any(axis=1), near.sum(axis=1) == 1)):
            out[rule] += (right & told).sum(), (~right & told).sum(), (~told).sum()
    return out


def parted(faces, seeds, most):
    """Figures of the thresholds that one half of the photos gives, on the other."""
    told, rules, costs_told, at_random = [], np.zeros((3, 3), int), [], []
    for seed in range(seeds):
        first, second = (library(faces, rows=rows) for rows in halves(faces[1], seed))
        everybody = threshold_for_all(first).threshold
        pairs = hardest(first, most)
        for pair in pairs:
            sides = second.x[second.rows(pair.one)], second.x[second.rows(pair.other)]
            cut = pair.parting.cut.threshold
            found = error_on(cut, *sides).error
            told.append(
                (seed, pair.parting.cut.error, pair.parting.error, pair.parting.low, pair.parting.high, found,
                 error_on(everybody, *sides).error, pair.parting.parts)
            )  # fmt: skip
            rules += rules_of(first, second, pair, cut)
        generator = np.random.default_rng(seed)
        for _ in range(most):
            two = generator.choice(len(first.names), 2, replace=False)
            parting = part(*(first.x[first.rows(one)] for one in two))
            found = error_on(parting.cut.threshold, *(second.x[second.rows(one)] for one in two)).error
            at_random.append((parting.low, parting.high, found, parting.error))
        both = [(pair.one, pair.other) for pair in pairs]
        cuts = [pair.parting.cut.threshold for pair in pairs]
        before, after = (costs(half, both, cuts, everybody) for half in (first, second))
        costs_told += [
            (share.low - 1e-12 <= other.value <= share.high + 1e-12, share.value, other.value)
            for (own, _), (later, _) in zip(before, after, strict=True)
            for share, other in ((own.merged, later.merged), (own.split, later.split))
        ]
    rows = np.array(told, float)
    _, seen, expected, low, high, found, shared, parts = rows.T
    inside = (found >= low - 1e-9) & (found <= high + 1e-9)
    random_low, random_high, random_found, random_expected = np.array(at_random).T
    named = ("nearer", "nearer_from_threshold", "other_below_threshold")
    return {
        "pairs": len(rows),
        "covered": inside.mean(),
        "covered_by_seed": [int(inside[rows[:, 0] == seed].sum()) for seed in range(seeds)],
        "above": int((found > high + 1e-9).sum()),
        "below": int((found < low - 1e-9).sum()),
        "error_seen": seen.mean(),
        "error_expected": expected.mean(),
        "error_found": found.mean(),
        "error_found_by_one_threshold": shared.mean(),
        "better_than_one_threshold": (found < shared).mean(),
        "worse_than_one_threshold": (found > shared).mean(),
        "interval_width": (high - low).mean(),
        "parts": parts.mean(),
        "random": {
            "covered": ((random_found >= random_low - 1e-9) & (random_found <= random_high + 1e-9)).mean(),
            "above": int((random_found > random_high + 1e-9).sum()),
            "below": int((random_found < random_low - 1e-9).sum()),
            "error_expected": random_expected.mean(),
            "error_found": random_found.mean(),
        },
        "found_where_parts_at_most": found[parts > 0].max() if parts.any() else None,
        "cost_covered": float(np.mean([one[0] for one in costs_told])),
        "rules": {
            name: dict(zip(("right", "wrong", "unknown"), row.tolist(), strict=True))
            for name, row in zip(named, rules, strict=True)
        },
    }


def planted(faces, plantings, seed=0):
    """How many planted mixed folders are named, and how many others."""
    label = faces[1]
    whole = library(faces)
    bare = mixed_groups(whole)
    names = np.unique(label)
    told = {
        "people": len(names),
        "unmixed_looked_at": bare.looked_at,
        "unmixed_named": [whole.names[group.person] for group in bare.groups],
        "mixes_named_by_itself": bare.found,
    }
    alike = [(whole.names[pair.one], whole.names[pair.other]) for pair in hardest(whole, plantings)]
    generator = np.random.default_rng(seed)
    for kind in ("random", "hardest", "few"):
        hits, others, anew, looked = 0, 0, 0, 0
        for number in range(plantings):
            one, other = generator.choice(names, 2, replace=False)
            if kind == "hardest":
                one, other = alike[number % len(alike)]
            moved = np.flatnonzero(label == other)
            if kind == "few":
                moved = generator.choice(moved, FEW, replace=False)
            people = label.astype(object)
            people[moved] = one
            mixed = library(faces, people)
            found = mixed_groups(mixed, number)
            named = {mixed.names[group.person] for group in found.groups}
            hits += one in named
            others += len(named - {one})
            anew += len(named - {one, *told["unmixed_named"]})
            looked += found.looked_at - 1
        told[kind] = {
            "plantings": plantings,
            "named": hits,
            "others_named": others,
            "others_named_only_then": anew,
            "others": looked,
        }
    return told


def planted_groups(faces, plantings, seed=0):
    """The same where the groups are those that the clusterer ``people`` finds, and two of them are joined."""
    from models.clustering.people import PeopleClusterer

    x, label, _ = faces
    groups = PeopleClusterer(random_state=0).fit_predict(x)
    people = np.array([None if group < 0 else f"group {group}" for group in groups], object)
    whole = library(faces, people, named=GROUPS)
    bare = mixed_groups(whole)
    pure = {name: len(np.unique(label[people == name])) == 1 for name in whole.names}
    large = [name for name in whole.names if (people == name).sum() >= LEAST_PHOTOS and pure[name]]
    generator = np.random.default_rng(seed)
    hits, others, tried = 0, 0, 0
    while tried < plantings:
        one, other = generator.choice(large, 2, replace=False)
        if label[people == one][0] == label[people == other][0]:
            continue
        tried += 1
        joined = np.where(people == other, one, people)
        mixed = library(faces, joined, named=GROUPS)
        named = {mixed.names[group.person] for group in mixed_groups(mixed, tried).groups}
        hits += one in named
        others += sum(pure[name] for name in named - {one})
    return {
        "groups": len(whole.names),
        "looked_at": bare.looked_at,
        "not_pure": sum(not one for one in pure.values()),
        "named": {whole.names[group.person]: pure[whole.names[group.person]] for group in bare.groups},
        "joined": {"plantings": plantings, "named": hits, "pure_others_named": others},
    }


def main():
    """Prints a line of JSON for each folder and model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--people", nargs="+", default=["celeba_wild", "lfw_dev", "orl"])
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    parser.add_argument("--cache", type=Path, required=True, help="a folder that keeps faces and embeddings")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--plantings", type=int, default=40)
    options = parser.parse_args()
    for name in options.people:
        for model in options.models:
            faces = embedded(DATA / name, model, options.cache)
            told = {"people": name, "model": model, "faces": len(faces[0])}
            told["parted"] = parted(faces, options.seeds, options.pairs)
            told["planted"] = planted(faces, options.plantings)
            if model == "face-people":
                told["planted_groups"] = planted_groups(faces, options.plantings)
            print(json.dumps(told, default=float), flush=True)


if __name__ == "__main__":
    main()
