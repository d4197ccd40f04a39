"""Pictures: faces, small copies of photos, and the photos themselves. Each is asked for by its row."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from pipeline.web import storage
from pipeline.web.models import Face, Photo
from pipeline.web.owned import one, one_seen
from pipeline.web.pages.frame import page
from pipeline.web.pages.sending import sent
from pipeline.web.uploads.kinds import ENDINGS

FOREVER = "private, max-age=31536000, immutable"  # a file of this name never changes


@page
def face(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """A face's chip, 192 x 192 pixels."""
    return _picture(request, "face", one_seen(request.user, Face, uuid).uuid)


@page
def photo(request: HttpRequest, uuid: UUID, size: str) -> HttpResponseBase:
    """A small copy of a photo: ``thumb`` or ``preview``."""
    return _picture(request, size, one_seen(request.user, Photo, uuid).uuid)


@page
def original(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """The photo as it came, to be saved; a browser never shows it as a page.

    It is its owner's alone: it tells where it was taken, and its file's name.
    """
    row = one(request.user, Photo, uuid)
    name = row.name.rsplit("/", 1)[-1].rsplit("\\", 1)[-1] or f"{row.uuid}{ENDINGS.get(row.kind, '')}"
    return sent(storage.file_of("original", row.file), row.kind or "application/octet-stream", name)


def _picture(request: HttpRequest, kind: str, name: UUID) -> HttpResponseBase:
    tag = f'"{name}-{kind}"'
    if request.headers.get("If-None-Match") == tag:
        response: HttpResponseBase = HttpResponse(status=304)
    else:
        response = sent(storage.file_of(kind, name), "image/jpeg")
    response["ETag"], response["Cache-Control"] = tag, FOREVER
    return response
