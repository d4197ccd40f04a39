"""XMP in a file beside the photo, which no byte of the photo changes for."""

from collections.abc import Collection, Mapping

from pipeline.web.exchange.regions import Regions
from pipeline.web.exchange.xmp import NOBODY, read_regions, write_regions

ENDING = ".xmp"


def sidecar_name(photo: str) -> str:
    """The name of a photo's sidecar, ``NAME.jpg.xmp`` as digiKam and darktable have it."""
    return photo + ENDING


def write_sidecar(
    existing: bytes | None, ours: Regions, known: Collection[str] = (), renamed: Mapping[str, str] = NOBODY
) -> bytes:
    """The bytes of a sidecar in which our faces stand; what an existing one says otherwise is kept.

    Args:
        existing: the bytes of the sidecar that is there; None if there is none.
        ours: the faces, relative to the picture as stored, with its width and height.
        known: the names of all people of the library.
        renamed: from a person's old name to the new one.

    Raises:
        ValueError: the existing sidecar can't be read, or a region of ours can't be written.
    """
    return write_regions(existing, ours, known, renamed)


def read_sidecar(data: bytes) -> Regions:
    """The regions in the bytes of a sidecar, relative to the picture as stored.

    Raises:
        ValueError: it can't be read.
    """
    return read_regions(data)
