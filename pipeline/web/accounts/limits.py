"""How many logins may fail, by name and by address, before the next has to wait."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from pipeline.web.models import LoginAttempt

SPAN = timedelta(minutes=15)
BY_NAME, BY_ADDRESS = 10, 30  # failed logins within the span


def too_many(name: str, address: str) -> bool:
    """Whether too many logins failed lately for this name, or from this address."""
    recent = LoginAttempt.objects.filter(at__gt=timezone.now() - SPAN)
    if recent.filter(name=folded(name)).count() >= BY_NAME:
        return True
    return recent.filter(address=address).count() >= BY_ADDRESS


def failed(name: str, address: str) -> None:
    """Remembers a login that failed, and forgets those of a day ago."""
    LoginAttempt.objects.filter(at__lt=timezone.now() - timedelta(days=1)).delete()
    LoginAttempt.objects.create(name=folded(name), address=address[:45])


def succeeded(name: str) -> None:
    """Forgets the failed logins for a name."""
    LoginAttempt.objects.filter(name=folded(name)).delete()


def folded(name: str) -> str:
    """A name as it is counted: whatever its case."""
    return name.casefold()[:80]
