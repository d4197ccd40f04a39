"""How level eyes are on photos turned on purpose: degrees against the same photo, straight.

    python -m benchmarks.level [--photos 600]

Photos are turned by 10 to 40 degrees either way about the face's middle. Half a minute.
"""

import argparse
import json
import sys

import cv2
import numpy as np

from benchmarks.ingest import DATA
from components.ingest.decode import decode
from components.ingest.detect.detectors import make_detector
from components.ingest.frames import align
from components.ingest.settings import IngestSettings


def marked(file):
    """The photo, the middle of its marked eyes [2], and half their span in pixels (iBUG's 68 points)."""
    points = np.loadtxt(file.with_suffix(".pts"))
    return decode(file.read_bytes()), points[36:48].mean(axis=0), np.ptp(points[36:48, 0]) / 2


def eyes_nearest(found, middle, reach):
    """Both eyes [2, 2] of the face nearest to ``middle``, or None where none is within ``reach``."""
    if not len(found):
        return None
    eyes = found.landmarks[:, :2]
    away = np.hypot(*(eyes.mean(axis=1) - middle).T)
    return eyes[away.argmin()] if away.min() < reach else None


def tilt_of_turned(detector, image, middle, reach, degrees):
    """Degrees that the eyes of the turned photo's chip are off level; None where a face is missed."""
    straight = eyes_nearest(detector(image), middle, reach)
    turn = cv2.getRotationMatrix2D(tuple(middle), degrees, 0.8)
    turned = cv2.warpAffine(image, turn, image.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
    found = eyes_nearest(detector(turned), middle, reach)
    if straight is None or found is None:
        return None
    chip = align.eye_transform(*found)
    left, right = align.transform_points(chip, align.transform_points(turn, straight))
    return abs(float(np.degrees(np.arctan2(*(right - left)[::-1]))))


def main(count):
    """Percentiles of the tilt over the photos with marked points."""
    files = sorted((DATA / "landmarks68").glob("**/*.jpg"))[:count]
    if not files:
        sys.exit(f"benchmarks.level: no photos in {DATA / 'landmarks68'}. Fix: set FACEFOLD_DATA.")
    draw = np.random.default_rng(0)
    angles = draw.uniform(10, 40, len(files)) * draw.choice([-1, 1], len(files))
    detector = make_detector(IngestSettings())
    pairs = zip(files, angles, strict=True)
    tilts = [tilt_of_turned(detector, *marked(file), angle) for file, angle in pairs]
    known = np.array([tilt for tilt in tilts if tilt is not None])
    return {
        "photos": len(files),
        "found_both_times": len(known),
        "median_degrees": round(float(np.median(known)), 3),
        "p90_degrees": round(float(np.percentile(known, 90)), 3),
        "largest_degrees": round(float(known.max()), 2),
        "share_within_half_a_degree": round(float(np.mean(known <= 0.5)), 3),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=600)
    print(json.dumps(main(parser.parse_args().photos), indent=1))
