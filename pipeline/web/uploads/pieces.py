"""Pieces of a file that is being sent: written where they belong, flushed before they are acknowledged."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from django.db import transaction

from components.ingest.decode import FILE_BYTES_A_PIXEL, ROOM_FOR_TAGS
from components.ingest.settings import MAX_MEGAPIXELS
from pipeline.web import room, storage
from pipeline.web.library.refused import Refused
from pipeline.web.models import Item
from pipeline.web.uploads.arrivals import arrived

RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")
LARGEST = int(MAX_MEGAPIXELS * 1e6) * FILE_BYTES_A_PIXEL + ROOM_FOR_TAGS  # bytes of a file, as in the ingest
LARGEST_PIECE = 16 * 2**20


class WrongPiece(Exception):
    """A piece does not go on where the last one ended; ``offset`` is where that is."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"Expected the piece that starts at byte {offset:,}. Fix: go on there.")
        self.offset = offset


def range_of(header: str, item: Item) -> tuple[int, int]:
    """First byte and length of the piece that ``Content-Range`` tells of.

    Raises Refused for a header that does not fit the file as it was announced.
    """
    match = RANGE.fullmatch(header)
    if match is None:
        raise Refused(f"Content-Range is {header[:80]!r}. Expected bytes FIRST-LAST/SIZE.")
    first, last, size = (int(number) for number in match.groups())
    if size != item.size or not first <= last < size or last - first >= LARGEST_PIECE:
        raise Refused(
            f"Content-Range is {header[:80]!r}. Expected a piece of at most {LARGEST_PIECE:,} bytes of a "
            f"file of {item.size:,}."
        )
    return first, last - first + 1


def take_piece(item: Item, first: int, length: int, blocks: Iterable[bytes]) -> Item:
    """Takes a piece of an item's file; the last one makes the file a photo, or says why not.

    A piece that came before is passed over: the answer to it may have been lost. Returns the item as it is
    then. Raises WrongPiece if it starts where nothing ends, Refused if fewer or more bytes come than told,
    OSError where the disk has no room.
    """
    if item.state == "waiting" and item.offset == item.size:
        return arrived(item)
    if item.state != "waiting" or first + length <= item.offset:
        return item
    if first != item.offset:
        raise WrongPiece(item.offset)
    if item.size > LARGEST:
        return _rejected(item, f"too_large: {item.size:,} bytes, more than {LARGEST:,}")
    room.need(length)
    if not item.file:
        item.file = storage.new_name()
        Item.objects.filter(pk=item.pk, file="").update(file=item.file)
        item.refresh_from_db()
    part = storage.file_of("incoming", item.file)
    _write_at(part, first, length, blocks)
    with transaction.atomic():
        held = Item.objects.filter(pk=item.pk, offset=first, state="waiting").update(offset=first + length)
    item.refresh_from_db()
    return arrived(item) if held and item.offset == item.size else item


def take_empty(item: Item) -> Item:
    """Rejects a file without bytes, of which no piece can come."""
    return _rejected(item, "empty: 0 bytes") if item.state == "waiting" else item


def _write_at(part: Path, first: int, length: int, blocks: Iterable[bytes]) -> None:
    storage.make_folder(part.parent)
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b") as stream:
        stream.seek(first)
        written = 0
        for block in blocks:
            written += len(block)
            if written > length:
                raise Refused(f"More bytes came than {length:,}, which Content-Range told.")
            stream.write(block)
        if written < length:
            raise Refused(f"{written:,} bytes came of {length:,}, which Content-Range told. Send it again.")
        stream.flush()
        os.fsync(stream.fileno())


def _rejected(item: Item, reason: str) -> Item:
    item.state, item.reason = "rejected", reason[:500]
    item.save(update_fields=["state", "reason"])
    return item
