"""``facefold pairs``: makes pairs of photos, in splits, that are hard to tell apart."""

import argparse
import json
import sys

from pipeline.commands.arguments import add_json, add_root
from pipeline.commands.outcome import DONE, WRONG_ARGUMENTS, complain, say
from pipeline.runners.tensorflow_environment import before_tensorflow

HELP = "make pairs of photos of people who look alike, to judge models by"
KINDS = {  # components.pairs.making.KINDS, which is not imported before the command runs
    "random": "any two people",
    "doppelganger": "two people who look alike",
    "vise": "the photos of two people that look most alike",
}


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    command.add_argument("--images", metavar="DIR", required=True, help="photos, in a folder for each person")
    command.add_argument(
        "--kind",
        choices=tuple(KINDS),
        default="doppelganger",
        help="; ".join(f"{name}: {what}" for name, what in KINDS.items()) + " (default: %(default)s)",
    )
    command.add_argument(
        "--model",
        metavar="DIR|NAME",
        help="mines who or what looks alike, as verify's --model; not needed for random pairs, nor for "
        "doppelgangers with --look-alikes",
    )
    command.add_argument(
        "--look-alikes",
        metavar="FILE",
        help="CSV of two names a row: who looks like whom (default: the model matches people in pairs)",
    )
    _add_amounts(command)
    command.add_argument(
        "--duplicates", metavar="FILE", help="the list of `facefold duplicates`: no pair is of two of these"
    )
    command.add_argument("--attributes", metavar="FILE", help="CSV of photos' attributes, for the statistics")
    command.add_argument(
        "--group",
        metavar="COLUMN",
        help="the attribute that is counted (default: male, sex or gender, whichever is there)",
    )
    command.add_argument("--detector", metavar="NAME", help="finds the faces, as in verify")
    command.add_argument(
        "--face",
        choices=("central", "largest"),
        default="central",
        help="as verify's",
    )
    command.add_argument(
        "-o", "--out", metavar="FILE", default="pairs.csv", help="the file to write (default: %(default)s)"
    )
    command.add_argument(
        "--format",
        choices=("csv", "doppelver", "lfw"),
        default="csv",
        help="CSV, DoppelVer's seven columns, or LFW's (default: %(default)s)",
    )
    add_root(command, "keeps the faces found, as run's")
    add_json(command, "print one JSON object and nothing else")


def _add_amounts(command: argparse.ArgumentParser) -> None:
    """Declares how much is drawn."""
    command.add_argument(
        "--splits", metavar="K", type=int, default=10, help="that share no person (default: %(default)s)"
    )
    command.add_argument(
        "--size",
        metavar="N",
        type=int,
        default=600,
        help="pairs in a split, half of them of one person (default: %(default)s, as in LFW)",
    )
    command.add_argument("--seed", metavar="N", type=int, default=0, help="default: %(default)s")
    command.add_argument(
        "--cap",
        metavar="TIMES",
        type=float,
        default=2.0,
        help="nobody is in more of a split's pairs than so many times an even share (default: %(default)s)",
    )
    command.add_argument(
        "--least-similarity",
        metavar="COSINE",
        type=float,
        default=0.8,
        help="of vise: photos of two people that are less alike are no pair (default: %(default)s)",
    )


def run_command(options: argparse.Namespace) -> int:
    """Runs the command; returns 0 done, 2 wrong arguments."""
    before_tensorflow()
    from components.pairs.making import Asked
    from pipeline.commands.pairs_made import Choices, lines_of, write_made

    try:
        asked = Asked(
            options.kind, options.splits, options.size, options.seed, options.cap, options.least_similarity
        )
        choices = Choices(
            options.model, options.look_alikes, options.duplicates, options.detector, options.face,
            options.attributes, options.group,
        )  # fmt: skip
        out = (options.out, options.format)
        result = write_made(options.images, asked, choices, out, options.root, sys.stderr)
    except (ValueError, FileNotFoundError, ModuleNotFoundError) as error:
        complain(error)
        return WRONG_ARGUMENTS
    say(json.dumps(result, allow_nan=False) if options.json else "\n".join(lines_of(result)))
    return DONE
