"""Writes an export into one zip file, which its owner fetches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.web import room, storage, texts
from pipeline.web.exchange.archive import write_archive
from pipeline.web.jobs.running import GiveUp, Running
from pipeline.web.library.exports import KINDS, Entry, entries
from pipeline.web.models import Job


def run(job: Job, running: Running) -> dict[str, Any]:
    """Writes the export of the payload's kind, of all people or of those with the payload's ids.

    Raises GiveUp for an unknown kind, and where the disk has no room for it.
    """
    kind = job.payload["kind"]
    if kind not in KINDS:
        raise GiveUp(f"Unknown export {kind!r}. Expected one of: {', '.join(KINDS)}.")
    file = storage.file_of("export", job.uuid)
    storage.make_folder(file.parent)

    def told() -> Iterator[Entry]:
        for done, entry in enumerate(entries(job.owner, kind, job.payload.get("people"))):
            running.step(done, max(job.total, done + 1))
            content = entry[1]
            room.need(len(content) if isinstance(content, bytes) else content.stat().st_size)
            yield entry

    try:
        count = write_archive(file, told())
    except OSError as error:
        if room.is_full(error):  # it would fill the disk again at each try
            raise GiveUp(texts.NO_ROOM_FOR_EXPORT) from error
        raise
    if not Job.objects.filter(pk=job.pk).exists():  # it tells of what was erased meanwhile
        storage.remove("export", job.uuid)
        return {}
    running.step(count, count)
    return {"entries": count, "bytes": file.stat().st_size, "name": f"facefold-{kind}.zip"}
