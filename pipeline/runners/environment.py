"""What runs, as the environment says: for runners whose own command takes no arguments of ours.

Defaults are in parentheses.

FACEFOLD_RECIPE         a recipe's name (face-cae)
FACEFOLD_RECIPES        names of several, where a runner takes several (all whose photos are known)
FACEFOLD_IMAGES         the photos (the recipe's own source)
FACEFOLD_SET            settings, as in "epochs=20 n_clusters=25"
FACEFOLD_ROOT           where everything goes (./facefold-runs); every command of `facefold` reads it too
FACEFOLD_RETRY_SECONDS  the wait before a task that failed is tried again (30)
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from pipeline.recipes.assignments import prepared
from pipeline.recipes.catalog import RECIPES, get_recipe
from pipeline.recipes.recipe import Recipe
from schemas.paths import absolute


def default_root() -> str:
    """FACEFOLD_ROOT, or ``facefold-runs`` in the current folder."""
    return os.environ.get("FACEFOLD_ROOT") or "facefold-runs"


def chosen_images() -> str:
    """FACEFOLD_IMAGES, or the empty text."""
    return os.environ.get("FACEFOLD_IMAGES", "")


def chosen_settings() -> str:
    """FACEFOLD_SET, or the empty text."""
    return os.environ.get("FACEFOLD_SET", "")


def chosen_recipe(name: str | None = None, images: str | None = None, settings: str | None = None) -> Recipe:
    """The recipe ``name`` on the photos in ``images`` with ``settings`` (``key=value ...``).

    Where an argument is None the environment says it. Raises ValueError, one line, if any of them is wrong.
    """
    recipe = get_recipe(name or os.environ.get("FACEFOLD_RECIPE", "face-cae"))
    images = chosen_images() if images is None else images
    settings = chosen_settings() if settings is None else settings
    return prepared(recipe, images, shlex.split(settings))


def chosen_root() -> Path:
    """``default_root`` as an absolute path; ValueError for the home of a user who doesn't exist."""
    return absolute(default_root(), "FACEFOLD_ROOT")


def chosen_recipes() -> list[Recipe]:
    """The recipes of FACEFOLD_RECIPES, or all recipes whose photos are known."""
    known = [
        name
        for name, recipe in RECIPES.items()
        if chosen_images() or recipe.ingest.images or recipe.ingest.source == "sample"
    ]
    return [get_recipe(name) for name in os.environ.get("FACEFOLD_RECIPES", "").split() or known]


def chosen_retry() -> float:
    """Seconds before a failed task is tried again."""
    return float(os.environ.get("FACEFOLD_RETRY_SECONDS", "30"))
