"""The steps of an edit as JSON: a field of many rows set, rows added, rows removed; each can be turned round.

A step of a field is {"do": "set", "table", "field", "ids", "was", "is"}, where ``was`` and ``is`` are one
value for all rows, [value], or one for each. A step of rows is {"do": "add" or "remove", "table", "rows"}.
A step that has "derived" follows from the others, as the number of a person's faces does: what somebody else
changed of it since is left alone.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection
from django.db.models import Model

Step = dict[str, Any]
AT_ONCE = 500  # rows in one statement: SQLite takes 999 parameters and more
FEW = 20  # values for which a statement each is the fastest


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
        _write(table, step["field"], step["ids"], _long(step["is"], len(step["ids"])))
    elif step["do"] == "add":
        table._default_manager.bulk_create([table(**row) for row in step["rows"]], batch_size=AT_ONCE)
        # Django writes the present time into such fields of each row that it makes.
        for field in table._meta.fields:
            if getattr(field, "auto_now_add", False):
                ids = [row[table._meta.pk.attname] for row in step["rows"]]
                _write(table, field.attname, ids, [row[field.attname] for row in step["rows"]])
    else:
        for part in parts_of([row[table._meta.pk.attname] for row in step["rows"]]):
            table._default_manager.filter(pk__in=part).delete()


def untouched(step: Step) -> Step | None:
    """A derived step, for the rows alone that are as they have to be before it; None where there are none."""
    found = _found(step)
    was = step_values(step, "was")
    kept = [index for index, pk in enumerate(step["ids"]) if found.get(pk, Changed) == was[index]]
    return with_values(step, kept) if kept else None


def check(step: Step) -> None:
    """Raises Changed unless all rows are as they have to be before the step is written."""
    table = table_of(step)
    if step["do"] == "set":
        found = _found(step)
        expected = zip(step["ids"], step_values(step, "was"), strict=True)
        if any(found.get(pk, Changed) != value for pk, value in expected):
            raise Changed(
                "Something of it was changed since. Expected it untouched. Undo the later change first."
            )
        return
    ids = [row[table._meta.pk.attname] for row in step["rows"]]
    there = sum(table._default_manager.filter(pk__in=part).count() for part in parts_of(ids))
    if step["do"] == "remove" and there < len(ids):
        raise Changed("What it made is gone. Expected it there. Undo the later change first.")
    if step["do"] == "add" and there:
        raise Changed("What it removed is there again. Expected it gone. Undo the later change first.")


def table_of(step: Step) -> type[Model]:
    """The table that a step is of."""
    return apps.get_model("web", step["table"])


def parts_of(ids: list[Any]) -> list[list[Any]]:
    """The ids in parts that fit into one statement."""
    return [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]


def step_values(step: Step, which: str) -> list[Any]:
    """The values ("was" or "is") of a step of a field, one for each of its rows."""
    return _long(step[which], len(step["ids"]))


def with_values(step: Step, kept: list[int]) -> Step:
    """A step of a field for the rows at these places alone."""
    was, now = step_values(step, "was"), step_values(step, "is")
    ids = [step["ids"][index] for index in kept]
    return {
        **step,
        "ids": ids,
        "was": _short([was[index] for index in kept]),
        "is": _short([now[index] for index in kept]),
    }


def _found(step: Step) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for part in parts_of(step["ids"]):
        rows = table_of(step)._default_manager.filter(pk__in=part)
        found |= dict(rows.values_list("pk", step["field"]))
    return found


def _write(table: type[Model], name: str, ids: list[int], values: list[Any]) -> None:
    """Sets a field of rows: a statement for each value, or, where they are many, one for all rows."""
    groups: dict[Any, list[int]] = defaultdict(list)
    for pk, value in zip(ids, values, strict=True):
        groups[value].append(pk)
    if len(groups) <= FEW:
        for value, members in groups.items():
            for part in parts_of(members):
                table._default_manager.filter(pk__in=part).update(**{name: value})
        return
    field = table._meta.get_field(name)
    quote = connection.ops.quote_name
    names = (quote(table._meta.db_table), quote(field.column), quote(table._meta.pk.column))
    statement = "UPDATE {} SET {} = %s WHERE {} = %s".format(*names)
    rows = [(field.get_db_prep_save(value, connection), pk) for pk, value in zip(ids, values, strict=True)]
    with connection.cursor() as cursor:
        cursor.executemany(statement, rows)


def _short(values: list[Any]) -> list[Any]:
    return values[:1] if all(value == values[0] for value in values) else values


def _long(values: list[Any], count: int) -> list[Any]:
    return values * count if len(values) == 1 else values


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value  # a datetime is a date too
