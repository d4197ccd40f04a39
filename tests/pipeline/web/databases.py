"""The two databases that the application is tested on: SQLite, and a PostgreSQL that the tests start."""

import contextlib
import re

import pytest

from tests.runners import postgres

DATABASES = ("sqlite", "postgresql")


@contextlib.contextmanager
def database(name):
    """The address for ``--database``; "" is SQLite in the data folder."""
    if name == "sqlite":
        yield ""
        return
    if postgres.server_programs() is None:
        pytest.skip("PostgreSQL is not installed: Debian's postgresql")
    with postgres.running("facefold") as address:
        yield re.sub(r"\+\w+", "", address, count=1)
