"""Comments below photos."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router

from pipeline.web.api.bodies import Written
from pipeline.web.api.keys import After, Key, Limit, page
from pipeline.web.library import comments
from pipeline.web.models import Photo
from pipeline.web.owned import one_seen

router = Router()


@router.get("photos/{uuid:photo}/comments")
def list_comments(request: HttpRequest, photo: UUID, after: After = None, limit: Limit = 60) -> Any:
    """The comments below a photo, the oldest first."""
    row = one_seen(request.auth, Photo, photo)
    found, more = page(row.comments.select_related("author"), [("id", False)], after, limit)
    me = request.auth.pk
    items = [
        {
            "id": comment.uuid,
            "author": comment.author.name,
            "text": comment.text,
            "at": comment.at,
            "own": comment.author_id == me,
            "may_delete": me in (comment.author_id, row.owner_id),
        }
        for comment in found
    ]
    return {"items": items, "next": more}


@router.post("photos/{uuid:photo}/comments")
def write_comment(request: HttpRequest, photo: UUID, body: Written, key: Key) -> Any:
    """Writes below a photo; 403 for who may only look at it."""
    return comments.write(request.auth, key, photo, body.text)


@router.delete("comments/{uuid:comment}")
def delete_comment(request: HttpRequest, comment: UUID, key: Key) -> Any:
    """Deletes a comment; its author may, and the photo's owner."""
    return comments.remove(request.auth, key, comment)
