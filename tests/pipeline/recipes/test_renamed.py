"""A setting under the name that it had before is taken, and told in one line."""

import pytest

from pipeline.commands.variants import variants_of
from pipeline.recipes.assignments import with_settings
from pipeline.recipes.catalog import RECIPES, get_recipe
from pipeline.recipes.renamed import RENAMED

LINE = (
    "facefold: the setting yardsticks is called reference_embeddings now. Write reference_embeddings=false\n"
)


def test_the_old_name_is_taken_and_the_new_one_told_once(capsys):
    recipe = get_recipe("face-cae")
    changed = with_settings(recipe, ["yardsticks=false", "seed=3"])
    assert changed == with_settings(recipe, ["reference_embeddings=false", "seed=3"])
    assert changed != with_settings(recipe, ["seed=3"])
    assert capsys.readouterr().err == LINE


@pytest.mark.parametrize(
    ("items", "common"),
    [
        (["face-cae", "seed=1,2"], ["yardsticks=false"]),
        (["face-cae,yardsticks=false", "seed=1,2"], []),
        (["face-cae", "seed=1,2", "yardsticks=false"], []),
    ],
)
def test_a_sweep_takes_it_wherever_it_stands(items, common, capsys):
    variants = variants_of(items, lambda recipe: recipe, common)
    assert [one.recipe.value("reference_embeddings") for one in variants] == [False, False]
    assert "yardsticks" not in " ".join(one.name for one in variants)
    assert capsys.readouterr().err == LINE


@pytest.mark.parametrize("old", RENAMED)
def test_the_table_leads_from_names_of_nothing_to_settings(old):
    settable = {key for recipe in RECIPES.values() for key in recipe.settable()}
    assert old not in settable
    assert RENAMED[old] in settable
