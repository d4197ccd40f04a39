"""What was changed, and taking it back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router

from pipeline.web.api.keys import After, Key, Limit, page
from pipeline.web.edits.undo import standing, undo
from pipeline.web.models import Edit
from pipeline.web.owned import one

router = Router()


@router.get("edits")
def list_edits(request: HttpRequest, after: After = None, limit: Limit = 60) -> Any:
    """The account's changes that can or could be taken back, the newest first."""
    rows = standing(request.auth).defer("forward", "inverse", "answer")
    found, more = page(rows, [("id", True)], after, limit)
    items = [
        {
            "id": edit.uuid,
            "at": edit.at,
            "kind": edit.kind,
            "summary": edit.summary,
            "undone": edit.undone_by_id is not None,
        }
        for edit in found
    ]
    return {"items": items, "next": more}


@router.post("edits/{uuid:edit}/undo")
def undo_edit(request: HttpRequest, edit: UUID, key: Key) -> Any:
    """Takes a change back; 409 where something of it was changed since."""
    return undo(request.auth, one(request.auth, Edit, edit), key).answer
