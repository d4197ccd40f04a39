"""Writes how far the ingest is into a tiny file that a console may read at any time."""

import contextlib
import json
import threading
import time
from pathlib import Path

from filelock import FileLock

from schemas.files import atomic_write

INTERVAL = 0.5  # seconds


class Progress:
    """Counts in `file`, which holds {"done": n, "total": n}, from any number of workers.

    With an empty `file` nothing is written. A file that can't be written never stops the work.
    """

    def __init__(self, file: str, total: int) -> None:
        self._file = Path(file) if file else None
        self._total = total
        self._pending = 0
        self._last = 0.0
        self._lock = threading.Lock()

    def start(self) -> None:
        """Writes that nothing is done yet."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.parent.mkdir(parents=True, exist_ok=True)
                self._write(0)

    def add(self, count: int) -> None:
        """Counts photos as done; writes at most every INTERVAL seconds."""
        if self._file is None:
            return
        with self._lock:
            self._pending += count
            if time.monotonic() - self._last >= INTERVAL:
                self._flush()

    def finish(self) -> None:
        """Writes the photos that are counted but not written yet."""
        if self._file is not None:
            with self._lock:
                self._flush()

    def _flush(self) -> None:
        with contextlib.suppress(OSError, ValueError, KeyError):
            with FileLock(f"{self._file}.lock"):
                done = json.loads(self._file.read_bytes())["done"] if self._file else 0
                self._write(done + self._pending)
            self._pending = 0
        self._last = time.monotonic()

    def _write(self, done: int) -> None:
        if self._file is not None:
            # A worker that was lost may have counted photos that another does again.
            told = {"done": min(done, self._total), "total": self._total}
            atomic_write(self._file, json.dumps(told))
