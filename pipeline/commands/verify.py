"""``facefold verify``: how well a model tells people apart on given pairs."""

import argparse
import json
import sys

from pipeline.commands.arguments import add_decisions, add_json, add_root
from pipeline.commands.outcome import DONE, WRONG_ARGUMENTS, complain, say
from pipeline.runners.tensorflow_environment import before_tensorflow

HELP = "measure how well a model tells people apart on given pairs"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    command.add_argument(
        "--model",
        metavar="DIR|NAME",
        required=True,
        help="face-people, pretrained_face, imagenet_lite, pixels or pca; or the folder of a pushed model or "
        "of a run",
    )
    command.add_argument("--images", metavar="DIR", required=True, help="the photos that the pairs name")
    command.add_argument("--pairs", metavar="FILE", required=True, help="pairs: LFW's format or CSV")
    command.add_argument(
        "--detector",
        metavar="NAME",
        help="finds the faces; none takes whole photos (default: as the model's run, or auto)",
    )
    command.add_argument(
        "--face",
        choices=("central", "largest"),
        default="central",
        help="which face of a photo with several: that in the middle, as in LFW, or the largest "
        "(default: %(default)s)",
    )
    command.add_argument(
        "--attributes", metavar="FILE", help="CSV of photos' attributes: figures for each group too"
    )
    add_decisions(command)
    add_root(command, "keeps the faces found, as run's")
    add_json(command, "print one JSON object and nothing else")


def run_command(options: argparse.Namespace) -> int:
    """Runs the command; returns 0 done, 2 wrong arguments."""
    before_tensorflow()
    from pipeline.commands.verification import Options, lines_of, verify

    arguments = (options.model, options.images, options.pairs, options.root)
    chosen = Options(options.detector, options.face, options.attributes, options.decisions)
    try:
        result = verify(*arguments, chosen, sys.stderr)
    except (ValueError, FileNotFoundError, ModuleNotFoundError) as error:
        complain(error)
        return WRONG_ARGUMENTS
    say(json.dumps(result, allow_nan=False) if options.json else "\n".join(lines_of(result)))
    return DONE
