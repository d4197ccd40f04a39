"""``facefold occlude``: what a model looks at, found by hiding parts of faces (P2, chapter 6)."""

import argparse
import json
import sys

from pipeline.commands.arguments import add_json, add_root
from pipeline.commands.outcome import DONE, WRONG_ARGUMENTS, complain, say
from pipeline.runners.private_files import private_files
from pipeline.runners.tensorflow_environment import before_tensorflow

HELP = "find what a model looks at, by hiding parts of faces"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    command.add_argument(
        "--model",
        metavar="DIR|NAME",
        required=True,
        help="the folder of a pushed model or of a run; or a network's name, as for verify",
    )
    command.add_argument("--images", metavar="DIR", required=True, help="photos of people")
    command.add_argument(
        "--pairs", metavar="FILE", help="pairs of these photos, as for verify: what hiding costs on them too"
    )
    command.add_argument(
        "--faces",
        metavar="N",
        type=int,
        default=200,
        help="photos that faces are taken of, one each, chosen by their content; 0: all (default: "
        "%(default)s)",
    )
    command.add_argument(
        "--most-pairs", metavar="N", type=int, default=0, help="at most so many pairs, evenly spread; 0: all"
    )
    command.add_argument(
        "--landmarks",
        choices=("dlib68", "file"),
        default="dlib68",
        help="where the 68 points come from (default: %(default)s; its weights are not for commercial use)",
    )
    command.add_argument(
        "--landmarks-path", metavar="PATH", default="", help="the points of --landmarks file: CSV, or .pts"
    )
    command.add_argument(
        "--fills",
        metavar="NAMES",
        default="black,mean,blur,skin",
        help="what takes the place of what is hidden; black is always among them (default: %(default)s)",
    )
    command.add_argument(
        "--draws",
        metavar="N",
        type=int,
        default=3,
        help="random masks beside each region's, of its area (default: %(default)s)",
    )
    command.add_argument("--seed", metavar="N", type=int, default=0, help="of the intervals")
    command.add_argument(
        "-o", "--out", metavar="DIR", help="where the page and its table go (default: below the root)"
    )
    add_root(command, "keeps the faces found, as run's")
    add_json(command, "print one JSON object and nothing else")


@private_files()
def run_command(options: argparse.Namespace) -> int:
    """Runs the command; returns 0 done, 2 wrong arguments."""
    before_tensorflow()
    from pipeline.commands.occlusion import lines_of, occlude, options_of

    try:
        result = occlude(options_of(options), sys.stderr)
    except (ValueError, FileNotFoundError, ModuleNotFoundError) as error:
        complain(error)
        return WRONG_ARGUMENTS
    say(json.dumps(result, allow_nan=False) if options.json else "\n".join(lines_of(result)))
    return DONE
