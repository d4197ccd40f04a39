"""How well the embedding of face-identity tells people apart, before and after its rounds.

    .venv/bin/python -m benchmarks.identity [--photos DIR DIR] [--pairs FILE] [--people DIR]

It is fitted on all faces of the photos, and nobody's name is read; then the pairs and the folders' names only
score. By default the photos are LFW's development set and CelebA's scenes, the pairs LFW's, the people
CelebA's. TAR: the share of pairs of one person in ``people`` that are more alike than all but one in a
thousand of its pairs of two. Some ten minutes for 4,090 faces on two cores.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import tensorflow as tf

from benchmarks.ingest import DATA
from components.evaluate.figures.verification import verify
from components.face_table import without_extension
from components.ingest.chips import every_face
from components.ingest.decode import decode
from components.ingest.settings import IngestSettings
from components.ingest.sources import list_folder
from components.pairs.files import read_pairs
from models.identity.hd_lbp import HDLBP
from models.inputs.by_batches import by_batches
from models.inputs.training_data import ExampleSet

FAR = 1e-3


def faces_of(folders, cache):
    """Chips (n, 192, 192, 3) uint8, photos (n,), and for each folder the row that stands for each photo."""
    chips, photos, rows = [], [], []
    for folder in folders:
        best = {}
        found = every_face(list_folder(str(folder)), IngestSettings(cache_dir=cache))
        for photo, faces in enumerate(faces for _, faces in found):
            for face in faces:
                name = without_extension(face.image_path)
                if name not in best or face.off_centre < best[name][0]:
                    best[name] = face.off_centre, len(chips)
                chips.append(decode(face.chip))
                photos.append(10**6 * len(rows) + photo)
        rows.append({name: row for name, (_, row) in best.items()})
    return np.stack(chips), np.array(photos), rows


def true_accepts(embeddings, rows):
    """The share of pairs of one person that are above all but ``FAR`` of the pairs of two."""
    people = np.array([name.split("/")[0] for name in rows])
    x = embeddings[list(rows.values())] - embeddings.mean(axis=0)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    first, second = np.triu_indices(len(x), 1)
    alike, same = (x @ x.T)[first, second], people[first] == people[second]
    return float((alike[same] > np.quantile(alike[~same], 1 - FAR)).mean())


def main():
    """Prints the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--photos", nargs="+", type=Path, default=[DATA / "lfw_dev", DATA / "celeba_wild"])
    parser.add_argument("--pairs", type=Path, default=DATA / "lfw_dev_pairs.txt")
    parser.add_argument("--people", type=Path, default=DATA / "celeba_wild")
    parser.add_argument("--cache", default="", help="a folder that keeps what was found in photos")
    options = parser.parse_args()
    chips, photos, rows = faces_of(options.photos, options.cache)
    faces = tf.data.Dataset.from_tensor_slices({"image": chips, "photo": photos})
    scaled = faces.map(lambda one: {**one, "image": tf.cast(one["image"], tf.float32) / 255.0})
    model = HDLBP(latent_dim=600)
    model.start_from(ExampleSet(scaled, len(chips)))
    made = by_batches(lambda some: model.stages(tf.cast(some, tf.float32) / 255.0), chips)
    found = np.concatenate([stages[:, [0, -1]] for _, stages in made])
    everybody = {name: row for one in rows for name, row in one.items()}
    told = {"faces": len(chips), "rounds_kept": sum(one["kept"] for one in model.facts["rounds"])}
    for place, name in enumerate(("before", "after")):
        embeddings = found[:, place]
        figures = verify(embeddings, everybody, read_pairs(options.pairs))
        told[name] = {
            **{key: round(figures[key], 4) for key in ("auc", "accuracy")},
            "tar": round(true_accepts(embeddings, rows[options.photos.index(options.people)]), 4),
        }
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
