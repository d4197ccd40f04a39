"""Writes an export into one zip file, which its owner fetches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.web import storage
from pipeline.web.exchange.archive import write_archive
from pipeline.web.jobs.running import GiveUp, Running
from pipeline.web.library.exports import KINDS, Entry, entries
from pipeline.web.models import Job


def run(job: Job, running: Running) -> dict[str, Any]:
    """Writes the export of the payload's kind, of all people or of those with the payload's ids."""
    kind = job.payload["kind"]
    if kind not in KINDS:
        raise GiveUp(f"Unknown export {kind!r}. Expected one of: {', '.join(KINDS)}.")
    file = storage.file_of("export", job.uuid)
    storage.make_folder(file.parent)

    def told() -> Iterator[Entry]:
        for done, entry in enumerate(entries(job.owner, kind, job.payload.get("people"))):
            running.step(done, max(job.total, done + 1))
            yield entry

    count = write_archive(file, told())
    if not Job.objects.filter(pk=job.pk).exists():  # it tells of what was erased meanwhile
        storage.remove("export", job.uuid)
        return {}
    running.step(count, count)
    return {"entries": count, "bytes": file.stat().st_size, "name": f"facefold-{kind}.zip"}
