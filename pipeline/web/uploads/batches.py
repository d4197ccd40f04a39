"""Files that are to come: announced as a batch, sent in pieces, and looked at once they are whole."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, Sum

from pipeline.web.events import tell
from pipeline.web.library.refused import Refused
from pipeline.web.models import Account, Batch, Item
from pipeline.web.uploads.arrivals import settle

MOST = 10_000  # items of one batch
OPEN = "waiting"
LONGEST = 1000  # characters of a name


@dataclass(frozen=True)
class Announced:
    """A file that a browser has: its name, bytes, and milliseconds since 1970 of its last change."""

    name: str
    size: int
    mtime: int


def kept_name(name: str) -> str:
    """A file's name as every database keeps it: without NUL and halves of characters; it is only shown."""
    return name[-LONGEST:].replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def announce(account: Account, source: str, files: list[Announced], folder: str = "") -> Batch:
    """The batch of these files, which is found again where they are still to come.

    A page that is loaded anew announces the same files again, and goes on with what is missing.

    Raises Refused for no files, or too many.
    """
    if not 0 < len(files) <= MOST:
        raise Refused(
            f"A batch has 1 to {MOST:,} files; received {len(files):,}. Send them in several batches."
        )
    source = f"{source}:{_digest(files, folder)}"
    with transaction.atomic():
        found = Batch.objects.filter(owner=account, source=source, items__state=OPEN).distinct().first()
        if found is not None:
            return found
        batch = Batch.objects.create(owner=account, source=source, folder=folder)
        Item.objects.bulk_create(
            [
                Item(batch=batch, number=number, name=kept_name(file.name), size=file.size, mtime=file.mtime)
                for number, file in enumerate(files)
            ],
            batch_size=100,
        )
        return batch


def missing(batch: Batch) -> list[dict[str, int]]:
    """Number and offset of each file that is not whole yet."""
    rows = batch.items.filter(state=OPEN).order_by("number").values_list("number", "offset")
    return [{"number": number, "offset": offset} for number, offset in rows]


def counts(batch: Batch) -> dict[str, int]:
    """How many files of the batch are in each state, and how many faces were found."""
    rows = list(batch.items.values_list("state").annotate(n=Count("id"), found=Sum("n_faces")).order_by())
    told = dict.fromkeys(Item.STATES, 0) | {state: n for state, n, _ in rows}
    found = sum(faces for state, _, faces in rows if state == "faces")
    return {**told, "found": found, "all": sum(n for _, n, _ in rows)}


def tell_counts(account: Account, batch: Batch) -> None:
    """Tells open pages how far the batch is."""
    tell(account, "batch", {"batch": str(batch.uuid), "counts": counts(batch)})


def retry_failed(batch: Batch) -> int:
    """Lets the rejected files of a batch be tried again; returns how many.

    Those that the worker could not look at are still here; the others are sent again.
    """
    rejected = batch.items.filter(state="rejected")
    here = rejected.exclude(file="").update(state=OPEN, reason="")
    settle(batch)
    return here + rejected.update(state=OPEN, offset=0, reason="")


def told_item(item: Item) -> dict[str, Any]:
    """An item for a page or an answer."""
    return {
        "number": item.number,
        "name": item.name,
        "size": item.size,
        "state": item.state,
        "reason": item.reason,
        "n_faces": item.n_faces,
        "photo": str(item.photo.uuid) if item.photo else None,
    }


def _digest(files: list[Announced], folder: str) -> str:
    digest = hashlib.sha256(folder.encode("utf-8", "surrogateescape") + b"\0")
    for file in files:
        digest.update(f"{file.name}\0{file.size}\0{file.mtime}\n".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
