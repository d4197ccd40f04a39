"""Three hundred photos as a family has them, and how face-people sorts them.

    .venv/bin/python -m benchmarks.mixed_photos make FOLDER [--files DIR] [--seed 0]
    facefold run --images FOLDER/photos --root ROOT
    .venv/bin/python -m benchmarks.mixed_photos score FOLDER ROOT

``make`` lays five albums: 120 scenes of ten people of CelebA, 90 photos of fifteen and 60 of as many people
of LFW, 30 of three of ORL, in random order under names as a camera gives them; all of ``--files`` into an
album of their own. Who is in the middle of which photo is written beside the albums, for ``score`` alone.
"""

import argparse
import json
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.ingest import DATA
from benchmarks.order import latest_of

PEOPLE = (("celeba_wild", 10, 12), ("lfw_dev", 15, 6), ("lfw_dev", 60, 1), ("orl", 3, 10))
ALBUMS = ("2019/Summer", "2020", "2021/Birthday", "From the phone", "Old pictures")
SEVERAL = 3  # photos, of somebody who should be found


def drawn(seed):
    """(person, photo) of all that is laid: nobody twice, of whom there are enough photos."""
    generator, taken = np.random.default_rng(seed), set()
    for folder, people, photos in PEOPLE:
        has = {one.name: sorted(one.iterdir()) for one in sorted((DATA / folder).iterdir()) if one.is_dir()}
        enough = [name for name, files in has.items() if len(files) >= photos and name not in taken]
        for name in generator.choice(enough, people, replace=False).tolist():
            taken.add(name)
            for index in generator.permutation(len(has[name]))[:photos]:
                yield f"{folder}/{name}", has[name][index]


def make(folder, files, seed):
    """Writes folder/photos and folder/people.json."""
    photos = list(drawn(seed))
    told = {}
    for number, index in enumerate(np.random.default_rng(seed).permutation(len(photos))):
        person, source = photos[index]
        name = f"{ALBUMS[number % len(ALBUMS)]}/IMG_{1000 + number}{source.suffix}"
        target = folder / "photos" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        told[name] = person
    if files:
        shutil.copytree(files, folder / "photos" / "Other files")
    (folder / "people.json").write_text(json.dumps(told, indent=1))
    print(f"{len(told)} photos of {len(set(told.values()))} people in {folder / 'photos'}")


def middle_faces(faces, folder, told):
    """The row of the face nearest the middle of each photo that is told of."""
    nearest = {}
    for row, (name, face) in enumerate(zip(faces.image_paths, faces.found, strict=True)):
        if name in told:
            with Image.open(folder / "photos" / name) as photo:
                left, top, width, height = face.box
                off = np.hypot(left + (width - photo.width) / 2, top + (height - photo.height) / 2)
            if name not in nearest or off < nearest[name][0]:
                nearest[name] = off, row
    return {name: row for name, (_, row) in nearest.items()}


def score(folder, root):
    """Prints how many people were found, and each group and person that is wrong."""
    from components.faces import read_faces

    told = json.loads((folder / "people.json").read_text())
    evaluation, examples = latest_of(root)
    with np.load(evaluation / "arrays.npz") as arrays:
        clusters = arrays["cluster"]
    rows = middle_faces(read_faces(str(examples)), folder, told)
    of_person = {person: Counter() for person in told.values()}
    of_group = {}
    for name, row in rows.items():
        group = int(clusters[row])
        of_person[told[name]][group] += 1
        if group >= 0:
            of_group.setdefault(group, Counter())[told[name]] += 1
    owner = {group: people.most_common(1)[0][0] for group, people in of_group.items()}
    photos = Counter(told.values())
    several = [person for person, count in photos.items() if count >= SEVERAL]
    own = {one: sum(n for group, n in of_person[one].items() if owner.get(group) == one) for one in several}
    once = [person for person, count in photos.items() if count == 1]
    print(f"{len(rows)} of {len(told)} photos with a face")
    print(f"{sum(own[one] > 1 for one in several)} of {len(several)} people with several photos are found")
    print(f"{sum(own.values())} of their {sum(photos[one] for one in several)} faces in a group of their own")
    print(f"{sum(list(of_person[one]) == [-1] for one in once)} of {len(once)} who are seen once are unknown")
    print(f"{clusters.max() + 1} groups, {sum(clusters < 0)} of {len(clusters)} faces unknown")
    for group, people in sorted(of_group.items()):
        if len(people) > 1:
            print(f"group {group} of {sum(clusters == group)} faces has {dict(people.most_common())}")
    for person in several:
        groups = [group for group in of_person[person] if owner.get(group) == person]
        if len(groups) > 1:
            print(f"{person} has {len(groups)} groups")


def main():
    """Makes the photos, or scores a run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    steps = parser.add_subparsers(dest="step", required=True)
    making, scoring = steps.add_parser("make"), steps.add_parser("score")
    making.add_argument("--files", type=Path, help="files of other kinds")
    making.add_argument("--seed", type=int, default=0)
    for step in (making, scoring):
        step.add_argument("folder", type=Path)
    scoring.add_argument("root", type=Path)
    options = parser.parse_args()
    if options.step == "make":
        make(options.folder, options.files, options.seed)
    else:
        score(options.folder, options.root)


if __name__ == "__main__":
    main()
