"""The queue of work for the worker: a table."""

from __future__ import annotations

from typing import Any

from pipeline.web.events import tell
from pipeline.web.models import Account, Job

URGENT, SOON, BULK = -10, 0, 10  # somebody waits; somebody looks later; thousands of photos


def add(
    account: Account, kind: str, payload: dict[str, Any], priority: int = SOON, once: bool = False
) -> Job:
    """Queues a job of a kind, a module of ``pipeline.web.jobs.kinds``.

    With ``once`` a job of the same payload that waits already is taken instead.
    """
    if once:
        for job in Job.objects.filter(owner=account, kind=kind, state="waiting").order_by("id"):
            if job.payload == payload:
                return job
    job = Job.objects.create(owner=account, kind=kind, payload=payload, priority=priority)
    told = {"job": str(job.uuid), "kind": kind, "state": job.state, "done": 0, "total": 0}
    tell(account, "job", told)
    return job
