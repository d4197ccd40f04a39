"""The page that photos are handed in at."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, F, Q
from django.http import HttpRequest, HttpResponse

from pipeline.web import room
from pipeline.web.models import Account, Batch, Item
from pipeline.web.owned import owned
from pipeline.web.pages.frame import page, shown

LATEST = 12  # batches on the page
LINES = 200  # files of the newest batch that come with the page


def batches(account: Account) -> list[dict[str, Any]]:
    """An account's latest batches, the newest first, with how many of their files are in each state."""
    states = {state: Count("items", filter=Q(items__state=state)) for state in Item.STATES}
    latest = owned(account, Batch).order_by("-id").values_list("id", flat=True)[:LATEST]
    rows = owned(account, Batch).filter(pk__in=list(latest)).annotate(total=Count("items"), **states)
    return list(rows.order_by("-id").values("uuid", "folder", "created", "total", *Item.STATES))


def lines(account: Account, batch: UUID) -> list[dict[str, Any]]:
    """The first files of a batch, and one beyond LINES if there is one."""
    rows = owned(account, Item).filter(batch__uuid=batch).order_by("number")[: LINES + 1]
    columns = {"photo_uuid": F("photo__uuid")}
    return list(rows.values("number", "name", "state", "reason", "n_faces", **columns))


@page
def upload(request: HttpRequest) -> HttpResponse:
    """Files, a folder, or an allowed folder of this machine; and what became of each file."""
    found = batches(request.user)
    files = lines(request.user, found[0]["uuid"]) if found else []
    return shown(
        request,
        "upload.html",
        "upload",
        batches=found,
        files=files[:LINES],
        more=files[LINES - 1]["number"] if len(files) > LINES else None,
        states=Item.STATES,
        allow_folders=settings.PLACE.allow_folders,
        full=room.told() if room.free() < room.RESERVE else "",
    )
