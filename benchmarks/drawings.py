"""Drawings of some words, none of them trained on, above what a run's pushed model makes of them.

    facefold run sketch-rnn --images DIR --root ROOT
    python -m benchmarks.drawings ROOT drawings.png [--words face "smiley face"] [--count 8]

Prints the mean squared error of each drawing's steps, as the post measures it, and over some 300 eval
drawings how far the lines of a drawing and of its reconstruction lie apart, in units of the drawings' 255.
"""

import argparse
import json
import os
from pathlib import Path

import numpy as np

from schemas.sketch_features import PEN_LIFTED, PEN_OVER

POINTS = 64  # along all lines of a drawing, evenly
COMPARED = 300


def held_out(table, words, count):
    """Serialised tf.Examples of the first ``count`` drawings of ``words``; ValueError for none."""
    found = [example for example, label in zip(table.examples, table.labels, strict=True) if label in words]
    if not found:
        raise ValueError(f"No eval drawing of {', '.join(words)}. Expected words of the run's files.")
    return found[:count]


def pairs(model, examples):
    """Errors (n,), and one picture uint8 (2 h, n h, 3): the drawings above their reconstructions."""
    from components.raster import draw

    outputs = {name: value.numpy() for name, value in model.signatures["reconstruct"](examples).items()}
    rows = [
        np.concatenate([draw(strokes) for strokes in outputs[name]], axis=1)
        for name in ("strokes", "reconstruction")
    ]
    return outputs["error"], np.concatenate(rows)


def along(strokes):
    """POINTS places, evenly over all lines of strokes (n, 3), on their own scale: (POINTS, 2) float."""
    from components.raster import corners_of, lines_of

    strokes = strokes[strokes[:, 2] < (PEN_LIFTED + PEN_OVER) / 2]
    lines = lines_of(corners_of(strokes), strokes[:, 2])
    starts, ends = (np.concatenate([line[part] for line in lines]) for part in (slice(-1), slice(1, None)))
    lengths = np.hypot(*(ends - starts).T)
    reached = np.append(0, lengths.cumsum())
    wanted = np.linspace(0, reached[-1], POINTS)
    piece = np.clip(np.searchsorted(reached, wanted, "right") - 1, 0, len(starts) - 1)
    share = (wanted - reached[piece]) / np.maximum(lengths[piece], 1e-9)
    return starts[piece] + (ends - starts)[piece] * share[:, None]


def distance(first, second):
    """Mean distance of each place (n, 2) to the nearest of the other drawing, both ways (Chamfer)."""
    apart = np.hypot(*(first[:, None] - second[None]).transpose(2, 0, 1))
    return (apart.min(axis=0).mean() + apart.min(axis=1).mean()) / 2


def distances(model, examples):
    """``distance`` of each drawing and its reconstruction: (n,) float."""
    found = []
    for start in range(0, len(examples), 64):
        outputs = model.signatures["reconstruct"](examples[start : start + 64])
        rows = zip(outputs["strokes"].numpy(), outputs["reconstruction"].numpy(), strict=True)
        found += [distance(along(strokes), along(again)) for strokes, again in rows]
    return np.array(found)


def main():
    """Writes the picture; prints the errors."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--words", nargs="+", default=["face", "smiley face"])
    parser.add_argument("--count", type=int, default=8)
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import tensorflow as tf

    from components.faces import read_faces
    from components.raster import encode_png

    result = json.loads(sorted(options.root.glob("runs/*/result.json"))[-1].read_text())
    table = read_faces(result["artifacts"]["examples"], ("eval",))
    examples = held_out(table, options.words, options.count)
    model = tf.saved_model.load(result["pushed_model"])
    errors, picture = pairs(model, tf.constant(examples))
    options.picture.write_bytes(encode_png(picture))
    print(f"{len(errors)} drawings, error {', '.join(f'{error:.3f}' for error in errors)}")
    apart = distances(model, tf.constant(table.examples[:: max(1, len(table) // COMPARED)]))
    print(f"{len(apart)} drawings, lines apart by {apart.mean():.1f} of 255 (median {np.median(apart):.1f})")


if __name__ == "__main__":
    main()
