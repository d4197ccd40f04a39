"""Whether a run would only repeat the latest one under its root.

TFX's cache reuses every step then, but importing TFX alone takes longer than most people wait. The
answer needs the list of photos, the settings and the sources only.
"""

import hashlib
import importlib.metadata
import json
from pathlib import Path

from components.ingest.points.landmark_files import points_fingerprint
from components.ingest.sources import list_photos, listing_fingerprint
from pipeline.dag.code_version import code_version

PACKAGES = ("tfx", "tensorflow", "keras", "scikit-learn", "numpy", "opencv-python-headless")


def run_key(recipe):
    """A hash of all that decides a run's result: settings, photos (path, size, time), code, packages."""
    settings = recipe.as_dict()
    photos = list_photos(recipe.ingest)
    parts = {
        "settings": settings,
        "photos": listing_fingerprint(photos),
        "points": points_fingerprint(settings.get("landmarks_path", "")),
        "code": code_version("schemas", "models", "components", "pipeline"),
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def same_as_latest(layout, key):
    """The result of the latest run that ended, if it had this key and what it made is still there."""
    finished = sorted(layout.runs.glob("*/result.json"))
    if not finished:
        return None
    latest = finished[-1].parent
    key_file = latest / "key"
    if not key_file.exists() or key_file.read_text() != key:
        return None
    result = json.loads((latest / "result.json").read_text())
    made = [result["report"], result["pushed_model"]]
    return result if all(path is None or Path(path).exists() for path in made) else None


def remember(folder, key):
    """Keeps the key of a finished run in its folder."""
    (folder / "key").write_text(key)
