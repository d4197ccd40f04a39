"""XMP beside a photo: a file ``NAME.jpg.xmp`` or ``NAME.xmp`` of the same batch or folder."""

from __future__ import annotations

from django.db.models import Q

from pipeline.web.models import Item, Photo

ENDING = ".xmp"
LARGEST = 4 * 2**20  # bytes, as much as the reader takes


def is_sidecar(item: Item, head: bytes) -> bool:
    """Whether a file that is no picture is XMP, by its name and its first bytes."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return item.name.lower().endswith(ENDING) and text.startswith(b"<") and item.size <= LARGEST


def photo_of(item: Item) -> Photo | None:
    """The photo that a sidecar lies beside in its batch; None while none has come."""
    stem = item.name[: -len(ENDING)]
    beside = Item.objects.filter(batch=item.batch, photo__isnull=False).exclude(pk=item.pk)
    found = beside.filter(Q(name=stem) | Q(name__startswith=f"{stem}.")).select_related("photo")
    exact = sorted(found, key=lambda other: (other.name != stem, other.number))
    return exact[0].photo if exact else None


def sidecars_of(photo: Photo, states: tuple[str, ...] = ("sent",)) -> list[Item]:
    """The sidecars that came in a batch with the photo: those whose names were not read yet, or of others."""
    out: list[Item] = []
    for item in Item.objects.filter(photo=photo).select_related("batch"):
        names = (f"{item.name}{ENDING}", f"{item.name.rpartition('.')[0]}{ENDING}")
        beside = Q(name__iexact=names[0]) | Q(name__iexact=names[1])
        found = Item.objects.filter(beside, batch=item.batch, state__in=states)
        out += list(found.select_related("batch__owner"))
    return out
