"""Progress of a long step, written to a small file that a console can read from another process."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

from schemas.files import atomic_write


class Progress:
    """Writes {"stage", "done", "total", "note"} to ``path``, at most five times a second.

    Without a path it does nothing. The file is replaced atomically, so a reader never sees half of it.
    """

    def __init__(self, path: str | Path = "", stage: str = "") -> None:
        self.path = Path(path) if path else None
        self.stage = stage
        self._next = 0.0

    def update(self, done: int, total: int, note: str = "") -> None:
        """Writes that ``done`` of ``total`` pieces are finished."""
        now = time.monotonic()
        if self.path is None or (now < self._next and done < total):
            return
        self._next = now + 0.2
        self.path.parent.mkdir(parents=True, exist_ok=True)
        told = {"stage": self.stage, "done": done, "total": total, "note": note}
        atomic_write(self.path, json.dumps(told))


class Pace:
    """Measures pieces a second. Counting starts at the first report, so start-up time is left out."""

    def __init__(self, report: Callable[[int, int], None]) -> None:
        self.report = report
        self._first: tuple[int, float] | None = None
        self.rate: float | None = None

    def update(self, done: int, total: int) -> None:
        """Passes the report on and updates ``rate``, which is None until the second report."""
        now = time.perf_counter()
        if self._first is None:
            self._first = (done, now)
        else:
            self.rate = (done - self._first[0]) / max(now - self._first[1], 1e-9)
        self.report(done, total)
