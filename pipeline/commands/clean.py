"""``facefold clean``: removes what no kept run needs."""

import argparse
import os

from pipeline.commands.arguments import add_root
from pipeline.commands.held_root import with_held_root
from pipeline.commands.outcome import DONE, WRONG_ARGUMENTS, complain, say
from pipeline.dag.layout import Layout
from pipeline.runners.output import redirected
from pipeline.runners.tensorflow_environment import before_tensorflow

HELP = "remove artifacts that no kept run needs"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    add_root(command, "as for run")
    command.add_argument(
        "--runs",
        metavar="N",
        type=int,
        default=1,
        help="keep all artifacts of the latest N runs (default: %(default)s)",
    )
    command.add_argument(
        "--versions",
        metavar="N",
        type=int,
        help="keep the newest N pushed versions, and those with a label; without, all are kept",
    )
    command.add_argument(
        "--dry-run", action="store_true", help="say what would be removed, and remove nothing"
    )


def run_command(options: argparse.Namespace) -> int:
    """Runs the command; returns 0 done, 1 if the root can't be used, 2 for wrong arguments."""
    if options.runs < 1 or (options.versions is not None and options.versions < 1):
        complain("--runs and --versions are whole numbers, at least 1: the latest is never removed.")
        return WRONG_ARGUMENTS
    try:
        layout = Layout(options.root)
    except ValueError as error:
        complain(error)
        return WRONG_ARGUMENTS
    return with_held_root(
        layout, "clean", lambda: clean(layout, options.runs, options.versions, options.dry_run)
    )


def clean(layout: Layout, runs: int, versions: int | None, dry_run: bool) -> int:
    """Removes what can go under ``layout``, or only says it; returns 0. RootError as for ``settle_root``."""
    from components.words.text import counted

    told: list[str] = []
    before_tensorflow("3")
    with open(os.devnull, "ab") as nowhere, redirected(nowhere):
        from pipeline.runners.cleaning import carry_out, freed_by, plan_of
        from pipeline.runners.root_state import settle_root

        settle_root(layout, told.append)
        plan = plan_of(layout, runs, versions)
        folders = plan.folders()
        megabytes = freed_by(folders) / 1e6
        if not dry_run:
            carry_out(layout, plan)
    for line in told:
        say(line)
    for folder in folders:
        say(f"{'would remove' if dry_run else 'removed'} {folder}")
    artifacts = counted(len(folders) - len(plan.versions), "artifact")
    say(
        f"{'Would free' if dry_run else 'Freed'} {megabytes:.1f} MB: {artifacts}, "
        f"{counted(len(plan.versions), 'pushed version')}. Reports stay, and what was found in photos."
    )
    return DONE
