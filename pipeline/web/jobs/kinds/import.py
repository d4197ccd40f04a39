"""Copies the photos of an allowed folder into the library."""

from __future__ import annotations

import os
import shutil
from typing import Any

from pipeline.web import room, storage
from pipeline.web.jobs.running import Running
from pipeline.web.models import Batch, Item, Job
from pipeline.web.uploads.arrivals import arrived
from pipeline.web.uploads.batches import tell_counts
from pipeline.web.uploads.folders import NotAllowed, open_below
from pipeline.web.uploads.pieces import LARGEST


def run(job: Job, running: Running) -> dict[str, Any]:
    """Copies every file of the batch that is not there yet; raises OSError where there is no room."""
    batch = Batch.objects.filter(pk=job.payload["batch"], owner=job.owner).first()
    if batch is None:
        return {}
    items = list(batch.items.filter(state="waiting").order_by("number"))
    for done, item in enumerate(items):
        running.step(done, len(items))
        item.batch = batch
        _copy(item, batch.folder)
        if done % 20 == 0:
            tell_counts(job.owner, batch)
    running.step(len(items), len(items))
    tell_counts(job.owner, batch)
    return {"files": len(items)}


def _copy(item: Item, folder: str) -> None:
    try:
        with open_below(folder, item.name) as source:
            item.size = os.fstat(source.fileno()).st_size
            if not 0 < item.size <= LARGEST:
                raise OSError("empty" if not item.size else f"too_large: {item.size:,} bytes")
            room.need(item.size)
            item.file = item.file or storage.new_name()
            part = storage.file_of("incoming", item.file)
            storage.make_folder(part.parent)
            with open(part, "wb") as copy:
                shutil.copyfileobj(source, copy, 2**20)
                copy.flush()
                os.fsync(copy.fileno())
        item.offset = item.size
        item.save(update_fields=["file", "offset", "size"])
    except (OSError, NotAllowed) as error:
        if room.is_full(error):  # the job waits until there is room
            raise
        item.state, item.reason = "rejected", f"unreadable: {getattr(error, 'strerror', None) or error}"[:500]
        part, item.file = item.file, ""
        item.save(update_fields=["state", "reason", "file"])
        if part:
            storage.remove("incoming", part)  # what was copied of it
        return
    arrived(item)
