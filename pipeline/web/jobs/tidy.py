"""Removes what nobody needs any longer: ended jobs, old sessions, and files that no row tells of."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils import timezone

from pipeline.web import storage
from pipeline.web.jobs.queue import forget_old
from pipeline.web.models import Face, Grouping, GroupingRow, Heartbeat, Item, Job, Person, Photo, Session

HOUR = 3600.0
# A file is written before its row, so a young one may have its row yet to come.
AGES = {
    "incoming": 24 * HOUR,
    "original": HOUR,
    "preview": HOUR,
    "thumb": HOUR,
    "face": HOUR,
    "search": HOUR,
    "sidecar": 24 * HOUR,
    "export": HOUR,
}


def tidy() -> int:
    """Tidies up; returns how many files were removed."""
    forget_old()
    forget_groupings()
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    Heartbeat.objects.filter(at__lt=timezone.now() - timedelta(hours=1)).delete()
    return sum(_remove_orphans(kind, known) for kind, known in KNOWN.items())


def forget_groupings() -> None:
    """Drops proposals that nobody took within a week, and the rows of those that were taken or dropped.

    Rows of a face, a person or a grouping that is gone meanwhile go too.
    """
    before = timezone.now() - timedelta(days=7)
    Grouping.objects.filter(state="proposed", created__lt=before).update(state="dropped")
    GroupingRow.objects.filter(grouping__created__lt=before).exclude(grouping__state="proposed").delete()
    for name, table in (("grouping", Grouping), ("face", Face), ("person", Person)):
        lost = ~Exists(table.objects.filter(pk=OuterRef(f"{name}_id")))
        GroupingRow.objects.filter(lost, **{f"{name}_id__isnull": False}).delete()


def _remove_orphans(kind: str, known: Callable[[list[str]], set[str]]) -> int:
    """Removes the old files of a kind whose names no row has."""
    folder, ending = storage.FOLDERS[kind]
    before = time.time() - AGES[kind]
    removed = 0
    for place in sorted((settings.PLACE.folder / folder).glob("[0-9a-f][0-9a-f]")):
        old = [file for file in place.iterdir() if file.is_file() and _changed(file) < before]
        names = {file: file.name.removesuffix(ending) for file in old}
        there = known(list(names.values()))
        for file, name in names.items():
            if name not in there:
                file.unlink(missing_ok=True)
                removed += 1
    return removed


def _changed(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:  # it was erased a moment ago
        return time.time()


def _items(names: list[str]) -> set[str]:
    return set(Item.objects.filter(file__in=names).values_list("file", flat=True))


def _originals(names: list[str]) -> set[str]:
    return set(Photo.objects.filter(file__in=names).values_list("file", flat=True))


def _photos(names: list[str]) -> set[str]:
    return {str(one) for one in Photo.objects.filter(uuid__in=_uuids(names)).values_list("uuid", flat=True)}


def _faces(names: list[str]) -> set[str]:
    return {str(one) for one in Face.objects.filter(uuid__in=_uuids(names)).values_list("uuid", flat=True)}


def _exports(names: list[str]) -> set[str]:
    rows = Job.objects.filter(kind="export", uuid__in=_uuids(names))
    return {str(one) for one in rows.values_list("uuid", flat=True)}


def _of_jobs(kind: str) -> Callable[[list[str]], set[str]]:
    def known(names: list[str]) -> set[str]:
        rows = Job.objects.filter(kind=kind, state__in=("waiting", "running"))
        return {str(payload.get("file")) for payload in rows.values_list("payload", flat=True)} & set(names)

    return known


def _uuids(names: list[str]) -> list[uuid.UUID]:
    out = []
    for name in names:
        try:
            out.append(uuid.UUID(name))
        except ValueError:  # the part of a file that was never whole
            continue
    return out


KNOWN: dict[str, Callable[[list[str]], set[str]]] = {
    "incoming": _items,
    "original": _originals,
    "preview": _photos,
    "thumb": _photos,
    "face": _faces,
    "search": _of_jobs("search"),
    "sidecar": _of_jobs("names"),
    "export": _exports,
}
