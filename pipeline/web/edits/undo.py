"""Takes an edit back, as an edit of its own, which can be taken back again."""

from __future__ import annotations

from pipeline.web.edits import steps
from pipeline.web.edits.change import Change, changing
from pipeline.web.models import Account, Edit


class NotUndone(ValueError):
    """An edit can't be taken back."""


def undo(account: Account, edit: Edit, key: str) -> Change:
    """Takes an account's edit back.

    Raises NotUndone if it is taken back already, or if something of it was changed since.
    """
    with changing(account, "undo", key, str(edit.uuid)) as change:
        if change.answer is not None:
            return change
        edit.refresh_from_db()
        if edit.undone_by_id is not None:
            raise NotUndone("It is undone already. Expected an edit that stands. Undo its undoing instead.")
        for step in edit.inverse:
            try:
                steps.check(step)
            except steps.Changed as error:
                raise NotUndone(str(error)) from error
            steps.apply(step)
            change.steps.append(step)
        change.summary = f"Undone: {edit.summary}"
        change.answer = {"undone": str(edit.uuid)}
    Edit.objects.filter(pk=edit.pk).update(undone_by=change.edit)
    return change


def last_edit(account: Account) -> Edit | None:
    """The newest edit that stands and is no undoing, which the pages offer to take back."""
    return Edit.objects.filter(owner=account, undone_by=None).exclude(kind="undo").order_by("-id").first()
