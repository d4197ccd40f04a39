"""Photos by date and by person, one with its faces, and their deletion."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from typing import Annotated, Any
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from ninja import Query, Router

from pipeline.web.api.items import face_item, photo_items
from pipeline.web.api.keys import After, Key, Limit, page
from pipeline.web.library import erasing
from pipeline.web.models import Face, Person, Photo
from pipeline.web.owned import may_comment, one_seen, owned, seen

router = Router()
NEWEST = [("taken", True), ("id", True)]


@router.get("photos")
def list_photos(
    request: HttpRequest,
    first: Annotated[date | None, Query(alias="from")] = None,
    last: Annotated[date | None, Query(alias="to")] = None,
    person: UUID | None = None,
    after: After = None,
    limit: Limit = 60,
) -> Any:
    """Photos of some days (in UTC, both included) or of a person, the newest first.

    A photo without a date counts as taken when it was added.
    """
    rows = owned(request.auth, Photo)
    if person is not None:
        row = one_seen(request.auth, Person, person)
        rows = rows if row.owner_id == request.auth.pk else seen(request.auth, Photo)
        rows = rows.filter(pk__in=row.faces.filter(state="shown").values("photo"))
    rows = rows.annotate(taken=Coalesce(F("taken_at"), F("added")))
    if first is not None:
        rows = rows.filter(taken__gte=_midnight(first))
    if last is not None and last < date.max:
        rows = rows.filter(taken__lt=_midnight(last + timedelta(days=1)))
    found, more = page(rows, NEWEST, after, limit)
    return {"items": photo_items(request.auth, found), "next": more}


@router.get("photos/{uuid:photo}")
def get_photo(request: HttpRequest, photo: UUID) -> Any:
    """A photo with those of its faces that the account may look at."""
    row = one_seen(request.auth, Photo, photo)
    faces = seen(request.auth, Face).filter(photo=row).select_related("photo", "person").order_by("id")
    return {
        **photo_items(request.auth, [row])[0],
        "own": row.owner_id == request.auth.pk,
        "may_comment": may_comment(request.auth, row),
        "faces": [face_item(face) for face in faces],
    }


@router.delete("photos/{uuid:photo}")
def delete_photo(request: HttpRequest, photo: UUID, key: Key) -> Any:
    """Erases a photo, its faces and its files for good."""
    return erasing.erase_photo(request.auth, key, photo)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), timezone.utc)
