"""Where the application keeps its data, and what its server was told; handed to its processes as JSON."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

VARIABLE = "FACEFOLD_WEB"
DATA = "facefold-web"
SQLITE = "facefold.sqlite3"


@dataclass(frozen=True)
class Place:
    """What ``facefold serve`` was told.

    ``data`` is the folder of all files; ``database`` an address of PostgreSQL, or "" for SQLite in that
    folder. ``hosts`` are the names that requests may be for. ``allow_folders`` are the folders that photos
    may be imported from. ``proxy`` is the address of a proxy whose X-Forwarded headers are believed, "" for
    none; ``tls`` says that browsers come by https. ``root`` is a root of runs whose latest pushed model is
    offered, ``server`` the address of TF Serving, each "" for none.
    """

    data: str = DATA
    database: str = ""
    host: str = "127.0.0.1"
    port: int = 8080
    hosts: tuple[str, ...] = ()
    allow_folders: tuple[str, ...] = ()
    proxy: str = ""
    tls: bool = False
    root: str = ""
    server: str = ""

    @property
    def folder(self) -> Path:
        """The folder of all files."""
        return Path(self.data)

    @property
    def allowed_hosts(self) -> list[str]:
        """The names that requests may be for: those given, this machine's, and the one listened on."""
        own = [] if self.host in ("0.0.0.0", "::", "") else [self.host]
        return ["localhost", "127.0.0.1", "[::1]", *own, *self.hosts]

    def to_environment(self) -> dict[str, str]:
        """The environment variable that a process of the application finds its place by."""
        return {VARIABLE: json.dumps(asdict(self))}


def from_environment(environment: Mapping[str, str] = os.environ) -> Place:
    """The place that ``to_environment`` told of; the defaults where nothing was told."""
    told = json.loads(environment.get(VARIABLE, "{}"))
    lists = {name: tuple(told.get(name, ())) for name in ("hosts", "allow_folders")}
    return Place(**{**told, **lists})


def database_settings(place: Place) -> dict[str, object]:
    """Django's settings of the database.

    SQLite keeps what was answered: write-ahead log, each commit flushed to the disk (``synchronous=FULL``),
    and what is deleted is overwritten. A transaction takes the lock to write at its start, so that it never
    has to be given up half-way.

    Raises ValueError for an address that is not PostgreSQL's.
    """
    if not place.database:
        pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;"
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(place.folder / SQLITE),
            "CONN_MAX_AGE": None,
            "OPTIONS": {"timeout": 30, "transaction_mode": "IMMEDIATE", "init_command": pragmas},
        }
    parts = urlsplit(place.database)
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise ValueError(
            f"--database {parts.scheme or 'without scheme'} is not known. Expected "
            "postgresql://USER:PASSWORD@HOST:PORT/NAME. Leave it out for SQLite in the data folder."
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,  # the threads that use them are few
        "CONN_HEALTH_CHECKS": True,  # a server that was started anew is found again
    }
