"""The faces that benchmarks.corrections judges by, embedded as face-people does, and how it judges."""

from collections import Counter
from pathlib import Path

import numpy as np

from benchmarks.ingest import DATA
from benchmarks.people import scores

SETS = ("lfw_dev", "celeba_wild", "orl")


def library(name, cache):
    """Unit rows (n, 128) float32, people (n,) str, photos (n,) of a folder of photos by person.

    A photo's folder names the face in its middle; the other faces in it are nobody's (""). What was found is
    kept in the folder ``cache``.
    """
    file = Path(cache) / f"{name}.npz"
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        x, people, photos = found_in(DATA / name)
        np.savez(file, x=x, people=people, photos=photos)
    with np.load(file) as kept:
        return kept["x"], kept["people"], kept["photos"]


def found_in(folder):
    """The same, looked for anew."""
    from components.ingest.chips import central, every_face
    from components.ingest.sources import list_folder
    from pipeline.commands.encoder import by_reference
    from pipeline.recipes.catalog import RECIPES

    recipe = RECIPES["face-people"]
    chips, people, photos = [], [], []
    found = every_face(list_folder(str(folder)), recipe.parts()["ingest"])
    for photo, (row, faces) in enumerate(found):
        named = central(faces, row) if faces else None
        for face in faces:
            chips.append(face.chip)
            people.append(row.path.split("/")[0] if face is named else "")
            photos.append(photo)
    return by_reference(recipe, chips)[0], np.array(people), np.array(photos)


def figures(people, labels):
    """Groups, BCubed F and pairwise F."""
    found = scores(people, labels)
    return labels.max() + 1, found["bcubed_f"], found["pairwise_f"]


def row(*cells):
    """Prints a line of a table."""
    print("|", *(f"{cell} |" for cell in cells), flush=True)


def names_of(labels, people):
    """The name that most faces of each group have; of groups of nobody's faces "?"."""
    out = {}
    for one in range(labels.max() + 1):
        told = [name for name in people[labels == one].tolist() if name]
        out[one] = Counter(told).most_common(1)[0][0] if told else "?"
    return out
