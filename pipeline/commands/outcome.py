"""What every command of ``facefold`` ends with: its exit codes, and how a mistake is told."""

import sys

DONE, FAILED, WRONG_ARGUMENTS, NOT_BLESSED = 0, 1, 2, 3


def complain(text: object) -> None:
    """One line on stderr."""
    sys.stderr.write(f"facefold: {text}\n")


def say(text: str) -> None:
    """Lines on stdout."""
    sys.stdout.write(f"{text}\n")
