"""Who may enter a view."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

View = Callable[..., HttpResponse]


def for_accounts(view: View) -> View:
    """Only for somebody who is logged in: others are sent to the login."""
    return login_required(view)


def for_administrators(view: View) -> View:
    """Only for the administrator."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **values: Any) -> HttpResponse:
        if not request.user.is_admin:
            raise PermissionDenied
        return view(request, *args, **values)

    return login_required(guarded)
