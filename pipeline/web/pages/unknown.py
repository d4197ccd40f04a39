"""The page of the faces that are nobody's, of those that are ignored, and of what is no face."""

from __future__ import annotations

from django.db.models import Count
from django.http import HttpRequest, HttpResponse

from pipeline.web.models import Account, Face
from pipeline.web.owned import owned
from pipeline.web.pages.frame import page, shown
from pipeline.web.pages.tiles import newest

STATES = ("unknown", "ignored", "not_a_face")


def counts(account: Account) -> dict[str, int]:
    """How many faces each tab holds."""
    rows = owned(account, Face).exclude(state="shown").values_list("state").annotate(n=Count("id")).order_by()
    held = dict(rows)
    return {
        "unknown": owned(account, Face).filter(state="shown", person=None).count(),
        "ignored": held.get("ignored", 0),
        "not_a_face": held.get("not_a_face", 0),
    }


@page
def unknown(request: HttpRequest) -> HttpResponse:
    """Faces in no group, by likeness or with the newest first; in tabs, those set aside."""
    state = request.GET.get("state", "")
    state = state if state in STATES else "unknown"
    faces = owned(request.user, Face)
    faces = faces.filter(state="shown", person=None) if state == "unknown" else faces.filter(state=state)
    return shown(
        request,
        "unknown.html",
        "unknown",
        state=state,
        counts=counts(request.user),
        part=newest(request, faces),
    )
