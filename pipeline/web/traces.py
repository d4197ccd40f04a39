"""What a database still holds of rows that are gone, overwritten."""

from __future__ import annotations

from typing import Any

from django.db import OperationalError, connection


def overwrite() -> None:
    """Lets the database file and its log forget rows that were removed.

    SQLite overwrites what it deletes (``secure_delete``); VACUUM writes the file anew without free pages, and
    the log is cut to nothing. On PostgreSQL, VACUUM writes each table anew and counts its values anew, of
    which its planner keeps samples; its server's own log keeps the rows until it is recycled.

    Raises OperationalError where SQLite's log can't be cut.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            if cursor.fetchone()[0]:
                raise OperationalError(
                    "The log still holds what was erased: others kept reading it. Expected a moment without "
                    "readers. The job is tried again."
                )
            return
        for table in connection.introspection.table_names(cursor):
            if table.startswith("web_"):
                name = connection.ops.quote_name(table)
                cursor.execute(f"VACUUM (FULL, ANALYZE) {name}")
                _drop_samples(cursor, name)


def _drop_samples(cursor: Any, name: str) -> None:
    """Lets PostgreSQL's planner forget the values of a table without rows, which ANALYZE leaves alone.

    A column that is given its own type again loses its samples.
    """
    cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {name})")
    if cursor.fetchone()[0]:
        return
    cursor.execute(
        "SELECT quote_ident(attname), format_type(atttypid, atttypmod) FROM pg_attribute "
        "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
        [name],
    )
    changes = [f"ALTER COLUMN {column} TYPE {kind}" for column, kind in cursor.fetchall()]
    cursor.execute(f"ALTER TABLE {name} {', '.join(changes)}")
