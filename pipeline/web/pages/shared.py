"""The page of what others share with an account."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from pipeline.web.models import Account
from pipeline.web.pages.frame import page, shown


def got(account: Account) -> list[dict[str, Any]]:
    """What others share with the account: people, then photos, the newest first of each."""
    rows = account.shares_got.order_by("-person", "-id")
    columns = ("owner__name", "person__uuid", "person__name", "person__cover__uuid", "photo__uuid")
    names = ("owner", "person", "name", "cover", "photo")
    return [dict(zip(names, row, strict=True)) for row in rows.values_list(*columns)]


@page
def shared(request: HttpRequest) -> HttpResponse:
    """People and photos that others share."""
    found = got(request.user)
    return shown(
        request,
        "shared.html",
        "shared",
        people=[row for row in found if row["person"]],
        photos=[row for row in found if row["photo"]],
    )
