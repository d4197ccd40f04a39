"""What has to be there before the application starts: its folder, its tables, and an address to listen on."""

from __future__ import annotations

import errno
import os
import socket

from components.ingest.own_roots import WEB_DATA
from pipeline.web.place import SQLITE, Place
from schemas.paths import writable_folder

TELLS = (
    "What facefold serve keeps: photos, faces and rows of all accounts. Copy it by `facefold web backup`.\n"
)


def set_up(place: Place) -> None:
    """Makes the data folder, a file in it that tells what it is, the tables, and Django's settings here.

    Raises ValueError, one line, for a folder or a database that can't be used, and OSError where the disk is
    full.
    """
    new = not place.folder.exists()
    writable_folder(place.folder, "--data")
    if new:
        place.folder.chmod(0o700)
    mark = place.folder / WEB_DATA
    if not mark.exists():
        mark.write_text(TELLS)
    os.environ.update(place.to_environment())
    os.environ["DJANGO_SETTINGS_MODULE"] = "pipeline.web.settings"
    import django
    from django.db import Error

    django.setup()
    try:
        _migrate()
    except Error as error:
        raise ValueError(_not_usable(place, " ".join(str(error).split()))) from error


def _not_usable(place: Place, reason: str) -> str:
    if place.database:
        return (
            f"--database can't be used: {reason}. Expected a running PostgreSQL with this user and database. "
            "Start it, or give another address."
        )
    return (
        f"{place.folder / SQLITE} can't be used: {reason}. Expected what serve has written there. Give "
        "another --data; a backup is restored by `facefold web restore`."
    )


def _migrate() -> None:
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(connection)
    later = sorted(
        name
        for app, name in loader.applied_migrations
        if app == "web" and (app, name) not in loader.graph.nodes
    )
    if later:
        raise ValueError(
            f"The database was made by a later facefold: it has {', '.join(later)}. Expected none after "
            f"{max(name for app, name in loader.graph.nodes if app == 'web')}. Install that version again."
        )
    call_command("migrate", verbosity=0, interactive=False)


def check_address(place: Place) -> None:
    """Raises ValueError, one line, for an address that can't be listened on.

    A name may have addresses of two kinds, of which this machine has one; a port has to be free in both.
    """
    found, failed = [], list[OSError]()
    try:
        found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    except OSError as error:
        failed.append(error)
    for family, _, _, _, address in found:
        try:
            with socket.socket(family, socket.SOCK_STREAM) as tried:
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the web process does
                tried.bind(address)
        except OSError as error:
            failed.append(error)
    taken = [error for error in failed if error.errno == errno.EADDRINUSE]
    if taken or (failed and len(failed) >= len(found)):
        first = (taken or failed)[0]
        raise ValueError(
            f"{place.host}:{place.port} can't be listened on: {first.strerror or first}. Expected an address "
            "of this machine and a free port. Give others by --host and --port."
        ) from first
