"""``facefold duplicates``: photos that show one picture, confirmed and shown; nothing is deleted."""

import argparse
import json
import sys

from pipeline.commands.arguments import add_json, add_root
from pipeline.commands.outcome import DONE, WRONG_ARGUMENTS, complain, say
from pipeline.runners.private_files import private_files

HELP = "find photos that show one picture, and decide which to keep"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    command.add_argument("--images", metavar="DIR", required=True, help="the photos, read to the bottom")
    command.add_argument(
        "--decisions",
        metavar="FILE",
        help="what was decided before, JSON lines: those pairs do not come back",
    )
    command.add_argument(
        "-o",
        "--out",
        metavar="DIR",
        help="receives duplicates.csv and duplicates.html (default: duplicates/ below --root)",
    )
    add_root(command, "keeps the hashes of the files, as run's")
    add_json(command, "print one JSON object and nothing else")


@private_files()
def run_command(options: argparse.Namespace) -> int:
    """Runs the command; returns 0 done, 2 wrong arguments."""
    from pipeline.commands.duplicate_photos import find_duplicates, lines_of

    try:
        result = find_duplicates(options.images, options.decisions, options.out, options.root, sys.stderr)
    except (ValueError, FileNotFoundError, ModuleNotFoundError) as error:
        complain(error)
        return WRONG_ARGUMENTS
    say(json.dumps(result, allow_nan=False) if options.json else "\n".join(lines_of(result)))
    return DONE
