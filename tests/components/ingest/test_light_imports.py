"""Whoever only reads photos and finds faces loads neither TensorFlow, nor TFX, nor Beam, nor Parquet."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("tensorflow", "keras", "tfx", "apache_beam", "ml_metadata", "pyarrow", "pandas", "sklearn", "scipy")
LIGHT = (
    *(
        "photos",
        "chips",
        "drawn",
        "taken",
        "decode",
        "row",
        "settings",
        "sources",
        "frames.align",
        "points.landmarks",
    ),
    *("detect.detectors", "detect.auto", "detect.dlib_module", "detect.upright"),
)

IMPORTED = """
import importlib, json, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps(sorted(sys.modules)))
"""
FOUND = """
import json, sys
from components.ingest.detect.detectors import make_detector
from components.ingest.photos import find_faces
from components.ingest.settings import IngestSettings
settings = IngestSettings()
faces = find_faces(open(sys.argv[1], "rb").read(), make_detector(settings), settings).faces
print(json.dumps([len(faces), sorted(sys.modules)]))
"""


def in_fresh_process(code, *arguments):
    asked = [sys.executable, "-c", code, *map(str, arguments)]
    return json.loads(subprocess.run(asked, check=True, capture_output=True, text=True).stdout)


@pytest.mark.parametrize("name", LIGHT)
def test_imports_nothing_heavy(name):
    loaded = in_fresh_process(IMPORTED, f"components.ingest.{name}")
    assert f"components.ingest.{name}" in loaded
    assert not set(HEAVY) & set(loaded)


def test_faces_are_found_without_anything_heavy():
    photo = Path(importlib.util.find_spec("skimage").origin).parent / "data" / "astronaut.png"
    n_faces, loaded = in_fresh_process(FOUND, photo)
    assert n_faces == 1
    assert not set(HEAVY) & set(loaded)


def test_the_account_is_what_needs_parquet():
    """So that the list above is one of names that a process does load."""
    assert "pyarrow" in in_fresh_process(IMPORTED, "components.ingest.accounting")
