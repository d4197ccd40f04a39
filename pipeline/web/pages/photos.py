"""The page of all photos: by date, by person, or by a face that somebody looks for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_date

from pipeline.web.models import Account, Face, Job, Person, Photo
from pipeline.web.owned import one, owned
from pipeline.web.pages.frame import page, shown
from pipeline.web.pages.parts import key, moment
from pipeline.web.pages.tiles import FaceTile, by_month, face_tiles, photo_tiles


def between(photos: QuerySet[Any], first: str, last: str) -> QuerySet[Any]:
    """The photos taken from one day to another, both with; a day that is none is not heeded."""
    start, end = _day(first), _day(last)
    if start:
        photos = photos.filter(taken_at__gte=start)
    return photos.filter(taken_at__lt=end + timedelta(days=1)) if end else photos


def found_faces(account: Account, job: Job) -> list[FaceTile]:
    """The faces that a search found, the likest first."""
    told = [row["face"] if isinstance(row, dict) else row for row in job.result.get("faces", [])]
    tiles = face_tiles(owned(account, Face).filter(uuid__in=told[:500]))
    by_name = {str(tile.uuid): tile for tile in tiles}
    return [by_name[name] for name in map(str, told) if name in by_name]


@page
def photos(request: HttpRequest) -> HttpResponse:
    """All photos, the newest first, or what a search found."""
    asked = {name: request.GET.get(name, "")[:40] for name in ("from", "to", "person", "search")}
    rows = between(owned(request.user, Photo), asked["from"], asked["to"])
    person = one(request.user, Person, asked["person"]) if asked["person"] else None
    if person:
        faces = owned(request.user, Face).filter(person=person, state="shown")
        rows = rows.filter(pk__in=faces.values("photo"))
    job = one(request.user, Job, asked["search"]) if asked["search"] else None
    part = photo_tiles(request, rows)
    return shown(
        request,
        "photos.html",
        "photos",
        part=part,
        months=by_month(part.rows),
        before=_before(request),
        asked=asked,
        person=person,
        job=job,
        found=found_faces(request.user, job) if job else [],
    )


def _before(request: HttpRequest) -> tuple[int, int] | None:
    """The month that the part before ended in, whose heading is not shown again."""
    after = key(request, 2)
    at = moment(after[0]) if after else None
    return (at.year, at.month) if at else None


def _day(text: str) -> Any:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    if day == date.max:  # there is none after it
        return None
    return day and timezone.datetime(day.year, day.month, day.day, tzinfo=timezone.get_current_timezone())
