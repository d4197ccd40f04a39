"""``facefold run``: photos in, report and pushed model out."""

import argparse

from pipeline.beam.presets import beam_choice
from pipeline.commands.arguments import add_beam, add_json, add_root, add_settings
from pipeline.commands.outcome import DONE, FAILED, NOT_BLESSED, WRONG_ARGUMENTS, complain
from pipeline.commands.result import print_result
from pipeline.recipes.assignments import prepared
from pipeline.recipes.catalog import get_recipe
from pipeline.recipes.recipe import Recipe
from pipeline.runners.root_folder import usable_root
from pipeline.runners.streams import second_stderr
from pipeline.runners.tensorflow_environment import before_tensorflow

HELP = "run a recipe: photos in, report and pushed model out"
OWN_PHOTOS, SAMPLE = "face-people", "face-cae"  # where no recipe is named


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    command.add_argument(
        "recipe",
        nargs="?",
        help=f"see `facefold recipes` (default: {OWN_PHOTOS} with --images, {SAMPLE} on the sample)",
    )
    command.add_argument(
        "--images",
        metavar="DIR",
        help="your photos; <DIR>/<person>/* gives labels for evaluation; of sketch-rnn an .ndjson file or a "
        "folder of them",
    )
    add_root(command, "where everything goes")
    add_settings(command, "change a setting; `facefold recipes RECIPE` lists those of a recipe")
    add_json(command, "print the result as one JSON object, last line")
    add_beam(command)
    command.add_argument(
        "--check",
        action="store_true",
        help="read every photo and file anew, also those whose size and times are as they were",
    )


def chosen_recipe(options: argparse.Namespace) -> Recipe:
    """The recipe that the arguments ask for; raises ValueError, one line, if they are wrong."""
    name = options.recipe or (OWN_PHOTOS if options.images else SAMPLE)
    return prepared(get_recipe(name), options.images, options.settings)


def run_command(options: argparse.Namespace) -> int:
    """Runs the command; returns 0 blessed and pushed, 1 failure, 2 wrong arguments, 3 not blessed."""
    try:
        recipe, beam = chosen_recipe(options), beam_choice(options.beam)
        root = usable_root(options.root)
    except ValueError as error:
        complain(error)
        return WRONG_ARGUMENTS
    if options.recipe is None and options.images:
        complain(f"recipe {recipe.name}: {recipe.what}. Others: facefold recipes")
    before_tensorflow()
    from pipeline.commands.local_run import RunFailedError, run
    from pipeline.runners.root_lock import RootError, WrongRootError

    # A copy of the descriptor: the run sends stdout and stderr to its log.
    with second_stderr() as stream:
        try:
            result = run(recipe, root, stream, beam, options.check)
        except RootError as error:
            complain(error)
            return FAILED
        except WrongRootError as error:
            complain(error)
            return WRONG_ARGUMENTS
        except RunFailedError as error:
            complain(error)
            if error.report:
                complain(f"the report is {error.report}")
            complain(f"the log is {error.log}")
            return FAILED
    print_result(result, options.json)
    return DONE if result["blessed"] else NOT_BLESSED
