"""What a job needs while it is at work: its lease renewed, and how far it is told to open pages."""

from __future__ import annotations

import threading
import time

from pipeline.web.events import tell
from pipeline.web.jobs.queue import renew
from pipeline.web.models import Job

SECONDS = 1.0  # between two words to the pages


class Lost(Exception):
    """Another worker has taken the job: this one stops."""


class Stopping(Exception):
    """The worker is told to stop: the job is given back."""


class GiveUp(ValueError):
    """The job can't succeed, however often it is tried."""


class Running:
    """A job at work. ``step`` is called often: it renews the lease and tells how far the job is."""

    def __init__(self, job: Job, stop: threading.Event | None = None) -> None:
        self.job = job
        self._stop = stop
        self._told = 0.0

    def step(self, done: int, total: int) -> None:
        """Tells that so much is done; raises Lost if another worker has the job, Stopping at the end."""
        if self._stop is not None and self._stop.is_set():
            raise Stopping
        now = time.monotonic()
        if now - self._told < SECONDS and done < total:
            return
        self._told = now
        if not renew(self.job, done, total):
            raise Lost
        told = {"job": str(self.job.uuid), "kind": self.job.kind, "state": "running"}
        tell(self.job.owner, "job", {**told, "done": done, "total": total})
