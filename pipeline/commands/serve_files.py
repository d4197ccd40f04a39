"""``facefold serve-files``: writes the files that TF Serving starts with, beside the pushed models."""

import argparse

from pipeline.commands.arguments import add_root
from pipeline.commands.outcome import DONE, WRONG_ARGUMENTS, complain, say
from pipeline.dag.layout import Layout
from pipeline.serving.files import labels_of, write_serving_files

HELP = "write TF Serving's configuration and docker-compose.yml beside the pushed models"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    add_root(command, "as for run")
    command.add_argument(
        "--label",
        metavar="NAME=VERSION",
        action="append",
        default=[],
        dest="labels",
        help="serve this version under a label; without, the newest is served",
    )


def run_command(options: argparse.Namespace) -> int:
    """Runs the command; returns 0 done, 2 wrong arguments."""
    try:
        files = write_serving_files(Layout(options.root), labels_of(options.labels))
    except ValueError as error:
        complain(error)
        return WRONG_ARGUMENTS
    say("\n".join([*map(str, files), f"Start TF Serving: cd {files[0].parent} && docker compose up"]))
    return DONE
