"""``facefold recipes``: lists the recipes, or one of them with all its settings."""

import argparse
import textwrap

from models.catalog import MODELS
from models.classifiers.catalog import CLASSIFIERS
from pipeline.commands.outcome import DONE, WRONG_ARGUMENTS, complain, say
from pipeline.recipes.assignments import needs_words
from pipeline.recipes.catalog import RECIPES, get_recipe
from pipeline.recipes.papers import PAPERS
from pipeline.recipes.recipe import Recipe
from schemas.settings import Settings, about_of, range_of, shown

HELP = "list the recipes, or the settings of one"
WIDTH = 100


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    command.add_argument("recipe", nargs="?", help="its settings, with value, range and help")


def run_command(options: argparse.Namespace) -> int:
    """Runs the command; returns 0 done, 2 an unknown recipe."""
    if options.recipe is None:
        say("\n".join(line for recipe in RECIPES.values() for line in lines_of(recipe)))
        return DONE
    try:
        recipe = get_recipe(options.recipe)
    except ValueError as error:
        complain(error)
        return WRONG_ARGUMENTS
    say("\n".join([*lines_of(recipe), *setting_lines(recipe)]))
    return DONE


def lines_of(recipe: Recipe) -> list[str]:
    """What a recipe is for, where it comes from, and what starts it."""
    paper = PAPERS[recipe.paper]
    data = recipe.ingest.entry.data or recipe.ingest.source
    told = [
        f"After {paper.short}, \u201c{paper.title}\u201d: {recipe.follows}.",
        "; ".join(filter(None, (recipe.what[0].upper() + recipe.what[1:], needs_words(recipe)))) + ".",
        *([f"The paper reports: {recipe.paper_figure}."] if recipe.paper_figure else []),
        *([f"Measured here: {recipe.our_figure}."] if recipe.our_figure else []),
        recipe.command,
    ]
    first = f"{recipe.name}  ({recipe.minutes:g} minutes on two cores, {data})"
    return [first, *(line for text in told for line in wrapped(text))]


def setting_lines(recipe: Recipe) -> list[str]:
    """Every setting of a recipe, part by part: its value, its range, and what it does."""
    known = CLASSIFIERS if recipe.classifies else MODELS
    lines = ["", f"model={recipe.model}", *wrapped(f"the network; one of: {', '.join(known)}")]
    for part, settings in recipe.parts().items():
        keys = [key for key, where in recipe.settable().items() if where == part]
        lines += ["", f"{part}:"] if keys else []
        for key in keys:
            lines += [f"  {key}={shown(recipe.value(key))}", *wrapped(help_of(type(settings), key))]
    return lines


def help_of(kind: type[Settings], key: str) -> str:
    """What a setting does, its unit, and its range."""
    unit = about_of(kind, key).unit
    what = str(kind.model_fields[key].description)
    return f"{what}{f' ({unit})' if unit else ''}; {range_of(kind, key)}"


def wrapped(text: str) -> list[str]:
    """Wraps a text into lines of at most WIDTH characters, indented by four."""
    return textwrap.wrap(text, WIDTH, initial_indent="    ", subsequent_indent="    ")
