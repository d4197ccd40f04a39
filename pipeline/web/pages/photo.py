"""The page of one photo, with the faces in it and what was written below."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from pipeline.web.models import Account, Face, Photo
from pipeline.web.owned import may_comment, one_seen, seen
from pipeline.web.pages.frame import page, shown


def faces_in(account: Account, picture: Photo) -> list[dict[str, Any]]:
    """The faces of a photo that the account may see, from left to right, with boxes in pixels."""
    rows = seen(account, Face).filter(photo=picture)
    columns = ("uuid", "box", "person__uuid", "person__name", "state", "confidence", "assigned_by")
    found = [
        dict(zip(("uuid", "box", "person", "name", *columns[4:]), row, strict=True))
        for row in rows.values_list(*columns)
    ]
    return sorted(found, key=lambda face: face["box"][0])


@page
def photo(request: HttpRequest, uuid: str) -> HttpResponse:
    """A photo of the account's own, or a shared one to look at."""
    found = one_seen(request.user, Photo, uuid)
    comments = found.comments.order_by("id").values_list("uuid", "author_id", "author__name", "text", "at")
    return shown(
        request,
        "photo.html",
        "photos" if found.owner_id == request.user.pk else "shared",
        photo=found,
        owner=found.owner.name,
        mine=found.owner_id == request.user.pk,
        faces=faces_in(request.user, found),
        comments=list(comments),
        may_comment=may_comment(request.user, found),
    )
