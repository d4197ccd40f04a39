"""``facefold look-alikes``: who looks alike in one's own library, and the threshold at which two part."""

import argparse
import json
import sys

from pipeline.commands.arguments import add_json, add_root
from pipeline.commands.outcome import DONE, FAILED, WRONG_ARGUMENTS, complain, say
from pipeline.runners.tensorflow_environment import before_tensorflow

HELP = "find the people who look alike, and the threshold at which each two part"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    command.add_argument(
        "--model",
        metavar="DIR|NAME",
        required=True,
        help="a pushed model's folder, a run's or a root; or, with --images, face-people, pretrained_face, "
        "imagenet_lite or pixels",
    )
    command.add_argument(
        "--images", metavar="DIR", help="the photos (default: those of the model's own run, in its groups)"
    )
    command.add_argument(
        "--names",
        choices=("auto", "folders", "groups"),
        default="auto",
        help="who says which faces are one person: the folders that photos lie in, or the model's groups "
        "(default: folders where photos lie in two or more)",
    )
    command.add_argument(
        "--face",
        choices=("central", "largest"),
        default="central",
        help="which face of a photo with several a folder names (default: %(default)s)",
    )
    command.add_argument("--detector", metavar="NAME", help="finds the faces (default: as the model's run)")
    command.add_argument(
        "--pairs", metavar="N", type=int, default=20, help="how many pairs are told (default: %(default)s)"
    )
    command.add_argument(
        "--least",
        metavar="N",
        type=int,
        default=5,
        help="photos that a person needs to be judged (default: %(default)s; not below 4)",
    )
    command.add_argument(
        "--threshold",
        metavar="COSINE",
        type=float,
        help="the one you use for everybody now (default: the one that tells your people apart best)",
    )
    command.add_argument(
        "-o",
        "--out",
        metavar="DIR",
        help="a folder to write to (default: look-alikes below the root)",
    )
    add_root(command, "keeps the faces found, as run's")
    add_json(command, "print one JSON object and nothing else")


def run_command(options: argparse.Namespace) -> int:
    """Runs the command; returns 0 done, 1 a model gave no answer, 2 wrong arguments."""
    before_tensorflow()
    from pipeline.commands.look_alikes_library import Where
    from pipeline.commands.look_alikes_told import lines_of, look_alikes
    from pipeline.serving.calls import ServingError

    where = Where(options.model, options.images, options.root, options.names, options.face, options.detector)
    chosen = (options.pairs, options.least, options.threshold)
    try:
        result = look_alikes(where, options.out, *chosen, sys.stderr)
    except (ValueError, FileNotFoundError, ModuleNotFoundError) as error:
        complain(error)
        return WRONG_ARGUMENTS
    except ServingError as error:
        complain(error)
        return FAILED
    say(json.dumps(result, allow_nan=False) if options.json else "\n".join(lines_of(result)))
    return DONE
