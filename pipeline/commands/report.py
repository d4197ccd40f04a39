"""``facefold report``: where a run's report is, and what it says."""

import argparse
import json

from pipeline.commands.arguments import add_root
from pipeline.commands.outcome import DONE, FAILED, WRONG_ARGUMENTS, complain
from pipeline.commands.result import print_result
from pipeline.dag.layout import Layout
from pipeline.runners.finished import RESULT, finished_runs

HELP = "print where a run's report is, and what it says"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    command.add_argument("run", nargs="?", help="a run's name, as in <root>/runs (default: the latest)")
    add_root(command, "as for run")


def run_command(options: argparse.Namespace) -> int:
    """Runs the command; returns 0 done, 1 there is no such run, 2 wrong arguments."""
    try:
        runs = Layout(options.root).runs
    except ValueError as error:
        complain(error)
        return WRONG_ARGUMENTS
    finished = [folder.name for folder in finished_runs(runs)]
    name = options.run or (finished[-1] if finished else None)
    if name not in finished:
        listed = ", ".join(finished[-5:]) or "none yet"
        complain(
            f"No finished run {name or ''} in {runs}. Expected one of: {listed}. Start one: facefold run."
        )
        return FAILED
    print_result(json.loads((runs / name / RESULT).read_text()))
    return DONE
