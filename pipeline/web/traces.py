"""What a database still holds of rows that are gone, overwritten."""

from __future__ import annotations

from django.db import connection


def overwrite() -> None:
    """Lets the database file and its log forget rows that were removed.

    SQLite overwrites what it deletes (``secure_delete``); VACUUM writes the file anew without free pages, and
    the log is cut to nothing. On PostgreSQL, VACUUM frees the rows; its server's own log keeps them until it
    is recycled.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        for table in connection.introspection.table_names(cursor):
            if table.startswith("web_"):
                cursor.execute(f"VACUUM (FULL) {connection.ops.quote_name(table)}")
