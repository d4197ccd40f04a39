"""The ``facefold`` command: its parser, and the table of its commands."""

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Protocol

from pipeline.commands import (
    assign,
    clean,
    compile,
    doctor,
    embed,
    recipes,
    report,
    run,
    serve_files,
    sweep,
    verify,
)
from pipeline.commands.outcome import DONE, FAILED, NOT_BLESSED, WRONG_ARGUMENTS

__all__ = ["COMMANDS", "DONE", "FAILED", "NOT_BLESSED", "WRONG_ARGUMENTS", "build_parser", "main"]


class Command(Protocol):
    """The module of a command. It imports nothing heavy before it runs."""

    HELP: str

    def add_arguments(self, command: argparse.ArgumentParser) -> None:
        """Declares the command's arguments."""

    def run_command(self, options: argparse.Namespace) -> int:
        """Runs the command; returns its exit code."""


COMMANDS: dict[str, Command] = {
    "run": run,
    "sweep": sweep,
    "verify": verify,
    "assign": assign,
    "embed": embed,
    "compile": compile,
    "serve-files": serve_files,
    "recipes": recipes,
    "report": report,
    "clean": clean,
    "doctor": doctor,
}


def build_parser() -> argparse.ArgumentParser:
    """The argument parser with its commands."""
    parser = argparse.ArgumentParser(
        prog="facefold",
        description="Folds a pile of photos into people: faces, clusters, a served model, a report.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('facefold')}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        command.add_arguments(commands.add_parser(name, help=command.HELP))
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns 0 done and blessed, 1 failure, 2 wrong arguments, 3 not blessed."""
    options = build_parser().parse_args(arguments)
    return COMMANDS[options.command].run_command(options)


if __name__ == "__main__":
    sys.exit(main())
