"""The worker: takes jobs and does them, in lanes, until it is told to stop. TensorFlow comes with a job.

Two lanes work side by side. The quick one does what somebody waits for; the others do what comes by
thousands, at low priority, so that pages and searches go before.
"""

from __future__ import annotations

import logging
import os
import secrets
import signal
import threading
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

from django.db import close_old_connections, connection
from django.utils import timezone

from pipeline.web import room
from pipeline.web.jobs import queue
from pipeline.web.jobs.alone import Room
from pipeline.web.jobs.follow import follow_up
from pipeline.web.jobs.running import GiveUp, Lost, Running, Stopping
from pipeline.web.jobs.tidy import tidy
from pipeline.web.models import Account, Heartbeat, Job

QUICK = ("search", "draw", "levels", "split")
FREEING = ("erase",)  # what is done where the disk is nearly full
BULK = ("group", "assign", "erase", "export", "import", "embed", "look", "names")
IDLE = 0.3  # seconds between two looks at an empty queue
SOON = 0.05  # the same, of the quick lane: somebody waits
AT_REST = ("search", "levels", "split", "group", "export")  # after these nothing more is to be done
BEAT = 5.0  # seconds between two heartbeats
SWEEP = 20.0  # seconds of idleness after which all accounts are looked through
TIDY = 3600.0
PAUSE = 5.0  # seconds that a lane waits where a job found the disk full
NICE = 10
ROOM = Room()
log = logging.getLogger(__name__)


def work(stop: threading.Event | None = None) -> None:
    """Works until ``stop`` is set, or until SIGTERM or SIGINT where it is None."""
    stop = stop or _stopped_by_signal()
    name = f"{os.getpid()}-{secrets.token_hex(3)}"
    lanes = [(QUICK, 0), *[(BULK, NICE)] * max(1, len(os.sched_getaffinity(0)))]
    threads = [
        threading.Thread(target=_lane, args=(kinds, nice, stop), name=f"lane-{number}")
        for number, (kinds, nice) in enumerate(lanes)
    ]
    threads.append(threading.Thread(target=_tidying, args=(stop,), name="tidying"))
    for thread in threads:
        thread.start()
    while not stop.wait(BEAT if beat(name) else IDLE):
        pass
    for thread in threads:
        thread.join()
    Heartbeat.objects.filter(name=name).delete()


def beat(name: str) -> bool:
    """Says that the worker lives; False where the database does not answer."""
    try:
        Heartbeat.objects.update_or_create(name=name, defaults={"at": timezone.now()})
        Heartbeat.objects.filter(at__lt=timezone.now() - 10 * queue.LEASE).delete()
    except Exception:  # a database that is away for a moment comes back
        log.warning("no heartbeat could be written", exc_info=True)
        close_old_connections()
        return False
    return True


def do(job: Job, stop: threading.Event | None = None) -> None:
    """Does one job and ends it: done, failed for this time, given up, or given back as the disk is full."""
    kind = import_module(f"pipeline.web.jobs.kinds.{job.kind}")
    run: Callable[[Job, Running], dict[str, Any] | None] = kind.run
    try:
        result = run(job, Running(job, stop))
    except Lost:
        return
    except Stopping:
        queue.give_back(job)
        return
    except (GiveUp, ValueError) as error:
        queue.give_up(job, str(error))
    except Exception as error:
        if room.is_full(error):  # nothing is wrong with the job: it waits
            log.warning("job %s of kind %s waits: %s", job.uuid, job.kind, error)
            queue.give_back(job)
            (stop or threading.Event()).wait(PAUSE)
            return
        log.exception("job %s of kind %s", job.uuid, job.kind)
        queue.fail(job, f"{type(error).__name__}: {error}")
    else:
        queue.finish(job, result)
    if job.kind not in AT_REST and Account.objects.filter(pk=job.owner_id).exists():
        follow_up(job.owner)


def _lane(kinds: tuple[str, ...], nice: int, stop: threading.Event) -> None:
    if nice:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), nice)
    idle_since = time.monotonic()
    while not stop.is_set():
        try:
            job = queue.take(FREEING if kinds is BULK and room.is_short() else kinds)
            if job is not None:
                with renewed(job), ROOM.entered(alone=job.attempts > 1):
                    do(job, stop)
                idle_since = time.monotonic()
                continue
            if kinds is BULK and time.monotonic() - idle_since > SWEEP:
                idle_since = time.monotonic()
                for account in Account.objects.all():
                    follow_up(account)
        except Exception:  # the lane lives on: the job's lease runs out, and it is taken again
            log.exception("lane %s", kinds)
            close_old_connections()
        stop.wait(SOON if kinds is QUICK else IDLE)
    connection.close()


def _tidying(stop: threading.Event) -> None:
    """Tidies up at the start, and every hour."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
    while not stop.is_set():
        try:
            tidy()
        except Exception:  # the next hour tries again
            log.exception("tidying up")
        connection.close()
        stop.wait(TIDY)


class renewed:
    """Keeps a job's lease while it is at work, whatever it does between two steps."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _keep(self) -> None:
        while not self._done.wait(queue.LEASE.total_seconds() / 3):
            try:
                queue.renew(self._job)
            except Exception:
                log.warning("a lease could not be renewed", exc_info=True)
        connection.close()


def _stopped_by_signal() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
