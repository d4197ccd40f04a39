"""What is written below photos."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import Http404

from pipeline.web.edits.change import changing
from pipeline.web.library.refused import Refused
from pipeline.web.models import Account, Comment, Photo
from pipeline.web.owned import may_comment, one_seen

Answer = dict[str, Any]
LONGEST = 2000


class NotAllowed(PermissionError):
    """The account may look, and not write."""


def write(account: Account, key: str, photo: UUID, text: str) -> Answer:
    """Writes below a photo. Its text is kept in its row alone, and in no edit.

    Raises Http404 for a photo that the account may not look at, NotAllowed for one that it may not write
    below, Refused for an empty text, and for one of more than LONGEST characters.
    """
    with changing(account, "comment", key, [photo, text]) as change:
        if change.answer is None:
            row = one_seen(account, Photo, photo)
            if not may_comment(account, row):
                raise NotAllowed("You may look at this photo, and not comment on it.")
            told = text.strip()
            if not 0 < len(told) <= LONGEST:
                raise Refused(f"The comment has {len(told)} characters. Expected 1 to {LONGEST:,}.")
            made = Comment.objects.create(photo=row, author=account, text=told)
            change.summary = "Commented on a photo."
            change.answer = {"comment": str(made.uuid)}
    return change.answer


def remove(account: Account, key: str, comment: UUID) -> Answer:
    """Deletes a comment for good; its author may, and the photo's owner. Raises Http404 for anybody else."""
    with changing(account, "comment", key, ["delete", comment]) as change:
        if change.answer is None:
            mine = Q(author=account) | Q(photo__owner=account)
            row = Comment.objects.filter(mine, uuid=comment).first()
            if row is None:
                raise Http404("No such comment.")
            row.delete()
            change.summary = "Deleted a comment."
            change.answer = {"comment": str(comment)}
    return change.answer
