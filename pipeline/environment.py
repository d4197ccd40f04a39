"""Which recipe runs, told by the environment: for runners whose own command can't be given arguments.

FACEFOLD_RECIPE   a recipe's name (face-cae)
FACEFOLD_IMAGES   the photos (the recipe's own source)
FACEFOLD_ROOT     where everything goes (./facefold-runs)
FACEFOLD_SET      settings, as in "epochs=20 n_clusters=25"
"""

import os
import shlex
from pathlib import Path

from pipeline.recipe import prepared
from pipeline.recipes import get_recipe

DEFAULT_ROOT = "facefold-runs"


def chosen_recipe(name=None):
    """The recipe ``name``, or that of FACEFOLD_RECIPE; ValueError, one line, for what is not possible."""
    recipe = get_recipe(name or os.environ.get("FACEFOLD_RECIPE", "face-cae"))
    settings = shlex.split(os.environ.get("FACEFOLD_SET", ""))
    return prepared(recipe, os.environ.get("FACEFOLD_IMAGES", ""), settings)


def chosen_root():
    """FACEFOLD_ROOT as an absolute path."""
    return Path(os.environ.get("FACEFOLD_ROOT", DEFAULT_ROOT)).expanduser().absolute()
