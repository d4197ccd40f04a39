"""The browsers that an account is logged in with."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from pipeline.web.models import Account
from pipeline.web.models import Session as Row
from pipeline.web.owned import owned


@dataclass(frozen=True)
class Browser:
    """A session without its key, which would open it: a mark of it, the browser, and until when it holds."""

    mark: str
    agent: str
    since: datetime
    until: datetime
    is_this: bool


def browsers(account: Account, key: str | None) -> list[Browser]:
    """The sessions of an account, the newest first; ``key`` is that of this browser."""
    rows = owned(account, Row).filter(expire_date__gt=timezone.now()).order_by("-created")
    return [
        Browser(mark(row.session_key), row.agent, row.created, row.expire_date, row.session_key == key)
        for row in rows
    ]


def mark(key: str) -> str:
    """What a session is called on a page, from which its key does not follow."""
    return hashlib.sha256(key.encode()).hexdigest()[:12]
