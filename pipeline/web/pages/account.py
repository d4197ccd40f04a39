"""The page of one's own account: what is stored, shares, sessions, password, export, erasing."""

from __future__ import annotations

import hashlib
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from pipeline.web.models import (
    Account,
    Embedding,
    Face,
    Library,
    PairVerdict,
    Person,
    Photo,
    Session,
    Share,
    Verdict,
)
from pipeline.web.owned import owned
from pipeline.web.pages.frame import page, shown


def session_name(key: str) -> str:
    """What a page calls a session: its key opens the account, and stands on no page."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def sessions(account: Account, key: str | None) -> list[dict[str, Any]]:
    """The account's sessions that stand, the newest first; ``key`` is that of the one that asks."""
    rows = owned(account, Session).filter(expire_date__gt=timezone.now()).order_by("-created")
    told = rows.values_list("session_key", "agent", "created", "expire_date")
    return [
        {"name": session_name(own), "agent": agent, "created": made, "ends": ends, "this": own == key}
        for own, agent, made, ends in told
    ]


def stored(account: Account) -> dict[str, int]:
    """How much is stored of an account: rows, and bytes of its photos as they came."""
    photos = owned(account, Photo).aggregate(n=Count("id"), bytes=Sum("size"))
    return {
        "photos": photos["n"],
        "bytes": photos["bytes"] or 0,
        "faces": owned(account, Face).count(),
        "people": owned(account, Person).count(),
        "embeddings": owned(account, Embedding).count(),
    }


def verdicts(account: Account) -> dict[str, int]:
    """How many verdicts there are: of faces and persons, and of pairs of faces, each yes and no."""
    faces = owned(account, Verdict).aggregate(
        yes=Count("id", Q(is_person=True)), no=Count("id", Q(is_person=False))
    )
    pairs = owned(account, PairVerdict).aggregate(
        yes=Count("id", Q(same=True)), no=Count("id", Q(same=False))
    )
    return {
        "faces_yes": faces["yes"],
        "faces_no": faces["no"],
        "pairs_yes": pairs["yes"],
        "pairs_no": pairs["no"],
    }


@page
def account(request: HttpRequest) -> HttpResponse:
    """All that concerns the account itself."""
    me = request.user
    shares = owned(me, Share).order_by("-id").select_related("guest", "person", "photo")
    return shown(
        request,
        "account.html",
        "account",
        sessions=sessions(me, request.session.session_key),
        stored=stored(me),
        verdicts=verdicts(me),
        shares=list(shares),
        library=owned(me, Library).first(),
        folder=str(settings.PLACE.folder.resolve()) if me.is_admin else "",
        form_error="",
    )


@require_POST
@login_required
def end_session(request: HttpRequest) -> HttpResponse:
    """Ends one of the account's sessions, or all but this one."""
    name = request.POST.get("session", "")
    for row in owned(request.user, Session):
        this = row.session_key == request.session.session_key
        if session_name(row.session_key) == name or (name == "others" and not this):
            row.delete()
    return redirect("/account#sessions")
