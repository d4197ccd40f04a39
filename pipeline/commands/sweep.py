"""``facefold sweep``: several recipes, or settings, compared in one table."""

from __future__ import annotations

import argparse
import csv
import json
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.commands.arguments import add_json, add_root, add_settings
from pipeline.commands.outcome import DONE, FAILED, WRONG_ARGUMENTS, complain, say
from pipeline.dag.layout import Layout
from pipeline.recipes.assignments import prepared
from pipeline.runners.root_folder import usable_root
from pipeline.runners.streams import second_stderr
from pipeline.runners.tensorflow_environment import before_tensorflow
from schemas.paths import absolute

if TYPE_CHECKING:
    from components.pairs.files import Pairs
    from pipeline.commands.variants import Variant

HELP = "run several recipes, or settings, and compare them in one table"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    command.add_argument(
        "items",
        nargs="+",
        metavar="ITEM",
        help="RECIPE, RECIPE,key=value,... or key=a,b,c, which multiplies the grid",
    )
    command.add_argument("--images", metavar="DIR", help="the photos, as for run")
    add_root(command, "as for run; the runs go below it")
    add_settings(command, "for every run that takes it")
    command.add_argument(
        "--pairs", metavar="FILE", default="", help="pairs for verification: LFW's format or CSV"
    )
    command.add_argument(
        "--min-images",
        metavar="N",
        type=int,
        default=10,
        help="grouping is judged on people with at least so many photos (default: %(default)s)",
    )
    add_json(command, "print the rows as one JSON object, last line")


def pairs_of(asked: str) -> Pairs | None:
    """The pairs of the file that ``--pairs`` names, None for no file; raises ValueError if it is no such."""
    from components.pairs.files import read_pairs

    if not asked:
        return None
    file = absolute(asked, "--pairs")
    if not os.path.isfile(file):
        raise ValueError(f"--pairs {asked} is no file. Expected pairs in LFW's format or CSV.")
    try:
        return read_pairs(file)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ValueError(
            f"--pairs {asked} can't be read: {error}. Expected pairs in LFW's format or CSV, a text in UTF-8."
        ) from error


def missing_pairs(pairs: Pairs, variants: Sequence[Variant], asked: str) -> list[str]:
    """A line about the pairs without photos for each source of photos that the variants take.

    Raises ValueError where a source has the photos of no pair.
    """
    from pipeline.recipes.pairs_found import missing_line, n_found, photo_names

    lines = []
    for ingest in dict.fromkeys(variant.recipe.ingest for variant in variants):
        names = photo_names(ingest)
        if not n_found(pairs, names):
            first = f"it begins with {pairs.first[0]!r}" if pairs.first else "it has no pair"
            raise ValueError(
                f"--pairs {asked} has no pair of two photos that are there; {first}. Expected pairs of "
                "photos by their paths below the photos' folder. Check --images."
            )
        lines.append(missing_line(pairs, names))
    return list(dict.fromkeys(filter(None, lines)))


def run_command(options: argparse.Namespace) -> int:
    """Runs the command; returns 0 if all ran, 1 if one failed, 2 for wrong arguments."""
    from pipeline.commands.variants import lines_of, sweep, variants_of

    try:
        variants = variants_of(
            options.items, lambda recipe: prepared(recipe, options.images, []), options.settings
        )
        pairs = pairs_of(options.pairs)
        missing = missing_pairs(pairs, variants, options.pairs) if pairs else []
        if options.min_images < 1:
            raise ValueError(f"--min-images {options.min_images} is wrong. Expected a number of at least 1.")
        root = usable_root(Layout(options.root).root / "sweep").parent
    except ValueError as error:
        complain(error)
        return WRONG_ARGUMENTS
    before_tensorflow()
    from pipeline.runners.root_lock import RootError, WrongRootError

    with second_stderr() as stream:
        for line in missing:
            stream.write(f"{line}\n")
        stream.flush()
        try:
            result = sweep(variants, root, stream, pairs, options.min_images)
        except WrongRootError as error:
            complain(error)
            return WRONG_ARGUMENTS
        except (RootError, ValueError) as error:
            complain(error)
            return FAILED
    say("\n".join(lines_of(result["variants"])))
    say(json.dumps(result) if options.json else f"Page: {result['page']}   Table: {result['table']}")
    return FAILED if any("error" in row for row in result["variants"]) else DONE
