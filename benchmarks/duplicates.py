"""How many planted duplicates ``facefold duplicates`` finds, what else it confirms, and how long it takes.

    .venv/bin/python -m benchmarks.duplicates planted [--images celeba_wild] [--count 50] [--seed 2025]
    .venv/bin/python -m benchmarks.duplicates many [--photos 20000] [--count 50] [--seed 2025]
    .venv/bin/python -m benchmarks.duplicates alone FOLDER [FOLDER ...]

``planted`` makes a duplicate of each of six kinds of 50 photos. ``many`` does so among 20,000: the photos of
all sets of faces, the four corners of those of whole scenes, and small pictures of CIFAR-10. ``alone`` tells
what is confirmed in sets as they are. Decisions are then made for all pairs found, and a second run has to
show none.
"""

import argparse
import json
import resource
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.ingest import DATA
from benchmarks.planted_duplicates import MAKERS, plant
from components.duplicates.rows import NAME, read_rows
from components.ingest.sources import list_folder
from pipeline.commands.duplicate_photos import find_duplicates

PICTURES = (".jpg", ".png", ".pgm")
WHOLE = ("celeba_wild", "lfw_dev", "orl", "kinfacew2", "real_and_generated", "landmarks68")
SCENES = ("celeba_wild", "landmarks68")  # of which corners are taken too
CORNER = 0.55  # of a side: two corners share a ninth of what they show, or less


def files_of(folder):
    """{path: file} of the pictures below a folder of the data."""
    return {
        photo.path: Path(photo.file).resolve()
        for photo in list_folder(str(folder))
        if photo.path.lower().endswith(PICTURES)
    }


def linked(photos, folder):
    """Lays links to photos {path: file} below a folder."""
    for path, file in photos.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(file)


def corners(photos, folder):
    """Writes the four corners of each of the photos below a folder, as JPEG."""
    for path, file in photos.items():
        picture = Image.open(file).convert("RGB")
        width, height = (round(CORNER * side) for side in picture.size)
        for left in (0, picture.width - width):
            for top in (0, picture.height - height):
                target = folder / f"{path}-{left}-{top}.jpg"
                target.parent.mkdir(parents=True, exist_ok=True)
                picture.crop((left, top, left + width, top + height)).save(target, quality=95)


def score(planted, images, work):
    """Runs the command twice, the second time with all pairs decided; returns what it found."""
    found = find_duplicates(str(images), None, str(work / "out"), str(work / "root"))
    rows = read_rows(work / "out" / NAME)
    # A group of planted pictures and their original is one picture: pairs inside it are true.
    group = {path: original for (original, new) in planted for path in (original, new)}
    same = {new: original for (original, new), kind in planted.items() if kind == "exact"}
    pairs = {(row.first, row.second) for row in rows}
    kinds = {frozenset((row.first, row.second)): row for row in rows}
    # Of photos with the same pixels the first by path stands for all: a pair with it is a pair with each.
    kinds |= {
        frozenset(same.get(path, path) for path in pair): row
        for pair, row in kinds.items()
        if row.kind != "exact"
    }
    hit = Counter(kind for pair, kind in planted.items() if frozenset(pair) in kinds)
    named = Counter(
        kind
        for pair, kind in planted.items()
        if frozenset(pair) in kinds and says(kinds[frozenset(pair)], kind)
    )
    others = [pair for pair in sorted(pairs) if group.get(pair[0], 0) != group.get(pair[1], 1)]
    peak = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    decisions = work / "decisions.jsonl"
    decisions.write_text(
        "".join(
            json.dumps({"left": row.first_hash, "right": row.second_hash, "keep": "both"}) + "\n"
            for row in rows
        )
    )
    again = find_duplicates(str(images), str(decisions), str(work / "again"), str(work / "root"))
    return {
        "photos": found["photos"],
        "read": found["read"],
        "found": {kind: hit[kind] for kind in MAKERS},
        "named_so": {kind: named[kind] for kind in MAKERS},
        "planted": dict(Counter(planted.values())),
        "pairs": len(rows),
        "others": [describe(kinds[frozenset(pair)]) for pair in others],
        "candidates": found["candidates"],
        "seconds": found["seconds"],
        "cpu_seconds": found["cpu_seconds"],
        "peak_mb": peak,
        "second_run": {"open": again["pairs"], "decided": again["decided"]},
    }


def says(row, kind):
    """Whether a row tells a kind, as the main one or beside it."""
    return kind in (row.kind, *row.also.split(" + "))


def describe(row):
    """A pair in one line."""
    names = "two names" if row.two_names else "one name"
    return f"{row.first} {row.second} {row.kind} residual {row.residual} worst {row.worst}, {names}"


def main():
    """Prints one JSON object a run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("planted", "many", "alone"))
    parser.add_argument("folders", nargs="*")
    parser.add_argument("--images", default="celeba_wild")
    parser.add_argument("--photos", type=int, default=20_000)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=2025)
    options = parser.parse_args()
    for name in options.folders or [options.images]:
        with tempfile.TemporaryDirectory() as folder:
            work, images = Path(folder), Path(folder) / "images"
            began = time.monotonic()
            planted = {}
            if options.what == "many":
                planted = many(images, options)
            else:
                photos = files_of(DATA / name)
                linked(photos, images)
                if options.what == "planted":
                    planted = plant(photos, images, options.count, options.seed)
            made = time.monotonic() - began
            told = score(planted, images, work)
            print(
                json.dumps(
                    {"set": name if options.what != "many" else "many", "making": round(made, 1), **told},
                    indent=1,
                )
            )


def many(images, options):
    """Lays ``options.photos`` different photos and the planted ones; returns the latter."""
    photos = {f"{name}/{path}": file for name in WHOLE for path, file in files_of(DATA / name).items()}
    linked(photos, images)
    for name in SCENES:
        corners({f"corners-{name}/{path}": file for path, file in files_of(DATA / name).items()}, images)
    there = sum(1 for photo in list_folder(str(images)))
    small = files_of(DATA / "cifar10")
    rng = np.random.default_rng(options.seed)
    chosen = rng.choice(
        sorted(small), max(0, options.photos - there - 6 * options.count), replace=False
    ).tolist()
    linked({f"cifar10/{path}": small[path] for path in chosen}, images)
    return plant(photos, images, options.count, options.seed)


if __name__ == "__main__":
    main()
