"""Whether a run would only repeat the latest one under its root.

If so, TFX's cache would reuse every step, but importing TFX alone takes longer than most people like to wait.
The answer only needs the list of photos, the settings and the source files.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.ingest.listing import list_photos, listing_fingerprint, setting_fingerprints
from pipeline.dag.code_version import code_version
from pipeline.runners.finished import RESULT, finished_runs
from pipeline.serving.files import is_servable

if TYPE_CHECKING:
    from pipeline.dag.layout import Layout
    from pipeline.recipes.recipe import Recipe

PACKAGES = ("tfx", "tensorflow", "keras", "scikit-learn", "numpy", "opencv-python-headless")


def run_key(recipe: Recipe, layout: Layout, tell: Callable[[str], None] | None = None) -> str:
    """A hash of everything that decides a result: settings, photos and files (path, content), code, packages.

    ``tell`` is given a line for each folder among the photos that is left out, see ``list_photos``.
    """
    settings, cache_dir = recipe.as_dict(), str(layout.photos)
    photos = list_photos(recipe.ingest.changed(cache_dir=cache_dir), tell)
    parts = {
        "settings": settings,
        "photos": listing_fingerprint(photos, cache_dir),
        "files": setting_fingerprints(recipe.parts().values(), cache_dir),
        "code": code_version("schemas", "models", "components", "pipeline"),
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def same_as_latest(layout: Layout, key: str) -> dict[str, Any] | None:
    """The result of the latest finished run, if it had this key and its files still exist; else None."""
    finished = finished_runs(layout.runs)
    if not finished:
        return None
    latest = finished[-1]
    key_file = latest / "key"
    if not key_file.exists() or key_file.read_text() != key:
        return None
    result: dict[str, Any] = json.loads((latest / RESULT).read_text())
    pushed = result["pushed_model"]
    made = [result["report"], *result["artifacts"].values()]
    whole = all(Path(path).exists() for path in made) and (pushed is None or is_servable(pushed))
    return result if whole else None


def remember(folder: Path, key: str) -> None:
    """Writes the key of a run that is about to be finished into its folder."""
    (folder / "key").write_text(key)
