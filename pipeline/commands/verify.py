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
    command.add_argument(
        "--pairs",
        metavar="FILE",
        required=True,
        help="pairs: LFW's format, CSV, DoppelVer's CSV or KinFaceW's .mat",
    )
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
    _add_ways(command)
    add_decisions(command)
    add_root(command, "keeps the faces found, as run's")
    add_json(command, "print one JSON object and nothing else")


def _add_ways(command: argparse.ArgumentParser) -> None:
    """Declares the ways to judge by."""
    command.add_argument(
        "--view",
        type=int,
        choices=(1, 2),
        help="P2's views: 1 judges each split by the others' threshold (LFW calls this View 2); 2 develops "
        "on split 0 and judges all others once (LFW's View 1 is to develop on)",
    )
    command.add_argument(
        "--split", metavar="NAME", help="only the pairs of this split, by a threshold of its own"
    )
    command.add_argument(
        "--duplicates",
        metavar="FILE",
        help="the list of `facefold duplicates`: figures without pairs of one picture too",
    )
    command.add_argument(
        "--threshold-from",
        metavar="FILE",
        help="other pairs that give a threshold: how many of these it accepts",
    )
    command.add_argument(
        "--threshold-images", metavar="DIR", help="the photos of --threshold-from (default: --images)"
    )
    command.add_argument(
        "--far",
        metavar="RATE",
        type=float,
        default=0.01,
        help="the false accept rate of that threshold on its own pairs (default: %(default)s)",
    )


def run_command(options: argparse.Namespace) -> int:
    """Runs the command; returns 0 done, 2 wrong arguments."""
    before_tensorflow()
    from pipeline.commands.verification import Options, verify
    from pipeline.commands.verification_words import lines_of

    arguments = (options.model, options.images, options.pairs, options.root)
    chosen = Options(
        options.detector, options.face, options.attributes, options.view, options.split, options.duplicates,
        options.threshold_from, options.threshold_images, options.far, options.decisions,
    )  # fmt: skip
    try:
        result = verify(*arguments, chosen, sys.stderr)
    except (ValueError, FileNotFoundError, ModuleNotFoundError) as error:
        complain(error)
        return WRONG_ARGUMENTS
    say(json.dumps(result, allow_nan=False) if options.json else "\n".join(lines_of(result)))
    return DONE
