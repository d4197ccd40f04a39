"""Faces: lists of those that are with nobody or hidden, and what is done with any."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from ninja import Router

from pipeline.web.api.bodies import Confirm, Drawn, FaceState, Move, Reject
from pipeline.web.api.items import face_item
from pipeline.web.api.keys import After, Key, Limit, made_key, page, read_key
from pipeline.web.library import faces
from pipeline.web.library.likeness import after_rank
from pipeline.web.models import Face
from pipeline.web.owned import owned

router = Router()
NEWEST = [("taken", True), ("id", True)]
ALIKE = [("rank", False), ("id", False)]


@router.get("faces")
def list_faces(
    request: HttpRequest,
    state: Literal["unknown", "ignored", "not_a_face"] = "unknown",
    order: Literal["likeness", "newest"] = "likeness",
    after: After = None,
    limit: Limit = 60,
) -> Any:
    """Faces that are with nobody, or were ignored, or are none; those that are alike beside each other."""
    rows = owned(request.auth, Face)
    rows = rows.filter(state="shown", person=None) if state == "unknown" else rows.filter(state=state)
    if order == "newest":
        rows = rows.annotate(taken=Coalesce(F("photo__taken_at"), F("photo__added")))
        found, more = page(rows.select_related("photo", "person"), NEWEST, after, limit)
        return {"items": [face_item(face) for face in found], "next": more}
    last = None if after is None else read_key(ALIKE, after)
    ranked = after_rank(request.auth, rows, last, limit + 1)
    kept = ranked[:limit]
    read = rows.select_related("photo", "person").in_bulk([pk for _, pk in kept])
    more = made_key(ALIKE, list(kept[-1])) if len(ranked) > limit else None
    return {"items": [face_item(read[pk]) for _, pk in kept if pk in read], "next": more}


@router.post("faces/move")
def move(request: HttpRequest, body: Move, key: Key) -> Any:
    """Moves faces to a person, or to the one of a name, who is made where nobody has it."""
    return faces.move(request.auth, key, body.faces, body.person, body.name)


@router.post("faces/reject")
def reject(request: HttpRequest, body: Reject, key: Key) -> Any:
    """Says that faces are not a person's; they never return to it by themselves."""
    return faces.reject(request.auth, key, body.faces, body.person)


@router.post("faces/state")
def set_state(request: HttpRequest, body: FaceState, key: Key) -> Any:
    """Shows faces, ignores them, or says that they are none."""
    return faces.set_state(request.auth, key, body.faces, body.state)


@router.post("faces/confirm")
def confirm(request: HttpRequest, body: Confirm, key: Key) -> Any:
    """Says that faces are with the right people."""
    return faces.confirm(request.auth, key, body.faces)


@router.post("photos/{uuid:photo}/faces")
def draw(request: HttpRequest, photo: UUID, body: Drawn, key: Key) -> Any:
    """Makes a face of a box that was drawn; the job embeds it."""
    return faces.draw(request.auth, key, photo, body.box, body.person, body.name)
