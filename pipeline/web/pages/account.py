"""The page of one's own account: what is stored, shares, sessions, password, export, erasing."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse

from pipeline.web.accounts.sessions import browsers
from pipeline.web.models import (
    Account,
    Embedding,
    Face,
    Library,
    PairVerdict,
    Person,
    Photo,
    Share,
    Verdict,
)
from pipeline.web.owned import owned
from pipeline.web.pages.frame import page, shown


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
        sessions=browsers(me, request.session.session_key),
        stored=stored(me),
        verdicts=verdicts(me),
        shares=list(shares),
        library=owned(me, Library).first(),
        folder=str(settings.PLACE.folder.resolve()) if me.is_admin else "",
    )
