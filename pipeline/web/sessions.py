"""Sessions in the database, each with its account, so that an account sees them and ends them."""

from datetime import datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.utils import timezone


class SessionStore(DatabaseSessions):
    """Django's sessions in the table ``web.Session``."""

    @classmethod
    def get_model_class(cls) -> Any:
        """The table."""
        from pipeline.web.models import Session

        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """The row of a session, with its account, where somebody is logged in."""
        data.setdefault("since", timezone.now().isoformat())
        row = super().create_model_instance(data)
        row.created = datetime.fromisoformat(data["since"])  # a row is made anew for each time it is saved
        row.account_id = int(data[SESSION_KEY]) if data.get(SESSION_KEY) else None
        row.agent = str(data.get("agent", ""))[:200]
        return row
