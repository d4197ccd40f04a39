"""Faces and photos as the pages show them: plain tuples, a query a list."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from math import isfinite
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest

from pipeline.web.pages.parts import Part, key, moment, part, wanted, whole


class FaceTile(NamedTuple):
    """A face in a list."""

    id: int
    uuid: UUID
    photo: UUID
    confidence: float
    assigned_by: str
    origin: str
    taken_at: datetime | None
    person: UUID | None
    name: str | None


class PhotoTile(NamedTuple):
    """A photo in a list; ``name`` is its file's."""

    id: int
    uuid: UUID
    name: str
    taken_at: datetime | None


FACE_COLUMNS = (
    *("id", "uuid", "photo__uuid", "confidence", "assigned_by", "origin"),
    *("photo__taken_at", "person__uuid", "person__name"),
)


def face_tiles(faces: QuerySet[Any]) -> list[FaceTile]:
    """Faces as tiles, in their order."""
    return [FaceTile(*row) for row in faces.values_list(*FACE_COLUMNS)]


def least_sure(request: HttpRequest, faces: QuerySet[Any]) -> Part:
    """Faces with the least sure first; what a person confirmed comes last."""
    after = key(request, 2)
    if after:
        sure = _number(after[0])
        faces = faces.filter(Q(confidence__gt=sure) | Q(confidence=sure, id__gt=int(after[1])))
    rows = face_tiles(faces.order_by("confidence", "id")[: wanted(request) + 1])
    return part(request, rows, ("confidence", "id"))


def newest(request: HttpRequest, faces: QuerySet[Any]) -> Part:
    """Faces with those of the newest photos first, those without a date at the end."""
    faces = _after_date(request, faces, "photo__taken_at")
    rows = face_tiles(
        faces.order_by(F("photo__taken_at").desc(nulls_last=True), "-id")[: wanted(request) + 1]
    )
    return part(request, rows, ("taken_at", "id"))


def photo_tiles(request: HttpRequest, photos: QuerySet[Any]) -> Part:
    """Photos with the newest first, those without a date at the end."""
    photos = _after_date(request, photos, "taken_at")
    found = photos.order_by(F("taken_at").desc(nulls_last=True), "-id")[: wanted(request) + 1]
    rows = [PhotoTile(*row) for row in found.values_list("id", "uuid", "name", "taken_at")]
    return part(request, rows, ("taken_at", "id"))


def by_month(tiles: list[PhotoTile]) -> list[tuple[datetime | None, list[PhotoTile]]]:
    """Photos by month: the first photo's date, and the photos; None for those without a date."""
    found = []
    for _, month in groupby(
        tiles, key=lambda tile: tile.taken_at and (tile.taken_at.year, tile.taken_at.month)
    ):
        some = list(month)
        found.append((some[0].taken_at, some))
    return found


def _after_date(request: HttpRequest, rows: QuerySet[Any], column: str) -> QuerySet[Any]:
    after = key(request, 2)
    if not after:
        return rows
    at, number = moment(after[0]), whole(after[1])
    if at is None:
        return rows.filter(**{column: None, "id__lt": number})
    older = Q(**{f"{column}__lt": at}) | Q(**{column: at, "id__lt": number})
    return rows.filter(older | Q(**{column: None}))


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return 0.0
    return number if isfinite(number) else 0.0
