"""Made-up drawings: a ring, a box or a zigzag, each with two short lines inside, as Quick, Draw! has them."""

import json

import numpy as np

from components.ingest.drawings import strokes_of
from schemas.sketch_features import PADDING

WORDS = ("ring", "box", "zigzag")


def lines_of_drawing(word, generator):
    """Strokes as Quick, Draw! writes them: [[x, ...], [y, ...]] of whole numbers from 0 to 255."""
    steps = int(generator.integers(6, 14))
    if word == "ring":
        angle = np.linspace(0, 2 * np.pi, steps)
        points = 127 + 127 * np.stack([np.cos(angle), np.sin(angle)])
    elif word == "box":
        side = generator.integers(150, 256)
        points = np.array([[0, side, side, 0, 0], [0, 0, 255, 255, 0]], float)
    else:
        points = np.stack([np.linspace(0, 255, steps), np.arange(steps) % 2 * generator.integers(60, 200)])
    eyes = [np.array([[x, x + 5], [80, 100]]) + generator.integers(-9, 10, (2, 1)) for x in (80, 150)]
    return [np.clip(stroke.round(), 0, 255).astype(int).tolist() for stroke in (points, *eyes)]


def json_lines(n, seed=0):
    """n lines of an .ndjson file, every word in turn."""
    generator = np.random.default_rng(seed)
    words = [WORDS[i % len(WORDS)] for i in range(n)]
    drawings = [{"word": word, "drawing": lines_of_drawing(word, generator)} for word in words]
    return [json.dumps(drawing).encode() for drawing in drawings]


def strokes(n, seed=0):
    """Steps (T, 3) float32 of n made-up drawings, T from drawing to drawing."""
    return [strokes_of(line)[0] for line in json_lines(n, seed)]


def filled(drawings, length=None):
    """Drawings in one array (n, length, 3), the shorter ones filled up."""
    length = length or max(len(drawing) for drawing in drawings)
    out = np.tile(np.array(PADDING, np.float32), (len(drawings), length, 1))
    for row, drawing in zip(out, drawings, strict=True):
        row[: len(drawing)] = drawing
    return out
