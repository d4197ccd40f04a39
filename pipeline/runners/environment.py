"""What runs, told by the environment: for runners whose own command can't be given arguments.

FACEFOLD_RECIPE         a recipe's name (face-cae)
FACEFOLD_RECIPES        names of several, where a runner takes several (all whose photos are known)
FACEFOLD_IMAGES         the photos (the recipe's own source)
FACEFOLD_SET            settings, as in "epochs=20 n_clusters=25"
FACEFOLD_ROOT           where everything goes (./facefold-runs); also of every command of `facefold`
FACEFOLD_RETRY_SECONDS  until a task that failed is tried again (30)
"""

import os
import shlex
from pathlib import Path

from pipeline.recipes.assignments import prepared
from pipeline.recipes.catalog import RECIPES, get_recipe


def default_root():
    """FACEFOLD_ROOT, or ``facefold-runs`` in the current folder."""
    return os.environ.get("FACEFOLD_ROOT") or "facefold-runs"


def chosen_images():
    """FACEFOLD_IMAGES, or nothing."""
    return os.environ.get("FACEFOLD_IMAGES", "")


def chosen_settings():
    """FACEFOLD_SET, or nothing."""
    return os.environ.get("FACEFOLD_SET", "")


def chosen_recipe(name=None, images=None, settings=None):
    """The recipe ``name``, of ``images``, with ``settings``; of what is None the environment's.

    Raises ValueError, one line, for what is not possible.
    """
    recipe = get_recipe(name or os.environ.get("FACEFOLD_RECIPE", "face-cae"))
    images = chosen_images() if images is None else images
    settings = chosen_settings() if settings is None else settings
    return prepared(recipe, images, shlex.split(settings))


def chosen_root():
    """``default_root`` as an absolute path."""
    return Path(default_root()).expanduser().absolute()


def chosen_recipes():
    """The recipes of FACEFOLD_RECIPES, or all that know their photos."""
    known = [
        name
        for name, recipe in RECIPES.items()
        if chosen_images() or recipe.ingest.images or recipe.ingest.source == "sample"
    ]
    return [get_recipe(name) for name in os.environ.get("FACEFOLD_RECIPES", "").split() or known]


def chosen_retry():
    """Seconds until a failed task is tried again."""
    return float(os.environ.get("FACEFOLD_RETRY_SECONDS", "30"))
