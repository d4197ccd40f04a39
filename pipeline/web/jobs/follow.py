"""What has to be done next for an account, told by its tables alone: a killed worker forgets nothing."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from pipeline.web.jobs.queue import add, waiting
from pipeline.web.models import Account, Embedding, Face, Job, Library, Photo

PATIENCE = timedelta(minutes=10)
ENOUGH = 128  # faces that wait for their embedding while photos are still looked at


def follow_up(account: Account) -> None:
    """Adds the jobs that the account's photos and faces need: look, then embed, then assign."""
    looks = waiting(account, "look")
    if not looks:
        _look_again(account)
    library = Library.objects.get_or_create(owner=account)[0]
    without = unembedded(account, library.space).count() if not waiting(account, "embed") else 0
    if without and (without >= ENOUGH or not waiting(account, "look")):
        if not failed_lately(account, "embed"):
            add(account, "embed", once=True)
    elif (
        not without
        and library.space
        and not waiting(account, "look", "embed", "assign")
        and not failed_lately(account, "assign")
        and Face.objects.filter(owner=account, placed=False, state="shown").exists()
    ):
        add(account, "assign", once=True)


def failed_lately(account: Account, kind: str) -> bool:
    """Whether the account's newest job of the kind failed within ``PATIENCE``: the next try waits so long."""
    newest = Job.objects.filter(owner=account, kind=kind).order_by("-id").first()
    return newest is not None and newest.state == "failed" and newest.created > timezone.now() - PATIENCE


def unembedded(account: Account, space: str) -> QuerySet[Face]:
    """The account's faces that are cut out, and have no embedding in the space."""
    there = Embedding.objects.filter(face=OuterRef("pk"), space=space)
    cut_out = Face.objects.filter(owner=account).exclude(quality=0).exclude(state="not_a_face")
    return cut_out.filter(~Exists(there))


def _look_again(account: Account) -> None:
    """Adds a job for photos that were never looked at and of which no job tells, not even a failed one."""
    unseen = list(Photo.objects.filter(owner=account, looked=False).values_list("pk", flat=True))
    looks = Job.objects.filter(owner=account, kind="look") if unseen else Job.objects.none()
    told = set(looks.values_list("payload__photo", flat=True))
    for pk in unseen:
        if pk not in told:
            add(account, "look", {"photo": pk})
