"""The first account becomes the administrator, by a token that only who started the server has seen."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from pipeline.web.models import Account, Site


def site() -> Site:
    """The one row of what concerns all accounts."""
    return Site.objects.get_or_create(pk=1)[0]


def new_token() -> str | None:
    """A new token for the first account; None where there is an account already. Only its hash is kept."""
    if Account.objects.exists():
        return None
    token = secrets.token_urlsafe(18)
    row = site()
    row.first_token = _digest(token)
    row.save(update_fields=["first_token"])
    return token


def is_token(token: str) -> bool:
    """Whether this is the token of the first account."""
    expected = site().first_token
    return bool(expected) and hmac.compare_digest(_digest(token), expected)


def _digest(token: str) -> str:
    return hashlib.sha256(token.strip().encode()).hexdigest()
