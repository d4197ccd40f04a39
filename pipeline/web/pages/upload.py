"""The page that photos are handed in at."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse

from pipeline.web.models import Account, Batch, Item
from pipeline.web.owned import owned
from pipeline.web.pages.frame import page, shown

LATEST = 12  # batches on the page


def batches(account: Account) -> list[dict[str, Any]]:
    """An account's latest batches, the newest first, with how many of their files are in each state."""
    states = {state: Count("items", filter=Q(items__state=state)) for state in Item.STATES}
    latest = owned(account, Batch).order_by("-id").values_list("id", flat=True)[:LATEST]
    rows = owned(account, Batch).filter(pk__in=list(latest)).annotate(total=Count("items"), **states)
    return list(rows.order_by("-id").values("uuid", "folder", "created", "total", *Item.STATES))


@page
def upload(request: HttpRequest) -> HttpResponse:
    """Files, a folder, or an allowed folder of this machine; and what became of each file."""
    return shown(
        request,
        "upload.html",
        "upload",
        batches=batches(request.user),
        states=Item.STATES,
        allow_folders=settings.PLACE.allow_folders,
    )
