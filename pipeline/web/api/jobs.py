"""How far the worker is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router

from pipeline.web.models import Job
from pipeline.web.owned import one

router = Router()


@router.get("jobs/{uuid:job}")
def get_job(request: HttpRequest, job: UUID) -> Any:
    """A job, and what came of it."""
    row = one(request.auth, Job, job)
    return {
        "id": row.uuid,
        "kind": row.kind,
        "state": row.state,
        "done": row.done,
        "total": row.total,
        "error": row.error,
        "result": row.result,
    }
