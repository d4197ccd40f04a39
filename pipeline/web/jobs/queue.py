"""The queue of work, which is a table: jobs are taken by lease, and taken again when a worker dies."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from pipeline.web.events import tell
from pipeline.web.models import Account, Job

LEASE = timedelta(seconds=20)  # renewed while a job is at work
ATTEMPTS = 5
# The smallest go first: what somebody waits for, then what is small, then what comes by thousands.
PRIORITIES = {
    "search": 0,
    "draw": 5,
    "levels": 10,
    "split": 10,
    "group": 20,
    "assign": 30,
    "erase": 30,
    "export": 40,
    "import": 50,
    "embed": 60,
    "look": 70,
    "names": 80,
}


def add(account: Account, kind: str, payload: dict[str, Any] | None = None, once: bool = False) -> Job:
    """Adds a job; with ``once`` a waiting job of the kind with the same payload is taken for it.

    Raises KeyError for an unknown kind.
    """
    told, priority = payload or {}, PRIORITIES[kind]
    if once:
        waiting = Job.objects.filter(owner=account, kind=kind, state="waiting", payload=told).first()
        if waiting is not None:
            return waiting
    return Job.objects.create(owner=account, kind=kind, payload=told, priority=priority)


def take(kinds: tuple[str, ...] | None = None) -> Job | None:
    """Takes the next job: one that waits, or one whose lease ran out; None if there is none.

    PostgreSQL skips rows that another worker is about to take (SKIP LOCKED); SQLite writes one at a time, so
    that a queue without work is only read.
    """
    now = timezone.now()
    rows = Job.objects.filter(Q(state="waiting") | Q(state="running", lease_until__lt=now))
    if kinds is not None:
        rows = rows.filter(kind__in=kinds)
    if not rows.exists():
        return None
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True)
        job = rows.order_by("priority", "attempts", "id").first()
        if job is None:
            return None
        if job.attempts >= ATTEMPTS:
            _ended(job, "failed", job.error or "The worker died at it five times.")
            return take(kinds)
        job.state, job.attempts, job.lease_until = "running", job.attempts + 1, now + LEASE
        job.save(update_fields=["state", "attempts", "lease_until"])
        return job


def renew(job: Job, done: int | None = None, total: int | None = None) -> bool:
    """Keeps the lease, and tells how far the job is; False where another worker has taken it."""
    values: dict[str, Any] = {"lease_until": timezone.now() + LEASE}
    if done is not None:
        values["done"] = done
    if total is not None:
        values["total"] = total
    held = Job.objects.filter(pk=job.pk, state="running", attempts=job.attempts).update(**values)
    return bool(held)


def finish(job: Job, result: dict[str, Any] | None) -> None:
    """Ends a job that is done."""
    job.result = result or {}
    _ended(job, "done", "")


def fail(job: Job, reason: str) -> None:
    """Gives a job back for another attempt, or ends it after the fifth, with the reason."""
    if job.attempts >= ATTEMPTS:
        _ended(job, "failed", reason)
        return
    Job.objects.filter(pk=job.pk, attempts=job.attempts).update(
        state="waiting", error=reason[:1000], lease_until=None
    )


def give_back(job: Job) -> None:
    """Lets another worker take a job that this one had no time for."""
    Job.objects.filter(pk=job.pk, attempts=job.attempts).update(
        state="waiting", attempts=job.attempts - 1, lease_until=None
    )


def give_up(job: Job, reason: str) -> None:
    """Ends a job that can't succeed, however often it is tried."""
    _ended(job, "failed", reason)


def waiting(account: Account, *kinds: str) -> int:
    """How many jobs of these kinds wait or are at work."""
    return Job.objects.filter(owner=account, kind__in=kinds, state__in=("waiting", "running")).count()


def _ended(job: Job, state: str, reason: str) -> None:
    with transaction.atomic():
        held = Job.objects.filter(pk=job.pk, attempts=job.attempts).update(
            state=state, error=reason[:1000], result=job.result, lease_until=None, done=F("total")
        )
        if held:
            if state == "failed":
                _given_up(job, reason)
            told = {"job": str(job.uuid), "kind": job.kind, "state": state, "error": reason[:300]}
            tell(job.owner, "job", told)


def _given_up(job: Job, reason: str) -> None:
    """Lets a job's kind do what is to be done where it can't be done."""
    kind = import_module(f"pipeline.web.jobs.kinds.{job.kind}")
    if hasattr(kind, "given_up"):
        kind.given_up(job, reason)


def forget_old(days: int = 7) -> int:
    """Removes jobs that ended days ago; an export's file goes with it."""
    before = timezone.now() - timedelta(days=days)
    old = Job.objects.filter(state__in=("done", "failed"), created__lt=before)
    from pipeline.web import storage

    for job in old.filter(kind="export"):
        storage.remove("export", job.uuid)
    return old.delete()[0]
