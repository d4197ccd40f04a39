"""The finished runs under a root, in the order in which they finished; no clock decides it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from schemas.files import atomic_write

RESULT, NUMBER = "result.json", "number"


def finished_runs(runs: Path) -> list[Path]:
    """The folders of finished runs below ``runs``, the latest last.

    Each has the number that it finished as. Runs of older versions have none: they come first, by their
    names, which were times.
    """
    found = [file.parent for file in runs.glob(f"*/{RESULT}")]
    return sorted(found, key=lambda folder: (number_of(folder), folder.name))


def number_of(folder: Path) -> int:
    """The number that a run finished as, from 1; 0 for a run without one."""
    try:
        return int((folder / NUMBER).read_text())
    except (OSError, ValueError):
        return 0


def finish(folder: Path, result: Mapping[str, Any]) -> None:
    """Writes a run's result, which makes its ``folder`` the latest finished one beside it."""
    latest = max((number_of(other) for other in finished_runs(folder.parent)), default=0)
    atomic_write(folder / NUMBER, str(latest + 1))
    atomic_write(folder / RESULT, json.dumps(result, indent=1))
