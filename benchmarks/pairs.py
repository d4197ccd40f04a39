"""Models on pairs that are easy and hard: LFW, random, doppelganger and ViSE pairs, kin, in one table.

    python -m benchmarks.pairs MODEL ... [--data DIR] [--miner MODEL ...] [--out DIR]

A MODEL is what ``verify --model`` takes: a name, a run's folder, a pushed model's folder. Faces are found
once for each way of finding them, and each model embeds each set of photos once; what it embedded is kept
below ``--root``. Figures that a model has on pairs it mined itself are in brackets, and are not ranked.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.ingest import DATA
from benchmarks.pairs_falls import falls_of, falls_table
from benchmarks.pairs_tables import alike_table, short, tables
from pipeline.runners.environment import default_root
from pipeline.runners.tensorflow_environment import before_tensorflow

MINERS = ("pretrained_face", "imagenet_lite")
MINED = ("doppelganger", "vise")
KIN_FILES = ("fd", "fs", "md", "ms")
FAR = 0.01


@dataclass
class Judged:
    """A model: its embedder's identity, and the embeddings of each set's photos by path, sets by name."""

    name: str
    space: str
    weights: str
    fitted: bool
    photos: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)

    @property
    def label(self):
        """A short name: a reference's, or that in a pushed model's card."""
        return self.space.rpartition("-")[0]

    def own(self, pairs):
        """Whether it mined the pairs."""
        from components.pairs.miner import judged_on_own_mining

        return judged_on_own_mining(self.space, self.weights, pairs.miner, self.fitted)


def main():
    options = arguments()
    before_tensorflow()
    data, out = Path(options.data), Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    lfw, kin = fixed_pairs(data)
    galleries, models = {}, {}
    for name in dict.fromkeys((*options.miner, *options.models)):
        models[name], galleries[name] = embedded(name, data, lfw, kin, options)
    sets = {"LFW": ("lfw", lfw), **mined_sets(models, galleries, options, out)}
    labels = labels_of(models)
    rows = [{"label": labels[name], **row_of(models[name], sets, kin)} for name in options.models]
    alike = alike_rows(models, sets, data / "celeba_wild_attributes.csv", options)
    told = {
        "seed": options.seed,
        "size": options.size,
        "splits": options.splits,
        "cap": options.cap,
        "rows": rows,
        "colour": colour_row(data, kin),
        "one_group": alike,
        "falls": falls_of(models, options.models, sets, [labels[name] for name in options.miner], score),
    }
    (out / "pairs.json").write_text(json.dumps(told, indent=1) + "\n")
    parts = [
        tables(rows, list(sets), told["colour"], FAR),
        alike_table(alike, labels, options.group),
        falls_table(told["falls"], labels, short),
    ]
    text = "\n\n".join("\n".join(part) for part in parts)
    (out / "pairs.md").write_text(text + "\n")
    print(text)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("models", nargs="+", metavar="MODEL", help="as verify --model")
    parser.add_argument("--data", default=str(DATA), help="with celeba_wild, lfw_dev, kinfacew2")
    parser.add_argument("--miner", nargs="+", default=list(MINERS), help="models that mine")
    parser.add_argument("--duplicates", help="of celeba_wild, as `facefold duplicates` lists them")
    parser.add_argument(
        "--group", default="Male", help="of celeba_wild's attributes: two people who share it"
    )
    parser.add_argument("--root", default=default_root(), help="keeps faces and embeddings")
    parser.add_argument("--out", default="pairs-table", help="a folder for the table and the pairs")
    parser.add_argument("--splits", type=int, default=10)
    parser.add_argument("--size", type=int, default=600, help="pairs in a split")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cap", type=float, default=2.0)
    return parser.parse_args()


def fixed_pairs(data):
    """LFW's development pairs, and the pairs of all four sorts of kin as one set."""
    from components.pairs.files import KIN, Pairs, read_pairs

    parts = [read_pairs(data / f"kinfacew2/KinFaceW-II/meta_data/{name}_pairs.mat") for name in KIN_FILES]
    kin = Pairs(
        [path for part in parts for path in part.first],
        [path for part in parts for path in part.second],
        np.concatenate([part.same for part in parts]),
        np.concatenate([part.fold for part in parts]),
        parts[0].fold_names,
        tuple([name for part in parts for name in part.people[side]] for side in (0, 1)),
        KIN,
    )
    return read_pairs(data / "lfw_dev_pairs.txt"), kin


def embedded(name, data, lfw, kin, options):
    """A model with the embeddings of all three sets, and the gallery of celeba_wild's photos."""
    from pipeline.commands.encoder import find_encoder
    from pipeline.commands.pairs_made import Choices, seen_below
    from pipeline.encoder import BATCH, load_embedder

    encoder = find_encoder(name)
    choices = Choices(duplicates=options.duplicates)
    seen = seen_below(str(data / "celeba_wild"), encoder, choices, options.root, sys.stderr)
    chips = {"celeba": dict(zip(seen.gallery.paths, seen.chips, strict=True))}
    chips["lfw"], others = chips_of_pairs(lfw, data / "lfw_dev", encoder, options)
    chips["kin"], _ = chips_of_pairs(kin, data / "kinfacew2/KinFaceW-II/images", encoder, options)
    fit_on = others() if name == "pca" else None
    with ExitStack() as stack:
        embedder = stack.enter_context(load_embedder(encoder, None, fit_on, BATCH))
        model = Judged(name, embedder.space, embedder.weights, embedder.fitted_on is not None)
        for place, some in chips.items():
            found = kept(embedder, list(some.values()), options.root)
            model.photos[place] = dict(zip(some, found, strict=True))
            print(f"{name}: {len(found)} faces of {place} embedded", file=sys.stderr, flush=True)
    return model, seen.gallery


