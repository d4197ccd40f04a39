"""Whether a recipe's network mined some pairs, so that its figures on them say nothing."""

from __future__ import annotations

from components.pairs.miner import judged_on_own_mining
from pipeline.encoder import REFERENCES, digest, weights_of
from pipeline.recipes.catalog import RECIPES
from pipeline.recipes.recipe import Recipe

FITTED = ("pca",)  # models that are fitted on the photos at hand: known by their name, not by weights


def mined_by(recipe: Recipe, miner: str) -> bool:
    """Whether the network of ``recipe`` mined pairs, whose ``miner`` is as in ``files.Pairs``.

    Only a network that is there before there is a photo can have: one that a run trains has weights that
    nobody had before. Imports TensorFlow where it has to look at weights.
    """
    names = [name for name, one in REFERENCES.items() if RECIPES[one].model == recipe.model]
    if not names or not miner:
        return False
    if recipe.model in FITTED:
        return judged_on_own_mining(f"{names[0]}-", "", miner, fitted=True)
    from models.catalog import build_model

    model = build_model(recipe.model, **recipe.parts()["network"].model_dump())
    return judged_on_own_mining("", digest(weights_of(model)), miner)
