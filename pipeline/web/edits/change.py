"""A change that somebody makes: one transaction, together with the edit that takes it back.

with changing(account, "move", key, asked) as change:
    if change.answer is None:              # this key was not used before
        change.set(faces, person=person, assigned_by="person")
        change.summary = "Moved 3 faces to Anna."
        change.answer = {"moved": 3}
return change.answer
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.models import Model
from pydantic import BaseModel

from pipeline.web.edits import steps
from pipeline.web.edits.counts import recount
from pipeline.web.events import tell
from pipeline.web.models import Account, Edit, Library


class KeyUsed(ValueError):
    """The idempotency key was used for another request."""


class Change:
    """What is done within one edit. Rows are written at once; how they were is kept."""

    def __init__(self, account: Account, kind: str) -> None:
        self.account = account
        self.kind = kind
        self.summary = ""
        self.answer: dict[str, Any] | None = None
        self.edit: Edit | None = None  # of an earlier request with the same key
        self.undoes: Edit | None = None  # what it takes back
        self.final = False  # it is never taken back, and what it did is kept nowhere
        self.people: set[int] = set()  # ids of people to be counted anew, beside those that steps tell of
        self.steps: list[steps.Step] = []

    def set(self, rows: Iterable[Model], **values: Any) -> int:
        """Sets fields of rows of one table to one value each; returns how many rows changed."""
        rows = list(rows)
        return self.set_each(rows, {name: [value] * len(rows) for name, value in values.items()})

    def set_each(self, rows: list[Any], values: dict[str, list[Any]], derived: bool = False) -> int:
        """Sets fields of rows of one table, each to its own value; returns how many rows changed."""
        changed: set[Any] = set()
        for name, wanted in values.items():
            step = steps.set_step(rows, name, wanted)
            if step is not None:
                self.do({**step, "derived": True} if derived else step)
                changed |= set(step["ids"])
            for row, value in zip(rows, wanted, strict=True):
                setattr(row, name, value)
        return len(changed)

    def add(self, rows: list[Any]) -> list[Any]:
        """Makes rows of one table, and returns them with their ids."""
        if rows:
            rows = type(rows[0])._default_manager.bulk_create(rows, batch_size=steps.AT_ONCE)
            self.steps.append(steps.add_step(rows))
        return rows

    def remove(self, rows: list[Any]) -> None:
        """Removes rows of one table. What refers to them has to be changed or removed before."""
        if rows:
            self.do(steps.inverted(steps.add_step(rows)))

    def do(self, step: steps.Step) -> None:
        """Writes a step, and keeps it."""
        steps.apply(step)
        self.steps.append(step)


@contextmanager
def changing(account: Account, kind: str, key: str, asked: Any = None) -> Iterator[Change]:
    """One change of an account's things, in one transaction; changes of one account come one after another.

    ``key`` is the request's idempotency key: where it was used before, ``answer`` is what was answered then,
    and nothing has to be done. ``asked`` is what the request asks for, to tell a repetition from a key that
    is used twice.

    Raises KeyUsed if the key came with another request.
    """
    digest = _digest(kind, asked)
    with transaction.atomic():
        Library.objects.select_for_update().get_or_create(owner=account)
        change = Change(account, kind)
        change.edit = Edit.objects.filter(owner=account, key=key).first()
        if change.edit is not None:
            if change.edit.request != digest:
                raise KeyUsed(
                    f"The Idempotency-Key {key!r} was used for another request. Expected a new key for each "
                    "change. Fix: make one, as crypto.randomUUID() does."
                )
            change.answer = change.edit.answer
            yield change
            return
        yield change
        recount(account, change)
        kept = [] if change.final else change.steps
        made = Edit.objects.create(
            owner=account,
            kind=kind,
            key=key,
            request=digest,
            summary=change.summary[:300],
            forward=kept,
            inverse=[steps.inverted(step) for step in reversed(kept)],
        )
        change.edit = made
        change.answer = {**(change.answer or {}), "edit": str(made.uuid), "summary": made.summary}
        Edit.objects.filter(pk=made.pk).update(answer=change.answer)
        if change.undoes is not None:
            Edit.objects.filter(pk=change.undoes.pk).update(undone_by=made)
        tell(account, "edit", {"edit": str(made.uuid), "kind": kind})


def _digest(kind: str, asked: Any) -> str:
    def plain(value: Any) -> Any:
        return value.model_dump(mode="json") if isinstance(value, BaseModel) else str(value)

    return hashlib.sha256(json.dumps([kind, asked], sort_keys=True, default=plain).encode()).hexdigest()
