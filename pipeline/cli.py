"""The ``facefold`` command: its parser, and the table of its commands."""

# isort: off
from pipeline.own_path import has_empty_entry, leave_out_current_folder

if has_empty_entry() or __name__ == "__main__":  # ``python -m`` looks in the current folder too
    leave_out_current_folder()
# isort: on

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from pipeline.commands import (
    assign,
    clean,
    compile,
    doctor,
    duplicates,
    embed,
    forget,
    look_alikes,
    occlude,
    pairs,
    recipes,
    report,
    run,
    serve,
    serve_files,
    sweep,
    verify,
    web,
)
from pipeline.commands.one_line import is_full, told
from pipeline.commands.outcome import DONE, FAILED, INTERRUPTED, NOT_BLESSED, WRONG_ARGUMENTS, complain
from pipeline.runners.interrupt import one_interrupt
from pipeline.runners.streams import lasting_output

__all__ = [
    "COMMANDS",
    "DONE",
    "FAILED",
    "INTERRUPTED",
    "NOT_BLESSED",
    "WRONG_ARGUMENTS",
    "build_parser",
    "main",
]


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
    "occlude": occlude,
    "pairs": pairs,
    "look-alikes": look_alikes,
    "assign": assign,
    "embed": embed,
    "duplicates": duplicates,
    "compile": compile,
    "serve": serve,
    "serve-files": serve_files,
    "recipes": recipes,
    "report": report,
    "clean": clean,
    "forget": forget,
    "web": web,
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
    """Runs the command; returns its exit code.

    0 done and blessed, 1 failure, 2 wrong arguments, 3 not blessed, 130 stopped by Ctrl-C.
    """
    with lasting_output() as lost:
        options = build_parser().parse_args(arguments)
        code = ended(options)
    if lost and code in (DONE, NOT_BLESSED):
        complain(f"what was printed is lost: {lost[0].strerror}. Expected room where stdout goes. Make room.")
        return FAILED
    return code


def ended(options: argparse.Namespace) -> int:
    """Runs the command that ``options`` name to its end, whatever ends it; returns its exit code."""
    try:
        os.getcwd()
    except OSError:
        complain("the current folder is gone. Expected one that exists. Go to another, as in: cd ~")
        return WRONG_ARGUMENTS
    try:
        with one_interrupt():
            return COMMANDS[options.command].run_command(options)
    except KeyboardInterrupt:
        complain(f"{options.command} was stopped by Ctrl-C. The same command goes on where it stopped.")
        return INTERRUPTED
    except OSError as error:
        if not is_full(error):
            raise
        complain(told(error, Path(getattr(options, "root", ".")).absolute()))
        return FAILED


if __name__ == "__main__":
    sys.exit(main())
