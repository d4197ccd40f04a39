"""The steps of an edit as JSON: a field of many rows set, rows added, rows removed; each can be turned round.

A step of a field is {"do": "set", "table", "field", "ids", "was", "is"}, where ``was`` and ``is`` are one
value for all rows, [value], or one for each. A step of rows is {"do": "add" or "remove", "table", "rows"}.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Model

Step = dict[str, Any]
AT_ONCE = 500  # rows in one statement: SQLite takes 999 parameters and more


class Changed(ValueError):
    """Rows are not as the edit left them, so it can't be taken back."""


def set_step(rows: list[Any], name: str, wanted: list[Any]) -> Step | None:
    """The step that sets a field of rows; None where all have that value already."""
    if not rows:
        return None
    field = rows[0]._meta.get_field(name)
    was = [getattr(row, field.attname) for row in rows]
    now = [value.pk if isinstance(value, Model) else value for value in wanted]
    moved = [index for index in range(len(rows)) if was[index] != now[index]]
    if not moved:
        return None
    return {
        "do": "set",
        "table": rows[0]._meta.model_name,
        "field": field.attname,
        "ids": [rows[index].pk for index in moved],
        "was": _short([was[index] for index in moved]),
        "is": _short([now[index] for index in moved]),
    }


def add_step(rows: list[Any]) -> Step:
    """The step that adds rows of one table, which have their ids."""
    told = [
        {field.attname: _plain(getattr(row, field.attname)) for field in row._meta.fields} for row in rows
    ]
    return {"do": "add", "table": rows[0]._meta.model_name, "rows": told}


def inverted(step: Step) -> Step:
    """The step that takes a step back."""
    if step["do"] == "set":
        return {**step, "was": step["is"], "is": step["was"]}
    return {**step, "do": "remove" if step["do"] == "add" else "add"}


def apply(step: Step) -> None:
    """Writes a step."""
    table = table_of(step)
    if step["do"] == "set":
        groups: dict[Any, list[int]] = defaultdict(list)
        for pk, value in zip(step["ids"], _long(step["is"], len(step["ids"])), strict=True):
            groups[value].append(pk)
        for value, ids in groups.items():
            for part in parts_of(ids):
                table._default_manager.filter(pk__in=part).update(**{step["field"]: value})
    elif step["do"] == "add":
        table._default_manager.bulk_create([table(**row) for row in step["rows"]], batch_size=AT_ONCE)
    else:
        for part in parts_of([row[table._meta.pk.attname] for row in step["rows"]]):
            table._default_manager.filter(pk__in=part).delete()


def check(step: Step) -> None:
    """Raises Changed unless all rows are as they have to be before the step is written."""
    table = table_of(step)
    if step["do"] == "set":
        expected = dict(zip(step["ids"], _long(step["was"], len(step["ids"])), strict=True))
        found: dict[int, Any] = {}
        for part in parts_of(step["ids"]):
            found |= dict(table._default_manager.filter(pk__in=part).values_list("pk", step["field"]))
        if any(found.get(pk, Changed) != value for pk, value in expected.items()):
            raise Changed(
                "Something of it was changed since. Expected it untouched. Undo the later change first."
            )
    elif step["do"] == "remove":
        ids = [row[table._meta.pk.attname] for row in step["rows"]]
        there = sum(table._default_manager.filter(pk__in=part).count() for part in parts_of(ids))
        if there < len(ids):
            raise Changed("What it made is gone. Expected it there. Undo the later change first.")


def table_of(step: Step) -> type[Model]:
    """The table that a step is of."""
    return apps.get_model("web", step["table"])


def parts_of(ids: list[Any]) -> list[list[Any]]:
    """The ids in parts that fit into one statement."""
    return [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]


def _short(values: list[Any]) -> list[Any]:
    return values[:1] if all(value == values[0] for value in values) else values


def _long(values: list[Any], count: int) -> list[Any]:
    return values * count if len(values) == 1 else values


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value
