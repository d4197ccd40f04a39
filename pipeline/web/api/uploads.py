"""Uploads: a batch is announced, its files come in pieces, and each answer says what is still missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from pipeline.web.jobs.queue import add
from pipeline.web.models import Batch, Item
from pipeline.web.owned import one, owned
from pipeline.web.uploads import batches, folders, pieces
from pipeline.web.uploads.arrivals import settle

router = Router(tags=["uploads"])
BLOCK = 2**18  # bytes that are read at a time
PAGE = 200
State = Literal["waiting", "sent", "faces", "no_face", "duplicate", "rejected"]


class File(Schema):
    """A file that is to come."""

    name: str = Field(max_length=1000)
    size: int = Field(ge=0, lt=2**40)
    mtime: int = Field(0, ge=0, lt=2**53)


class Announcement(Schema):
    """All files of a batch."""

    source: str = Field("browser", pattern="^browser$")
    items: list[File] = Field(min_length=1, max_length=batches.MOST)


class Folder(Schema):
    """A folder on the server that photos are imported from."""

    folder: str = Field(max_length=1000)


@router.post("batches")
def announce(request: HttpRequest, told: Announcement) -> dict[str, Any]:
    """Announces files; the same list again finds the batch whose files are still to come."""
    files = [batches.Announced(file.name, file.size, file.mtime) for file in told.items]
    batch = batches.announce(request.user, told.source, files)
    settle(batch)
    for item in batch.items.filter(state="waiting", size=0):
        pieces.take_empty(item)
    return _told(batch)


@router.get("batches")
def list_batches(request: HttpRequest) -> dict[str, Any]:
    """The latest batches, the newest first."""
    rows = owned(request.user, Batch).order_by("-id")[:20]
    return {"items": [{"id": str(batch.uuid), "counts": batches.counts(batch)} for batch in rows]}


@router.get("batches/{batch}")
def one_batch(
    request: HttpRequest, batch: UUID, state: State | None = None, after: int = -1
) -> dict[str, Any]:
    """A page of a batch's files by their number, and the counts of all."""
    found = one(request.user, Batch, batch)
    rows = found.items.filter(number__gt=after).select_related("photo").order_by("number")
    if state:
        rows = rows.filter(state=state)
    items = list(rows[: PAGE + 1])
    return {
        "counts": batches.counts(found),
        "items": [batches.told_item(item) for item in items[:PAGE]],
        "next": items[PAGE - 1].number if len(items) > PAGE else None,
    }


@router.post("batches/{batch}/retry")
def retry(request: HttpRequest, batch: UUID) -> dict[str, Any]:
    """Lets all rejected files of a batch be sent again."""
    found = one(request.user, Batch, batch)
    again = batches.retry_failed(found)
    if again and found.folder:
        add(request.user, "import", {"batch": found.pk}, once=True)
    return {"again": again, **_told(found)}


@router.put("batches/{batch}/items/{number}")
def put_piece(request: HttpRequest, response: HttpResponse, batch: UUID, number: int) -> Any:
    """Takes one piece of a file, ``Content-Range: bytes FIRST-LAST/SIZE``; answers with the next offset."""
    item = _item(request, batch, number)
    try:
        first, length = pieces.range_of(request.headers.get("Content-Range", ""), item)
        item = pieces.take_piece(item, first, length, _blocks(request, length))
    except pieces.WrongPiece as wrong:
        response.status_code = 409
        return {"detail": str(wrong), "offset": wrong.offset}
    if item.state != "waiting":
        batches.tell_counts(request.user, item.batch)
    return {"offset": item.offset, "state": item.state, "reason": item.reason}


@router.api_operation(["HEAD"], "batches/{batch}/items/{number}")
def offset(request: HttpRequest, response: HttpResponse, batch: UUID, number: int) -> None:
    """The offset that a file is to go on at, as the header ``Upload-Offset``."""
    item = _item(request, batch, number)
    response["Upload-Offset"] = str(item.offset)
    response["Upload-State"] = item.state


@router.post("imports")
def import_folder(request: HttpRequest, told: Folder) -> dict[str, Any]:
    """Imports the photos of a folder on the server, which has to lie below one that ``serve`` allows."""
    batch = folders.announce_folder(request.user, told.folder)
    job = add(request.user, "import", {"batch": batch.pk}, once=True)
    return {"job": str(job.uuid), **_told(batch)}


def _item(request: HttpRequest, batch: UUID, number: int) -> Item:
    item = owned(request.user, Item).filter(batch__uuid=batch, number=number).select_related("batch__owner")
    found = item.first()
    if found is None:
        raise Http404("No such file in this batch.")
    return found


def _blocks(request: HttpRequest, length: int) -> Iterator[bytes]:
    left = length + 1  # one more byte tells that too many came
    while left > 0 and (block := request.read(min(BLOCK, left))):
        left -= len(block)
        yield block


def _told(batch: Batch) -> dict[str, Any]:
    return {
        "batch": str(batch.uuid),
        "missing": batches.missing(batch),
        "counts": batches.counts(batch),
    }
