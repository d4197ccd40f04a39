"""How every command of ``facefold`` ends: its exit codes, and how it reports a mistake."""

import sys

from pipeline.runners.interrupt import INTERRUPTED

__all__ = ["DONE", "FAILED", "INTERRUPTED", "NOT_BLESSED", "WRONG_ARGUMENTS", "complain", "say"]

DONE, FAILED, WRONG_ARGUMENTS, NOT_BLESSED = 0, 1, 2, 3


def complain(text: object) -> None:
    """Writes one line to stderr."""
    sys.stderr.write(f"facefold: {text}\n")


def say(text: str) -> None:
    """Writes lines to stdout."""
    sys.stdout.write(f"{text}\n")
