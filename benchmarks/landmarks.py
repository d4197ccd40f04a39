"""Errors of dlib's 68 points and of the network that learned them, on photos marked by hand.

    python -m benchmarks.landmarks [--taught DIR DIR] [--faces 300 1000]

The network is taught by dlib's points on the photos in the folders, on all their faces and on some of them;
the marked photos teach nothing. Errors are distances in pixels of the aligned chip, whose eyes lie 64 pixels
apart, over all points of all faces. Five minutes for 3,800 photos.
"""

import argparse
import json
import sys
import tempfile
import time

import numpy as np
import tensorflow as tf
from models.landmarks.landmark_network import LandmarkNetwork

from benchmarks.ingest import DATA
from components.ingest.chips import every_face
from components.ingest.decode import decode
from components.ingest.settings import IngestSettings
from components.ingest.sources import list_folder
from models.identity.face_descriptors import grey_levels
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


def predicted(network, grey):
    """The network's points (n, 68, 2), and how many faces it did in a second."""
    graph = tf.function(lambda chips: network(tf.cast(chips, tf.float32)), reduce_retracing=True)
    batches = [tf.constant(grey[first : first + BATCH]) for first in range(0, len(grey), BATCH)]
    graph(batches[0])
    graph(batches[-1])
    start = time.perf_counter()
    points = np.concatenate([graph(batch).numpy() for batch in batches])
    return points, len(grey) / (time.perf_counter() - start)


def taught(grey, points, count, seed=0):
    """A network taught on ``count`` faces drawn from all, its facts and the seconds that it took."""
    rows = np.sort(np.random.default_rng(seed).permutation(len(grey))[:count])
    network = LandmarkNetwork()
    start = time.perf_counter()
    facts = network.teach(grey[rows], points[rows], seed)
    return network, {**facts, "seconds": round(time.perf_counter() - start, 1)}


def main(folders, counts):
    """Errors of the mean face, of dlib, and of the network by the number of faces that taught it."""
    photos = [photo for folder in folders for photo in list_folder(str(folder))]
    faces = found_faces(photos, landmarks="dlib68")
    if not faces:
        sys.exit(f"benchmarks.landmarks: no faces in {', '.join(map(str, folders))}. Fix: set --taught.")
    grey, points = grey_chips(faces), points_of(faces)
    chips, marks, by_dlib = marked_faces(DATA / "landmarks68")
    result = {"marked_faces": len(chips), "dlib68": errors(by_dlib, marks)}
    for count in (*counts, len(grey)):
        network, facts = taught(grey, points, count)
        found, speed = predicted(network, chips)
        result[f"network_taught_by_{count}"] = {
            **facts,
            "faces_a_second": round(speed),
            "mean_face": errors(network.start.numpy(), marks)["all"],
            "errors": errors(found, marks),
            "from_dlib": errors(found, by_dlib)["all"],
        }
    return result


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--taught", nargs="+", default=[DATA / "lfw_dev", DATA / "celeba_wild"])
    parser.add_argument("--faces", nargs="*", type=int, default=[300, 1000])
    arguments = parser.parse_args()
    print(json.dumps(main(arguments.taught, arguments.faces), indent=1))
