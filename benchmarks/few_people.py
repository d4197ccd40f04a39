"""How well few people with many photos each are told apart, and many with few, by what each library teaches.

    .venv/bin/python -m benchmarks.few_people --cache DIR [--draws 2] [--first 0] [--rounds 1] [--with-all]

Mixtures of the faces of ``--photos`` (by default ORL, CelebA's scenes and LFW's development set): 10, 30,
100 and 250 people with about 300 faces, and 30, 100 and 800 with about 1,000. (Ten people have no more than
some 300 there.) hd_lbp is fitted on each mixture alone, and its faces are grouped by average linkage, after
none and each of the rounds that were kept; nobody's name is read before that. ``lost``: pairwise F at the
best cut less that at the own one. ``with_all``: the same faces, embedded by a fit on all faces.

DIR keeps the descriptors of all faces of these photos (1.5 GB; their mean mesh and filters are those of all
of them) and what each mixture makes of them, so that the same again takes seconds a mixture.
"""

import argparse
import hashlib
import itertools
import json
from pathlib import Path

import numpy as np

from benchmarks.ingest import DATA
from models.clustering.average_linkage import people_mean
from models.clustering.linkage.average_tree import average_tree
from models.clustering.linkage.identity_threshold import identity_height
from models.clustering.linkage.ward import cut
from models.clustering.rows import unit_rows
from models.identity.hd_lbp import HDLBP
from models.identity.registered_patches import SCALES

SERIES = {300: (10, 30, 100, 250), 1000: (30, 100, 800)}  # faces: people
MANY = 20  # photos of each person, at least, where the mixture asks for more
FOLDERS = ("orl", "celeba_wild", "lfw_dev")


class OfKept(HDLBP):
    """The model's own fit on rows of descriptors that are kept, instead of on chips."""

    def keep(self, described, folder):
        """Descriptors (5, n, 17, block_size), one array a scale; a folder for what a fit makes of them."""
        self.kept, self.folder = described, folder
        return self

    def _fit_block_axes(self, grey, own):
        kept = self.folder / f"blocks_{hashlib.sha256(grey.tobytes()).hexdigest()[:16]}.npy"
        if not kept.exists():
            np.save(kept, super()._fit_block_axes(grey, own).astype(np.float16))
        return np.load(kept).astype(np.float32)

    def _described(self, grey, own, scale):
        return self.kept[SCALES.index(scale)][grey]

    def _fit_axes(self, grey, own):
        self.found = super()._fit_axes(grey, own)
        return self.found

    def embedded(self, rows):
        """Fits on rows (n,) of what is kept; their embeddings (n, d) after each round."""
        self.fit_blocks(rows, None, np.arange(len(rows)))
        return [unit_rows(self.found @ one) for one in self.round_maps.numpy()]


def described(folders, cache):
    """Descriptors (5, n, 17, block_size) float16 of all named faces, and whose each is (n,)."""
    from benchmarks.identity import faces_of
    from models.identity.grey_faces import GREY

    kept = cache / "described.npy"
    if not kept.exists():
        chips, _, rows = faces_of(folders, str(cache))
        names = {
            f"{folder.name}/{name}": row
            for folder, one in zip(folders, rows, strict=True)
            for name, row in one.items()
        }
        chips = chips[list(names.values())]
        grey = np.stack([np.round(chip @ np.array(GREY)).astype(np.uint8) for chip in chips])
        model = HDLBP(latent_dim=600)
        registered = model.learn_places(grey)
        np.save(cache / "people.npy", np.array(["/".join(name.split("/")[:2]) for name in names]))
        np.save(kept, np.stack([model._described(*registered, scale) for scale in SCALES]))
    return np.load(kept, mmap_mode="r"), np.load(cache / "people.npy")


def mixture(who, people, faces, seed):
    """Rows of so many people of ``who`` (n,), about ``faces`` in all, as many of each as they have."""
    generator = np.random.default_rng(seed)
    names, counts = np.unique(who, return_counts=True)
    enough = names[counts >= min(MANY, faces // people)]
    chosen = generator.choice(enough, min(people, len(enough)), replace=False)
    most = -(-faces // people)
    return np.concatenate([generator.permutation(np.flatnonzero(who == one))[:most] for one in chosen])


def scores(labels, groups):
    """Pairwise F and BCubed F."""
    from components.evaluate.figures.agreement import cells_of, fast_agreement

    found = fast_agreement(cells_of(labels.tolist(), groups), np.ones((1, len(np.unique(labels)))))
    return float(found["pairwise_f"][0]), float(found["bcubed_f"][0])


def figures(x, labels):
    """Of embeddings (n, d): groups, pairwise F and BCubed F at the own cut, and what is lost to the best."""
    directions = unit_rows(x, people_mean(x))
    tree = average_tree(directions, np.arange(len(x)))
    own = identity_height(directions, tree).labels(tree)
    tried = np.unique(np.geomspace(5, len(x) - 1, 80).astype(int))
    best = max(scores(labels, cut(tree, int(k))) for k in tried)
    at_own = scores(labels, own)
    best = max(best, at_own)
    told = {"f": at_own[0], "bcubed_f": at_own[1], "best_f": best[0], "lost": best[0] - at_own[0]}
    return {"groups": len(np.unique(own))} | {key: round(value, 3) for key, value in told.items()}


def main():
    """Prints a line of JSON for each mixture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--photos", nargs="+", type=Path, default=[DATA / name for name in FOLDERS])
    parser.add_argument("--draws", type=int, default=2)
    parser.add_argument("--first", type=int, default=0, help="the first draw")
    parser.add_argument("--cache", type=Path, required=True, help="a folder that keeps the descriptors")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--with-all", action="store_true", help="and as the fit on all faces has them")
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    kept, who = described(options.photos, options.cache)
    model = OfKept(latent_dim=600, rounds=options.rounds).keep(kept, options.cache)
    everybody = model.embedded(np.arange(len(who)))[-1] if options.with_all else None
    for faces, numbers in SERIES.items():
        for people, seed in itertools.product(numbers, range(options.first, options.first + options.draws)):
            rows = mixture(who, people, faces, seed)
            labels, found = who[rows], model.embedded(rows)
            told = {"people": len(np.unique(labels)), "faces": len(rows), "seed": seed}
            told["rounds_kept"] = sum(one["kept"] for one in model.facts["rounds"])
            for number in range(told["rounds_kept"] + 1):
                told[f"after_{number}"] = figures(found[number], labels)
            if everybody is not None:
                told["with_all"] = figures(everybody[rows], labels)
            print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
