"""A backup of all accounts, rows and files in one tar file; and the way back, into either database."""

from __future__ import annotations

import io
import os
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.core import serializers
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Model

from pipeline.web import storage
from pipeline.web.models import (
    Account,
    Batch,
    Comment,
    Edit,
    Embedding,
    Face,
    Grouping,
    GroupingRow,
    Item,
    Library,
    PairVerdict,
    Person,
    Photo,
    Share,
    Site,
    Verdict,
)
from schemas.files import replacing

# In an order in which each row comes after those that it points to, but for the cover of a person.
TABLES: tuple[type[Model], ...] = (
    *(Site, Account, Library, Photo, Comment, Batch, Item, Person, Face, Embedding),
    *(Verdict, PairVerdict, Grouping, GroupingRow, Edit, Share),
)
ROWS = "rows.jsonl"
FILES = ("original", "preview", "thumb", "face")
AT_ONCE = 500


class NotEmpty(ValueError):
    """A backup is restored only where there is no account yet."""


def back_up(target: Path) -> dict[str, int]:
    """Writes a backup of all rows, and of all files that they name; returns how many of each.

    It is made while the server runs: rows are those of one moment, and files never change. Sessions, login
    attempts and the queue are left out: the queue follows from the rows. Raises FileExistsError.
    """
    if target.exists():
        raise FileExistsError(f"{target} is there. Expected a new file. Give another name.")
    with replacing(target) as part:
        told = _write(part)
        with open(part, "rb") as stream:
            os.fsync(stream.fileno())
    return told


def _write(part: Path) -> dict[str, int]:
    with tempfile.TemporaryFile(dir=part.parent) as rows, tarfile.open(part, "w") as archive:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            n_rows = _write_rows(rows)
            names = list(_file_names())
        size = rows.tell()
        rows.seek(0)
        _add(archive, ROWS, rows, size)
        n_files = 0
        for kind, name in names:
            file = storage.file_of(kind, name)
            if file.is_file():  # one that was erased meanwhile is gone
                with open(file, "rb") as stream:
                    _add(archive, f"{kind}/{name}", stream, os.fstat(stream.fileno()).st_size)
                n_files += 1
    return {"rows": n_rows, "files": n_files}


def restore(source: Path) -> dict[str, int]:
    """Puts a backup's rows and files back, where there is no account yet; returns how many of each.

    Raises NotEmpty, and ValueError for a file that is no backup, of which then nothing is left.
    """
    if Account.objects.exists():
        raise NotEmpty("There are accounts. Expected an empty database. Restore into a new data folder.")
    try:
        with tarfile.open(source) as archive, transaction.atomic():
            Site.objects.all().delete()
            members = iter(archive)
            n_rows = _read_rows(archive, next(members))
            n_files = sum(_read_file(archive, member) for member in members)
            _count_on()
    except (tarfile.TarError, StopIteration, ValueError, serializers.base.DeserializationError) as error:
        raise ValueError(f"{source} is no backup of this application, or damaged: {error}.") from error
    return {"rows": n_rows, "files": n_files}


def _count_on() -> None:
    """Lets PostgreSQL count on after the ids that were written; SQLite does so by itself."""
    if connection.vendor == "postgresql":
        told = connection.ops.sequence_reset_sql(no_style(), TABLES)
        with connection.cursor() as cursor:
            for statement in told:
                cursor.execute(statement)


def _write_rows(rows: io.BufferedRandom | tempfile._TemporaryFileWrapper[bytes]) -> int:
    count = 0
    for table in TABLES:
        found = table._default_manager.order_by("pk")
        for row in found.iterator(AT_ONCE):
            rows.write(serializers.serialize("jsonl", [row]).encode())
            count += 1
    return count


def _read_rows(archive: tarfile.TarFile, member: tarfile.TarInfo) -> int:
    stream = archive.extractfile(member) if member.name == ROWS else None
    if stream is None:
        raise tarfile.TarError(f"it begins with {member.name[:40]!r}, not with {ROWS}")
    with connection.constraint_checks_disabled():
        count = _save(io.TextIOWrapper(stream, "utf-8"))
    connection.check_constraints()
    return count


def _save(lines: io.TextIOWrapper) -> int:
    """Saves all rows; the covers of people come last, for they point to faces, which point to people."""
    count, covers = 0, {}
    allowed = set(TABLES)
    for found in serializers.deserialize("jsonl", lines):
        if type(found.object) not in allowed:
            raise tarfile.TarError(f"a row of {type(found.object).__name__} is in it")
        if isinstance(found.object, Person):
            covers[found.object.pk] = found.object.cover_id
            found.object.cover_id = None
        found.save()
        count += 1
    for pk, cover in covers.items():
        Person.objects.filter(pk=pk).update(cover=cover)
    return count


def _read_file(archive: tarfile.TarFile, member: tarfile.TarInfo) -> int:
    kind, _, name = member.name.partition("/")
    stream = archive.extractfile(member) if kind in FILES and member.isfile() else None
    if stream is None:
        raise tarfile.TarError(f"{member.name[:60]!r} is in it")
    file = storage.file_of(kind, name)  # which refuses a name that is not one of ours
    storage.make_folder(file.parent)
    with open(file, "wb") as copy:
        while block := stream.read(2**20):
            copy.write(block)
        copy.flush()
        os.fsync(copy.fileno())
    return 1


def _file_names() -> Iterator[tuple[str, str]]:
    for file, uuid in Photo.objects.order_by("pk").values_list("file", "uuid").iterator(AT_ONCE):
        yield "original", file
        yield "preview", str(uuid)
        yield "thumb", str(uuid)
    for uuid in Face.objects.order_by("pk").values_list("uuid", flat=True).iterator(AT_ONCE):
        yield "face", str(uuid)


def _add(archive: tarfile.TarFile, name: str, stream: object, size: int) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    archive.addfile(info, stream)  # type: ignore[arg-type]
