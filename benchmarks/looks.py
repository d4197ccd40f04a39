"""What the default detector finds beside `mtcnn`: mixed sizes, photos turned without a tag; its time.

    python -m benchmarks.looks [--photos 60] [--collages 6]

Collages of 4000, 2000 and 1200 pixels are laid of single portraits, each known to have one face in its
middle, from a tenth of the picture down to a hundredth. The times of both detectors are taken in turn on
whole scenes, in processor milliseconds a photo on one core; their ratio is of medians. Three minutes.
"""

import argparse
import json
import random
import statistics
import sys
import time
from pathlib import Path

import cv2
import numpy as np

from benchmarks.ingest import DATA, photo_files
from components.ingest.decode import decode
from components.ingest.detect.detectors import make_detector
from components.ingest.detect.upright import eye_angles
from components.ingest.settings import IngestSettings

SIZES = ((4000, 3000, 90), (2000, 1500, 90), (1200, 900, 70))  # width, height, smallest portrait
SAME = 0.4  # of both boxes' union that they share
TURNS = {90: -90, 180: 180, 270: 90}  # counterclockwise, and where the eyes' line then points


def portraits(detector):
    """Photos with one sure face in the middle, and its box, in an order that a seed draws."""
    files = sorted((DATA / "lfw_dev").glob("*/*.jpg"))
    if not files:
        sys.exit(f"benchmarks.looks: no photos in {DATA / 'lfw_dev'}. Fix: set FACEFOLD_DATA.")
    random.Random(5).shuffle(files)
    for file in files:
        image = decode(file.read_bytes())
        found = detector(image)
        middle = found.boxes[:, :2] + found.boxes[:, 2:] / 2
        inside = np.abs(middle - np.array(image.shape[1::-1]) / 2).max(axis=1) < image.shape[0] / 10
        if inside.sum() == 1 and found.scores[inside][0] > 0.99:
            yield image, found.boxes[inside][0]


def collage(width, height, least, source, draw):
    """A picture laid of portraits in squares that are cut in four by chance, and the boxes [n, 4] in it."""
    canvas, boxes = np.zeros((height, width, 3), np.uint8), []

    def fill(x, y, side):
        if side >= 2 * least and (side > height / 1.9 or draw.random() < 0.55):
            for right, down in ((0, 0), (0, 1), (1, 0), (1, 1)):
                fill(x + right * side / 2, y + down * side / 2, side / 2)
            return
        if draw.random() < 0.35 and side < height / 4:
            return
        image, box = next(source)
        zoom = side / image.shape[1]
        how = cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC
        tile = cv2.resize(image, (round(side), round(side)), interpolation=how)
        tile = tile[: height - int(y), : width - int(x)]
        canvas[int(y) : int(y) + tile.shape[0], int(x) : int(x) + tile.shape[1]] = tile
        boxes.append(np.array([x, y, 0, 0]) + box * zoom)

    for column in range(4):
        for row in range(3):
            fill(column * width / 4, row * height / 3, width / 4)
    return canvas, np.array(boxes)


def n_found(found, boxes):
    """How many of the known boxes [n, 4] a detector found."""
    if not len(found):
        return 0
    start = np.maximum(boxes[:, None, :2], found.boxes[None, :, :2])
    end = np.minimum(
        boxes[:, None, :2] + boxes[:, None, 2:], found.boxes[None, :, :2] + found.boxes[None, :, 2:]
    )
    shared = np.maximum(end - start, 0).prod(axis=2)
    sizes = boxes[:, 2:].prod(axis=1)[:, None] + found.boxes[:, 2:].prod(axis=1)[None]
    return int(((shared / (sizes - shared)).max(axis=1) > SAME).sum())


def mixed_sizes(detectors, count):
    """Faces known and found by each detector in collages of each size."""
    source, draw = portraits(detectors["mtcnn"]), random.Random(5)
    found = {}
    for number in range(count):
        width, height, least = SIZES[number % len(SIZES)]
        canvas, boxes = collage(width, height, least, source, draw)
        told = found.setdefault(str(width), {"faces": 0, **dict.fromkeys(detectors, 0)})
        told["faces"] += len(boxes)
        for name, detector in detectors.items():
            told[name] += n_found(detector(canvas), boxes)
    return found


def turned(detectors, count):
    """Of single portraits turned without a tag: how many have a face, and how many have it upright."""
    images = [
        image
        for image, _ in (pair for pair, _ in zip(portraits(detectors["mtcnn"]), range(count), strict=False))
    ]
    told = {}
    for degrees, expected in TURNS.items():
        for name, detector in detectors.items():
            found = [detector(np.ascontiguousarray(np.rot90(image, degrees // 90))) for image in images]
            off = [np.abs((eye_angles(one) - expected + 180) % 360 - 180) for one in found]
            told[f"{name}_{degrees}"] = {
                "photos": len(images),
                "with_a_face": sum(len(one) > 0 for one in found),
                "faces_upright": int(sum((one < 45).sum() for one in off)),
                "faces_not_upright": int(sum((one >= 45).sum() for one in off)),
            }
    return told


def processor_ms(detectors, count):
    """Median processor milliseconds of each detector a scene, and their ratio to `mtcnn`."""
    scenes = [decode(Path(file).read_bytes()) for file in photo_files(count)]
    times = {name: [] for name in detectors}
    for image in scenes[:3] + scenes:
        for name, detector in detectors.items():
            start = time.process_time()
            detector(image)
            times[name].append(1000 * (time.process_time() - start))
    medians = {name: statistics.median(taken[3:]) for name, taken in times.items()}
    means = {name: statistics.mean(taken[3:]) for name, taken in times.items()}
    return {
        "scenes": len(scenes),
        "median_ms": {name: round(taken, 1) for name, taken in medians.items()},
        "mean_ms": {name: round(taken, 1) for name, taken in means.items()},
        "auto_to_mtcnn": round(medians["auto"] / medians["mtcnn"], 3),
    }


def main():
    """Prints all three as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=int, default=60)
    parser.add_argument("--collages", type=int, default=6)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    detectors = {name: make_detector(IngestSettings(detector=name)) for name in ("auto", "mtcnn")}
    told = {
        "mixed_sizes": mixed_sizes(detectors, arguments.collages),
        "turned": turned(detectors, arguments.photos),
        "time": processor_ms(detectors, 2 * arguments.photos),
    }
    print(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
