"""Reads the names in a sidecar, once the photo that it lies beside was looked at."""

from __future__ import annotations

from typing import Any

from pipeline.web import storage, texts
from pipeline.web.jobs.running import Running
from pipeline.web.library.named_regions import apply_sidecar
from pipeline.web.models import Item, Job, Photo
from pipeline.web.uploads.batches import tell_counts
from pipeline.web.uploads.sidecars import photo_of


def run(job: Job, running: Running) -> dict[str, Any]:
    """Gives the sidecar's names to its photo's faces; before that is looked at, looking at it asks again.

    A sidecar of a batch that is whole, and has no photo of its name, is rejected.
    """
    file = storage.file_of("sidecar", job.payload["file"])
    item = Item.objects.filter(pk=job.payload.get("item"), batch__owner=job.owner).first()
    photo = photo_of(item) if item else Photo.objects.filter(pk=job.payload.get("photo")).first()
    if not file.exists() or (photo is not None and photo.owner_id != job.owner_id):
        return {}
    if photo is None and item is not None and not item.batch.items.filter(state="waiting").exists():
        _ended(item, "rejected", texts.NO_PHOTO_BESIDE, 0)
        storage.remove("sidecar", job.payload["file"])
        return {"refused": texts.NO_PHOTO_BESIDE}
    if photo is None or not photo.looked:
        return {"waits": True}
    try:
        told = apply_sidecar(photo, file.read_bytes())
        _ended(item, "faces", f"names: {told['named']}", told["named"])
    except ValueError as error:
        told = {"refused": str(error)}
        _ended(item, "rejected", str(error), 0)
    storage.remove("sidecar", job.payload["file"])
    running.step(1, 1)
    return told


def _ended(item: Item | None, state: str, reason: str, named: int) -> None:
    if item is not None:
        Item.objects.filter(pk=item.pk).update(state=state, reason=reason[:500], n_faces=named, file="")
        tell_counts(item.batch.owner, item.batch)
