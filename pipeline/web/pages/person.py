"""The page of one person: the faces, the least sure first, or the whole photos."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from pipeline.web.models import Face, Person, Photo
from pipeline.web.owned import one_seen, owned, seen
from pipeline.web.pages.frame import page, shown
from pipeline.web.pages.tiles import by_month, least_sure, newest, photo_tiles


@page
def person(request: HttpRequest, uuid: str) -> HttpResponse:
    """A person of the account's own, with all that can be done, or a shared one to look at."""
    found = one_seen(request.user, Person, uuid)
    mine = found.owner_id == request.user.pk
    rows = owned(request.user, Face) if mine else seen(request.user, Face)
    faces = rows.filter(person=found, state="shown")
    photos = request.GET.get("view") == "photos"
    order = "newest" if request.GET.get("order") == "newest" else "least_sure"
    if photos:
        pictures = owned(request.user, Photo) if mine else seen(request.user, Photo)
        part = photo_tiles(request, pictures.filter(pk__in=faces.values("photo")))
    else:
        part = newest(request, faces) if order == "newest" else least_sure(request, faces)
    return shown(
        request,
        "person.html",
        "people" if mine else "shared",
        person=found,
        owner=found.owner.name,
        mine=mine,
        view="photos" if photos else "faces",
        order=order,
        part=part,
        months=by_month(part.rows) if photos else [],
        cover=found.cover.uuid if found.cover else None,
    )
