"""``facefold assign``: new photos grouped by a model that was pushed."""

import argparse
import json
import os
import sys

from pipeline.commands.arguments import add_json, add_root
from pipeline.commands.outcome import DONE, FAILED, WRONG_ARGUMENTS, complain, say
from pipeline.runners.tensorflow_environment import before_tensorflow

HELP = "group new photos by a model that was pushed"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    command.add_argument("photos", nargs="+", metavar="PHOTO", help="photos, or folders of photos")
    command.add_argument("--model", metavar="DIR", help="a pushed model's folder, or a run's")
    command.add_argument(
        "--server",
        metavar="HOST:PORT|URL",
        default=os.environ.get("FACEFOLD_SERVER"),
        help="TF Serving, gRPC or http://, that answers instead (default: the variable FACEFOLD_SERVER); "
        "--model then only says how faces are found",
    )
    command.add_argument(
        "--thresholds",
        metavar="FILE",
        help="thresholds.json of facefold look-alikes: people who look alike are told apart by their own "
        "threshold",
    )
    command.add_argument("--detector", metavar="NAME", help="how faces are found (default: as in its run)")
    add_root(command, "keeps the faces found, as run's")
    add_json(command, "print one JSON object and nothing else")


def run_command(options: argparse.Namespace) -> int:
    """Runs the command; returns 0 done, 1 a server gave no answer, 2 wrong arguments."""
    before_tensorflow()
    from pipeline.commands.assignment import assign, lines_of
    from pipeline.serving.calls import ServingError

    chosen = options.root, options.detector, sys.stderr, options.server, options.thresholds
    try:
        result = assign(options.model, options.photos, *chosen)
    except (ValueError, FileNotFoundError, ModuleNotFoundError) as error:
        complain(error)
        return WRONG_ARGUMENTS
    except ServingError as error:
        complain(error)
        return FAILED
    say(json.dumps(result, allow_nan=False) if options.json else "\n".join(lines_of(result)))
    return DONE
