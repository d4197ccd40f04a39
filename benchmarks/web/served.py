"""An application that is served from a data folder, and somebody who is signed in to it."""

import contextlib
import tempfile
import threading
from pathlib import Path

from benchmarks.web.library import Size, build, open_session, start
from tests.pipeline.web.databases import database
from tests.pipeline.web.served import Visitor, serving

DATABASES = ("sqlite", "postgresql")


@contextlib.contextmanager
def planted(name, size=None, **settings):
    """A planted library in a temporary folder, on a database of ``DATABASES``: (folder, address, account).

    Django knows one place in a process: it can be entered once.
    """
    with tempfile.TemporaryDirectory(prefix="facefold-web-") as folder, database(name) as address:
        data = Path(folder) / "data"
        start(data, address)
        yield data, address, build(size=size or Size(), **settings)


@contextlib.contextmanager
def served(data, address, account):
    """The library, served by ``facefold serve``: (Served, Visitor who is signed in, the session's key)."""
    session = open_session(account)
    from django.db import connection

    connection.close()
    with serving(data, address) as running:
        yield running, visitor(running.url, session), session


def visitor(url, session):
    """Somebody with this session, and a cookie against forged requests."""
    from http.cookiejar import Cookie

    made = Visitor(url)
    for name, value in (("sessionid", session), ("csrftoken", "0" * 32)):
        given = (0, name, value, None, False, "127.0.0.1", False, False, "/", True, False, None, True)
        made.jar.set_cookie(Cookie(*given, None, None, {}))
    return made


@contextlib.contextmanager
def meanwhile(again):
    """Calls ``again()`` over and over in a thread while the block runs; raises what it raised."""
    stop, failed = threading.Event(), []

    def run():
        try:
            while not stop.is_set():
                again()
        except Exception as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    if failed:
        raise failed[0]
