"""What a database still holds of rows that are gone, overwritten."""

from __future__ import annotations

from django.db import OperationalError, connection


def overwrite() -> None:
    """Lets the database file and its log forget rows that were removed.

    SQLite overwrites what it deletes (``secure_delete``); VACUUM writes the file anew without free pages, and
    the log is cut to nothing. On PostgreSQL, VACUUM writes each table anew and counts its values anew, of
    which it keeps samples; its server's own log keeps the rows until it is recycled.

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
                cursor.execute(f"VACUUM (FULL, ANALYZE) {connection.ops.quote_name(table)}")
