"""Splits one person into several."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router

from pipeline.web.api.bodies import SplitApplied, SplitAsked
from pipeline.web.api.keys import Key
from pipeline.web.library import splits

router = Router()


@router.post("people/{uuid:person}/split")
def propose(request: HttpRequest, person: UUID, body: SplitAsked, key: Key) -> Any:
    """Asks for a split; the job's result has the columns, and nothing changes before they are applied."""
    return splits.propose(request.auth, key, person, body.parts)


@router.post("people/{uuid:person}/split/apply")
def apply(request: HttpRequest, person: UUID, body: SplitApplied, key: Key) -> Any:
    """Splits a person as one edit; the first column keeps it."""
    columns = [splits.Column(column.faces, column.person, column.name) for column in body.columns]
    return splits.apply(request.auth, key, person, columns)
