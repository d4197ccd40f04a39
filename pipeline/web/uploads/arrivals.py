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
from pipeline.web.uploads.sidecars import is_sidecar


def arrived(item: Item) -> Item:
    """Makes a whole file a photo of the batch's owner, and its item ``sent``, ``duplicate`` or ``rejected``.

    The file lies in its place, flushed, before the row that tells of it; the photo, the item and the job to
    look at it are one transaction. What a killed server left of this is done by calling it again: the file
    keeps the name that it came by, so that it is not there twice. An item that another request has settled
    meanwhile stays as it is.
    """
    try:
        return _settle_whole(item)
    except FileNotFoundError:
        item.refresh_from_db()
        if item.state == "waiting":
            raise
        return item


def _settle_whole(item: Item) -> Item:
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
            storage.keep(part, "sidecar", item.file)
            return _ended(item, "sent", names=True)
        return _ended(item, "rejected", str(rejection))
    digest = file_hash(str(part))
    known = _known(item.batch.owner, digest)
    if known is not None:
        return _ended(item, "duplicate", f"the same file as {known.name}", known)
    place = storage.keep(part, "original", item.file)
    kind = kind_of(head)
    try:
        with transaction.atomic():
            _new_photo(item, digest, kind)
    except (IntegrityError, _Settled):  # it came twice at the same time
        known = _known(item.batch.owner, digest)
        if known is None or known.file != item.file:
            place.unlink(missing_ok=True)
        return _ended(item, "duplicate", "the same file came a moment before", known)
    storage.remove("incoming", part.name)
    return item


def settle(batch: Batch) -> None:
    """Does what a killed server left: files that are whole, and whose item does not say so yet."""
    for item in batch.items.filter(state="waiting", size__gt=0, offset=F("size")).select_related(
        "batch__owner"
    ):
        arrived(item)


class _Settled(Exception):
    """Another request has settled the item."""


def _new_photo(item: Item, digest: str, kind: str) -> None:
    account = item.batch.owner
    photo = Photo.objects.create(
        owner=account, sha256=digest, name=item.name, size=item.size, file=item.file, kind=kind
    )
    if not _settled(item, "sent", "", photo):
        raise _Settled
    item.state, item.photo, item.file = "sent", photo, ""
    add(account, "look", {"photo": photo.pk})


def _known(account: Account, digest: str) -> Photo | None:
    return Photo.objects.filter(owner=account, sha256=digest).first()


def _ended(item: Item, state: str, reason: str = "", photo: Photo | None = None, names: bool = False) -> Item:
    """Settles an item, unless another request has; with ``names`` the names in its sidecar are to be read."""
    part = item.file
    with transaction.atomic():
        held = _settled(item, state, reason, photo)
        if held and names:
            add(item.batch.owner, "names", {"item": item.pk, "file": part})
    if held:
        storage.remove("incoming", part)
    item.refresh_from_db()
    return item


def _settled(item: Item, state: str, reason: str, photo: Photo | None) -> bool:
    waiting = Item.objects.filter(pk=item.pk, state="waiting")
    return bool(waiting.update(state=state, reason=reason[:500], photo=photo, file=""))
