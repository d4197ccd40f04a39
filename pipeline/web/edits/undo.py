"""Takes an edit back, as an edit of its own, which can be taken back again."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from pipeline.web.edits import steps
from pipeline.web.edits.change import Change, changing
from pipeline.web.jobs import queue
from pipeline.web.models import Account, Edit, Face


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
        if not edit.inverse:
            raise NotUndone(
                "It changed nothing that could be taken back. Expected an edit of people or faces."
            )
        try:
            # References are looked at here and not at the transaction's end, where nobody could say why.
            with transaction.atomic():
                for step in edit.inverse:
                    _take_back(change, step)
                tables = {steps.table_of(step)._meta.db_table for step in edit.inverse}
                connection.check_constraints(table_names=sorted(tables))
        except (steps.Changed, IntegrityError) as error:
            told = str(error) if isinstance(error, steps.Changed) else _GONE
            raise NotUndone(told) from error
        _cut_out_again(account, change)
        if edit.kind == "undo":  # what it had undone stands again
            Edit.objects.filter(owner=account, undone_by=edit).update(undone_by=None)
        change.undoes = edit
        change.summary = f"Undone: {edit.summary}"
        change.answer = {"undone": str(edit.uuid)}
    return change


def standing(account: Account) -> QuerySet[Edit]:
    """The account's edits that changed something that can be taken back, the newest first."""
    return Edit.objects.filter(owner=account).exclude(forward=[]).order_by("-id")


def last_edit(account: Account) -> Edit | None:
    """The newest edit that stands and is no undoing, which the pages offer to take back.

    What it did, which is megabytes where all faces were grouped, is read only when it is asked for.
    """
    rows = standing(account).filter(undone_by=None).exclude(kind="undo")
    return rows.defer("forward", "inverse", "answer").first()


_GONE = "Something that it speaks of is gone since. Expected all of it there. Undo the later change first."


def _take_back(change: Change, step: steps.Step) -> None:
    if step.get("derived"):
        left = steps.untouched(step)
        if left is not None:
            change.do(left)
        return
    steps.check(step)
    if step["table"] == "face" and step["do"] == "remove":
        # The worker may have moved a face since it was drawn: its person of now loses it.
        for part in steps.parts_of([row["id"] for row in step["rows"]]):
            now: Any = Face.objects.filter(pk__in=part).values_list("person_id", flat=True)
            change.people |= set(now) - {None}
    if step["table"] == "person" and step["do"] == "remove":
        for part in steps.parts_of([row["id"] for row in step["rows"]]):
            if Face.objects.filter(person__in=part).exists():
                raise steps.Changed("Other faces are of that person now. Expected none. Move them first.")
    change.do(step)


def _cut_out_again(account: Account, change: Change) -> None:
    """A drawn face that goes takes its chip along, and one that comes back has to be cut out again.

    The chip of a face that is there again when the worker comes to it stays.
    """
    for step in change.steps:
        if step["table"] == "face" and step["do"] == "add":
            for row in step["rows"]:
                queue.add(account, "draw", {"face": row["id"]})
        elif step["table"] == "face" and step["do"] == "remove":
            queue.add(account, "erase", {"photos": [], "faces": [row["uuid"] for row in step["rows"]]})
