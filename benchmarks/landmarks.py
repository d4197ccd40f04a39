"""Errors of dlib's 68 points and of the mesh's nearest ones, on photos marked by hand.

    python -m benchmarks.landmarks [--marked DIR]

Errors are distances in pixels of the aligned chip, whose eyes lie 64 pixels apart, over all points of all
faces. The mesh marks other places than 300-W does, the jaw above all: ``moved`` is what is left when each
point's mean offset on the other half of the faces is taken away.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import tensorflow as tf

from benchmarks.ingest import DATA
from components.ingest.chips import every_face
from components.ingest.decode import decode
from components.ingest.settings import IngestSettings
from components.ingest.sources import list_folder
from models.identity.grey_faces import grey_levels
from models.identity.hd_lbp import HDLBP
from models.landmarks.mesh_points import OF_300W
from schemas.landmarks import N_POINTS

BATCH = 64
# First point and one past the last.
GROUPS = {"jaw": (0, 17), "brows": (17, 27), "nose": (27, 36), "eyes": (36, 48), "mouth": (48, 68)}


def found_faces(photos, **settings):
    """All faces of the photos, as the ingest finds them."""
    return [face for _, faces in every_face(photos, IngestSettings(**settings)) for face in faces]


def grey_chips(faces):
    """Grey chips (n, 192, 192) uint8."""
    greys = [grey_levels(decode(face.chip)[np.newaxis] / np.float32(255))[0] for face in faces]
    return np.array(greys, np.uint8)


def points_of(faces):
    """Points (n, 68, 2) float32 in chip pixels, not a number where a face has none."""
    none = (np.nan,) * (2 * N_POINTS)
    return np.array([face.landmarks68 or none for face in faces], np.float32).reshape(-1, N_POINTS, 2)


def marked_faces(folder):
    """Of the faces that were marked by hand: grey chips, the marks and dlib's points, (n, 68, 2) each."""
    photos = [photo for photo in list_folder(str(folder)) if photo.path.endswith(".jpg")]
    if not photos:
        sys.exit(f"benchmarks.landmarks: no photos in {folder}. Fix: set FACEFOLD_DATA.")
    with tempfile.TemporaryDirectory() as cache:
        by_hand = found_faces(photos, landmarks="file", landmarks_path=str(folder), cache_dir=cache)
        by_dlib = found_faces(photos, landmarks="dlib68", cache_dir=cache)
    marks = points_of(by_hand)
    known = np.isfinite(marks).all(axis=(1, 2))
    faces = [face for face, is_known in zip(by_dlib, known, strict=True) if is_known]
    return grey_chips(faces), marks[known], points_of(faces)


def errors(found, marks):
    """Mean and median distance in pixels, of all points and of each group."""
    away = np.linalg.norm(found - marks, axis=-1)
    spans = {"all": (0, N_POINTS), **GROUPS}
    return {
        name: {
            "mean": round(float(away[:, first:end].mean()), 3),
            "median": round(float(np.median(away[:, first:end])), 3),
        }
        for name, (first, end) in spans.items()
    }


def mesh_points(grey):
    """The mean of both looks at chips (n, 192, 192) uint8, at 300-W's points, (n, 68, 2); faces a second."""
    model = HDLBP(latent_dim=8, block_dim=4)
    model.face_mesh.read()
    graph = tf.function(lambda chips: model.mesh(tf.cast(chips, tf.float32)), reduce_retracing=True)
    batches = [tf.constant(grey[first : first + BATCH]) for first in range(0, len(grey), BATCH)]
    graph(batches[0])
    graph(batches[-1])
    start = time.perf_counter()
    points = np.concatenate([graph(batch).numpy() for batch in batches])
    return points[:, list(OF_300W)], len(grey) / (time.perf_counter() - start)


def moved(found, marks):
    """The points less their mean offset from the marks on the other half of the faces."""
    half = np.arange(len(found)) % 2 == 0
    offset = [(marks - found)[part].mean(axis=0) for part in (half, ~half)]
    return found + np.where(half[:, None, None], offset[1], offset[0])


def main(folder):
    """Errors of dlib and of the mesh."""
    chips, marks, by_dlib = marked_faces(folder)
    by_mesh, speed = mesh_points(chips)
    return {
        "marked_faces": len(chips),
        "mesh_faces_a_second": round(speed),
        **{
            name: {"as_they_are": errors(found, marks), "moved": errors(moved(found, marks), marks)}
            for name, found in (("dlib68", by_dlib), ("mesh", by_mesh))
        },
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--marked", type=Path, default=DATA / "landmarks68")
    print(json.dumps(main(parser.parse_args().marked), indent=1))
