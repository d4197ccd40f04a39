"""Groups all faces again: asked for, looked at, applied or dropped."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router

from pipeline.web.api.bodies import Chosen, GroupAgain
from pipeline.web.api.keys import Key, Text
from pipeline.web.library import groupings
from pipeline.web.library.levels import levels_of

router = Router()


@router.post("groupings")
def propose(request: HttpRequest, body: GroupAgain, key: Key) -> Any:
    """Asks for another grouping of all faces; the job makes it, and nothing changes before it is applied."""
    return groupings.propose(request.auth, key, body.clusterer, body.distance, body.space)


@router.get("groupings/{uuid:grouping}")
def preview(request: HttpRequest, grouping: UUID) -> Any:
    """What a grouping would change, person by person and face by face."""
    return groupings.preview(request.auth, grouping)


@router.post("groupings/{uuid:grouping}/apply")
def apply(request: HttpRequest, grouping: UUID, body: Chosen, key: Key) -> Any:
    """Applies a grouping, or some of its changes, as one edit."""
    return groupings.apply(request.auth, key, grouping, body.changes)


@router.delete("groupings/{uuid:grouping}")
def drop(request: HttpRequest, grouping: UUID, key: Key) -> Any:
    """Drops a grouping that was proposed."""
    return groupings.drop(request.auth, key, grouping)


@router.get("levels")
def levels(
    request: HttpRequest,
    clusterer: Annotated[Text | None, Query(max_length=40)] = None,
    space: Annotated[Text | None, Query(max_length=200)] = None,
) -> Any:
    """How many people each distance would make; while the worker finds out, none, and the job."""
    return levels_of(request.auth, clusterer or "", space or "")
