"""Settings under names that they had before."""

from __future__ import annotations

import sys
from collections.abc import Iterable

RENAMED = {"yardsticks": "reference_embeddings"}  # old name: the name now


def current(assignments: Iterable[str]) -> list[str]:
    """``key=value`` strings with every old name of a setting replaced, which one line on stderr tells."""
    return [_renamed(one) for one in assignments]


def _renamed(assignment: str) -> str:
    key, equals, value = assignment.partition("=")
    if key not in RENAMED:
        return assignment
    now = RENAMED[key]
    sys.stderr.write(f"facefold: the setting {key} is called {now} now. Write {now}{equals}{value}\n")
    return f"{now}{equals}{value}"
