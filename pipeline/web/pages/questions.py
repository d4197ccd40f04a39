"""The page that asks of two faces whether they are one person's."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse

from pipeline.web.library.pairs import count
from pipeline.web.models import PairVerdict
from pipeline.web.owned import owned
from pipeline.web.pages.frame import page, shown


@page
def questions(request: HttpRequest) -> HttpResponse:
    """Two faces, yes or no; the script fetches them, and the next ones."""
    answered = owned(request.user, PairVerdict).exclude(same=None).count()
    return shown(request, "questions.html", "questions", answered=answered)


@page
def number(request: HttpRequest) -> HttpResponse:
    """How many questions there are; a page asks for it when it has nothing else to do."""
    return JsonResponse({"n": count(request.user)})
