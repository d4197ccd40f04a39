"""What every page shows around its own matter: what is waiting in the library, and the last edit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pipeline.web.edits.undo import last_edit
from pipeline.web.library.pairs import kept_count
from pipeline.web.models import Account, Face
from pipeline.web.owned import owned

View = Callable[..., HttpResponse]


def page(view: View) -> View:
    """A view that is read only, and only by somebody who is signed in."""
    return require_safe(login_required(view))


def frame(account: Account, here: str) -> dict[str, Any]:
    """What the page's frame shows: a handful of counts. ``here`` names the page among those aside."""
    return {
        "account": account,
        "here": here,
        "n_unknown": n_unknown(account),
        "n_questions": kept_count(account),
        "last_edit": last_edit(account),
    }


def n_unknown(account: Account) -> int:
    """How many shown faces of an account are nobody's."""
    return owned(account, Face).filter(state="shown", person=None).count()


def shown(request: HttpRequest, template: str, here: str, **context: Any) -> HttpResponse:
    """The answer: a template within its frame."""
    said = request.session.pop("said", "")
    return render(request, template, {**frame(request.user, here), "said": said, **context})
