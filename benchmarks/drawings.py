"""Drawings of some words, none of them trained on, above what a run's pushed model makes of them.

    facefold run sketch-rnn --images DIR --root ROOT
    python -m benchmarks.drawings ROOT drawings.png [--words face "smiley face"] [--count 8]

Prints the mean squared error of each drawing's steps, as the post measures it.
"""

import argparse
import json
import os
from pathlib import Path

import numpy as np

from pipeline.runners.finished import finished_runs


def held_out(table, words, count):
    """Serialised tf.Examples of the first ``count`` drawings of ``words``; ValueError for none."""
    found = [example for example, label in zip(table.examples, table.labels, strict=True) if label in words]
    if not found:
        raise ValueError(f"No eval drawing of {', '.join(words)}. Expected words of the run's files.")
    return found[:count]


def pairs(model, examples):
    """Errors (n,), and one picture uint8 (2 h, n h, 3): the drawings above their reconstructions."""
    from models.drawings.raster import draw

    outputs = {name: value.numpy() for name, value in model.signatures["reconstruct"](examples).items()}
    rows = [
        np.concatenate([draw(strokes) for strokes in outputs[name]], axis=1)
        for name in ("strokes", "reconstruction")
    ]
    return outputs["error"], np.concatenate(rows)


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
    from models.drawings.raster import encode_png

    result = json.loads((finished_runs(options.root / "runs")[-1] / "result.json").read_text())
    table = read_faces(result["artifacts"]["examples"], ("eval",))
    examples = held_out(table, options.words, options.count)
    model = tf.saved_model.load(result["pushed_model"])
    errors, picture = pairs(model, tf.constant(examples))
    options.picture.write_bytes(encode_png(picture))
    print(f"{len(errors)} drawings, error {', '.join(f'{error:.3f}' for error in errors)}")


if __name__ == "__main__":
    main()