def chips_of_pairs(pairs, folder, encoder, options):
    """The chips of the pairs' photos by path, and what gives those of all photos in no pair."""
    from functools import partial

    from pipeline.commands.verification import chips_of, found_faces, ingest_settings

    settings = ingest_settings(encoder, folder, options.root, None)
    find = partial(found_faces, settings=settings, face="central", stream=None)
    chips, others, _ = chips_of(pairs, folder, find)
    return chips, lambda: [chip for chip in find(others)[0] if chip is not None]


def kept(embedder, chips, root):
    """The embeddings of chips, from the file below ``root`` if this model embedded these before."""
    digest = hashlib.sha256(b"".join(hashlib.sha256(chip).digest() for chip in chips)).hexdigest()[:16]
    file = Path(root) / "pairs-embeddings" / f"{embedder.space}-{digest}.npy"
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        np.save(file, embedder(chips))
    return np.load(file)


def mined_sets(models, galleries, options, out):
    """The random pairs, and each miner's doppelganger and ViSE pairs, each written down."""
    from components.pairs.files import read_pairs
    from components.pairs.look_alikes import centroids_of, matched
    from components.pairs.making import Asked, make_pairs
    from components.pairs.miner import miner_of
    from components.pairs.statistics import statistics_of
    from components.pairs.writing import write_pairs

    def made(kind, title, gallery, *mining):
        asked = Asked(kind, options.splits, options.size, options.seed, options.cap)
        found = make_pairs(gallery, mining[0] if mining else [], asked, *mining[1:])
        stem = title.replace(", by ", "-")
        story = {"statistics": statistics_of(found.pairs, found.components)}
        write_pairs(found.pairs, out / f"{stem}.csv", "csv", story)
        return "celeba", read_pairs(out / f"{stem}.csv")

    labels = labels_of(models)
    sets = {"random": made("random", "random", galleries[options.miner[0]])}
    for kind in MINED:
        for name in options.miner:
            model, gallery = models[name], galleries[name]
            embeddings = np.stack([model.photos["celeba"][path] for path in gallery.paths])
            look_alikes = matched(centroids_of(embeddings, gallery.people))
            title = f"{kind}, by {labels[name]}"
            mining = (look_alikes, embeddings, miner_of(model.space, model.weights))
            sets[title] = made(kind, title, gallery, *mining)
    return sets


def labels_of(models):
    """A name for each model in tables: short, or with its hash where two have the same."""
    names = [model.label for model in models.values()]
    return {
        name: model.label if names.count(model.label) == 1 else model.space for name, model in models.items()
    }


def row_of(model, sets, kin):
    """One model's figures: of each set, with intervals and whether it is its own; and of kin."""
    from components.evaluate.figures.bands import verification_intervals
    from components.evaluate.figures.transfer import threshold_at
    from components.evaluate.figures.verification import figures_of
    from pipeline.commands.pair_facts import accepted_sorts

    row = {"model": model.name, "space": model.space, "sets": {}}
    scored = {}
    for title, (place, pairs) in {**sets, "kin": ("kin", kin)}.items():
        scored[title] = score(model.photos[place], pairs)
        figures = figures_of(scored[title])
        intervals = verification_intervals(scored[title])["intervals"]
        row["sets"][title] = {
            "own": model.own(pairs),
            "pairs": figures["pairs"],
            "missing": figures["missing"],
            **{name: intervals[name] for name in ("auc", "accuracy")},
            "accuracy_se": figures["accuracy_se"],
        }
    threshold = threshold_at(scored["LFW"], FAR)
    base = np.stack(list(model.photos["lfw"].values()))
    row["kin"] = {
        "threshold": threshold,
        **accepted_sorts(scored["kin"], kin, model.photos["kin"], base, threshold["threshold"]),
    }
    return row


def alike_rows(models, sets, file, options):
    """Of each set of celeba_wild: how many pairs of two people share a group, and the AUC among these."""
    from components.evaluate.figures.verification import figures_of
    from components.photo_attributes import groups_of, read_attributes

    attributes, found = read_attributes(file), {}
    for title, (place, pairs) in sets.items():
        if place != "celeba":
            continue
        first, second = (groups_of(side, attributes, options.group) for side in (pairs.first, pairs.second))
        shared = np.array([a is not None and a == b for a, b in zip(first, second, strict=True)], bool)
        rest = pairs.where(pairs.same | shared)
        auc = {name: figures_of(score(models[name].photos[place], rest))["auc"] for name in options.models}
        found[title] = {"share": float(shared[~pairs.same].mean()), "auc": auc}
    return found


def score(photos, pairs):
    from components.evaluate.figures.verification import score_pairs
    from components.face_table import without_extension

    rows = {without_extension(path): row for row, path in enumerate(photos)}
    return score_pairs(np.stack(list(photos.values())), rows, pairs)


def colour_row(data, kin):
    """The colour yardstick on kin: no model at all."""
    from components.evaluate.figures.verification import Scored, people_of
    from pipeline.commands.pair_facts import colour_yardstick, photos_of

    n = len(kin)
    scored = Scored(np.zeros(n), kin.same, kin.fold, np.arange(n), people_of(kin), 0)
    told = colour_yardstick(scored, kin, photos_of(data / "kinfacew2/KinFaceW-II/images"))
    intervals = told["intervals"]["intervals"]
    return {
        "auc": intervals["auc"],
        "accuracy": intervals["accuracy"],
        "accuracy_se": told["figures"]["accuracy_se"],
    }


if __name__ == "__main__":
    main()
