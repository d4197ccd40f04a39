"""The JSON API: its routers, who may ask, and how it says what went wrong."""

from __future__ import annotations

from typing import Any

from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import ValidationError
from ninja.security import django_auth

from pipeline.web import room
from pipeline.web.api import (
    account,
    comments,
    edits,
    faces,
    groupings,
    jobs,
    pairs,
    people,
    photos,
    shares,
    splits,
    uploads,
)
from pipeline.web.edits.change import KeyUsed
from pipeline.web.edits.undo import NotUndone
from pipeline.web.library.comments import NotAllowed
from pipeline.web.library.refused import Refused

# The pages of documentation would load their scripts from another server; the description itself is JSON.
api = NinjaAPI(title="facefold", version="1", auth=django_auth, docs_url=None, urls_namespace="api")
for part in (
    people,
    faces,
    pairs,
    groupings,
    splits,
    edits,
    photos,
    comments,
    shares,
    jobs,
    uploads,
    account,
):
    api.add_router("", part.router)


@api.exception_handler(Http404)
def _missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return _told(request, str(error) or "No such thing.", 404)


@api.exception_handler(KeyUsed)
@api.exception_handler(NotUndone)
def _conflict(request: HttpRequest, error: Exception) -> HttpResponse:
    return _told(request, str(error), 409)


@api.exception_handler(Refused)
def _refused(request: HttpRequest, error: Refused) -> HttpResponse:
    return _told(request, str(error), 422)


@api.exception_handler(NotAllowed)
def _forbidden(request: HttpRequest, error: NotAllowed) -> HttpResponse:
    return _told(request, str(error), 403)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    said = [f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors]
    return _told(request, "; ".join(said)[:1000], 422)


@api.exception_handler(OSError)
@api.exception_handler(DatabaseError)
def _full(request: HttpRequest, error: Exception) -> HttpResponse:
    if not room.is_full(error):
        raise error
    return _told(request, room.told(), 507)


def _told(request: HttpRequest, text: Any, status: int) -> HttpResponse:
    return api.create_response(request, {"detail": text}, status=status)
