"""The page of what went wrong in the server itself."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from pipeline.web import room


def broken(request: HttpRequest) -> HttpResponse:
    """Says that something broke, 500; or that the disk is full, 507, which is nobody's mistake."""
    full = room.is_full(sys.exc_info()[1])
    told = {"full": room.told() if full else ""}
    return HttpResponse(render_to_string("500.html", told), status=507 if full else 500)
