"""What became of one file, without Parquet: whoever only finds faces loads nothing that writes tables."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """What became of one file.

    `status` is faces, no_face, duplicate or rejected; sizes are in pixels of the upright photo. `note` says
    which part of a file was read, where it is not the whole (a page of several, the rows before a cut), and
    which faces were left out.
    """

    path: str
    status: str
    reason: str = ""
    n_faces: int = 0
    duplicate_of: str = ""
    width: int = 0
    height: int = 0
    content_hash: str = ""
    detector: str = ""
    n_landmarks68: int = 0
    note: str = ""


def left_out_row(path: str, content_hash: str, kept: str) -> Row:
    """The row of a photo that a person's decision leaves out, for the photo ``kept``, by path."""
    reason = f"decided: {kept} is kept"
    return Row(path, "duplicate", reason, duplicate_of=kept, content_hash=content_hash)
