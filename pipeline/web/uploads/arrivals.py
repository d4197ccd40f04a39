"""A file that is whole: the same as one that is there, or a new photo that the worker looks at."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import F

from components.ingest.content import file_hash
from components.ingest.decoding.file_kinds import HEAD, RejectedPhoto, check_start
from pipeline.web import storage
from pipeline.web.jobs.queue import add
from pipeline.web.models import Account, Batch, Item, Photo
from pipeline.web.uploads.kinds import kind_of
from pipeline.web.uploads.sidecars import is_sidecar, keep_sidecar


def arrived(item: Item) -> Item:
    """Makes a whole file a photo of the batch's owner, and its item ``sent``, ``duplicate`` or ``rejected``.

    The file lies in its place, flushed, before the row that tells of it; the photo, the item and the job to
    look at it are one transaction. What a killed server left of this is done by calling it again.
    """
    part = storage.file_of("incoming", item.file)
    if not part.exists() or part.stat().st_size != item.size:
        Item.objects.filter(pk=item.pk, state="waiting").update(offset=0, file="")
        item.refresh_from_db()
        return item
    with open(part, "rb") as stream:
        head = stream.read(HEAD)
    try:
        check_start(head)
    except RejectedPhoto as rejection:
        if is_sidecar(item, head):
            keep_sidecar(item, part)
            return _ended(item, "sent", "", None)
        return _ended(item, "rejected", str(rejection), None)
    digest = file_hash(str(part))
    known = _known(item.batch.owner, digest)
    if known is not None:
        return _ended(item, "duplicate", f"the same file as {known.name}", known)
    name = storage.new_name()
    place = storage.keep(part, "original", name)
    try:
        with transaction.atomic():
            _new_photo(item, digest, name, kind_of(head))
    except IntegrityError:  # it came twice at the same time
        place.unlink()
        return _ended(
            item, "duplicate", "the same file came a moment before", _known(item.batch.owner, digest)
        )
    storage.remove("incoming", part.name)
    return item


def settle(batch: Batch) -> None:
    """Does what a killed server left: files that are whole, and whose item does not say so yet."""
    for item in batch.items.filter(state="waiting", size__gt=0, offset=F("size")).select_related(
        "batch__owner"
    ):
        arrived(item)


def _new_photo(item: Item, digest: str, name: str, kind: str) -> None:
    account = item.batch.owner
    photo = Photo.objects.create(
        owner=account, sha256=digest, name=item.name, size=item.size, file=name, kind=kind
    )
    item.state, item.photo, item.file = "sent", photo, ""
    item.save(update_fields=["state", "photo", "file"])
    add(account, "look", {"photo": photo.pk})


def _known(account: Account, digest: str) -> Photo | None:
    return Photo.objects.filter(owner=account, sha256=digest).first()


def _ended(item: Item, state: str, reason: str, photo: Photo | None) -> Item:
    part = item.file
    item.state, item.reason, item.photo, item.file = state, reason[:500], photo, ""
    item.save(update_fields=["state", "reason", "photo", "file"])
    storage.remove("incoming", part)
    return item
