"""The page on which all faces are grouped anew, and shown first what would change."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from pipeline.web.jobs.model_names import models
from pipeline.web.library.grouping import CLUSTERERS
from pipeline.web.models import Account, Embedding, Face, Grouping, Library
from pipeline.web.owned import one, owned
from pipeline.web.pages.frame import page, shown


def spaces(account: Account, library: Library | None) -> list[str]:
    """The spaces that the account's faces are embedded in, the library's own first."""
    newest = owned(account, Face).order_by("-id").values_list("id", flat=True)[:200]
    rows = owned(account, Embedding).filter(face__in=list(newest)).order_by().values_list("space", flat=True)
    own = library.space if library else ""
    return sorted(set(rows.distinct()) | ({own} - {""}), key=lambda name: (name != own, name))


def clusterers(n_faces: int) -> list[tuple[str, bool]]:
    """The clusterers, and whether each is offered for so many faces."""
    return [(name, n_faces <= most) for name, most in CLUSTERERS.items()]


@page
def group(request: HttpRequest) -> HttpResponse:
    """Embedding, clusterer, from fewer to more people; or a proposed grouping, and what it would change."""
    library = owned_library(request.user)
    name = request.GET.get("grouping", "")
    grouping = one(request.user, Grouping, name) if name else None
    n_faces = owned(request.user, Face).filter(state="shown").count()
    context: dict[str, Any] = {"library": library, "grouping": grouping, "n_faces": n_faces}
    if grouping is None:
        there = set(library.space_models.values()) if library else set()
        context |= {
            "spaces": spaces(request.user, library),
            "clusterers": clusterers(n_faces),
            "more_models": [name for name in models() if name not in there],
        }
    return shown(request, "group.html", "group", **context)


def owned_library(account: Account) -> Library | None:
    """How the account's photos are grouped; None before anything was."""
    return owned(account, Library).first()
