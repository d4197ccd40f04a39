"""Arguments that several commands of ``facefold`` share."""

import argparse

from pipeline.runners.environment import default_root


def add_root(command: argparse.ArgumentParser, what: str) -> None:
    """Adds ``--root``; the help shows its default."""
    command.add_argument(
        "--root", metavar="DIR", default=default_root(), help=f"{what} (default: %(default)s)"
    )


def add_settings(command: argparse.ArgumentParser, what: str) -> None:
    """Adds ``--set``, which may be given several times."""
    command.add_argument(
        "--set", metavar="KEY=VALUE", action="append", default=[], dest="settings", help=what
    )


def add_decisions(command: argparse.ArgumentParser) -> None:
    """Adds ``--decisions``."""
    command.add_argument(
        "--decisions",
        metavar="FILE",
        help="what facefold duplicates has saved: of the pairs in it, what is not kept is left out",
    )


def add_beam(command: argparse.ArgumentParser) -> None:
    """Adds ``--beam``."""
    command.add_argument(
        "--beam",
        metavar="runner=NAME[,KEY=VALUE...]",
        default="",
        help="where Beam's work runs: local, processes, flink, spark, dataflow (default: local)",
    )


def add_json(command: argparse.ArgumentParser, what: str) -> None:
    """Adds ``--json``."""
    command.add_argument("--json", action="store_true", help=what)
