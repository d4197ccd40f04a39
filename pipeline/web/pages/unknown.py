"""The page of the faces that are nobody's, of those that are ignored, and of what is no face."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse

from pipeline.web.library.likeness import after_rank
from pipeline.web.models import Account, Face
from pipeline.web.owned import owned
from pipeline.web.pages.frame import page, shown
from pipeline.web.pages.parts import Part, key, next_address, wanted, whole
from pipeline.web.pages.tiles import FaceTile, face_tiles, newest

STATES = ("unknown", "ignored", "not_a_face")
AT_ONCE = 500  # faces of one query


def counts(account: Account) -> dict[str, int]:
    """How many faces each tab holds."""
    rows = owned(account, Face).exclude(state="shown").values_list("state").annotate(n=Count("id")).order_by()
    held = dict(rows)
    return {
        "unknown": owned(account, Face).filter(state="shown", person=None).count(),
        "ignored": held.get("ignored", 0),
        "not_a_face": held.get("not_a_face", 0),
    }


def alike(request: HttpRequest, faces: QuerySet[Any]) -> Part:
    """Faces in an order in which those that are like each other stand beside each other."""
    told = key(request, 2)
    after = [whole(told[0]), whole(told[1])] if told else None
    n = wanted(request)
    ranked = after_rank(request.user, faces, after, n + 1)
    kept = ranked[:n]
    ids = [pk for _, pk in kept]
    tiles: dict[int, FaceTile] = {}
    for start in range(0, len(ids), AT_ONCE):
        tiles |= {tile.id: tile for tile in face_tiles(faces.filter(pk__in=ids[start : start + AT_ONCE]))}
    more = next_address(request, kept[-1]) if len(ranked) > n else ""
    return Part([tiles[pk] for pk in ids if pk in tiles], more)


@page
def unknown(request: HttpRequest) -> HttpResponse:
    """Faces in no group, by likeness or with the newest first; in tabs, those set aside."""
    state = request.GET.get("state", "")
    state = state if state in STATES else "unknown"
    faces = owned(request.user, Face)
    faces = faces.filter(state="shown", person=None) if state == "unknown" else faces.filter(state=state)
    order = "newest" if request.GET.get("order") == "newest" else "likeness"
    part = newest(request, faces) if order == "newest" else alike(request, faces)
    return shown(
        request,
        "unknown.html",
        "unknown",
        state=state,
        counts=counts(request.user),
        order=order,
        part=part,
    )
