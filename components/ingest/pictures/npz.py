"""NumPy's .npz files: pictures under ``x``, labels under ``y``; or ``x_train``, ``x_test`` and their own."""

from __future__ import annotations

import zipfile

import numpy as np

from components.ingest.decoding.file_kinds import RejectedPhoto
from components.ingest.pictures.arrays import Arrays, arrays_from, list_rows
from components.ingest.pictures.joined import joined
from components.ingest.sources import Photo

READER = "components.ingest.pictures.npz:read_npz"
PARTS = ("x", "x_train", "x_test")


def list_npz(images: str) -> list[Photo]:
    """Every picture of an .npz file, or of all below a folder, as ``mnist.npz:17``; see ``list_rows``."""
    return list_rows(images, READER, lambda path: path.lower().endswith(".npz"))


def read_npz(file: str) -> Arrays:
    """The pictures and labels of a file, ``x_train`` before ``x_test``.

    Raises:
        RejectedPhoto: no such arrays, arrays of Python objects, or as ``arrays_from``.
    """
    try:
        with open(file, "rb") as stream, np.load(stream, allow_pickle=False) as held:
            parts = [(name, "y" + name[1:]) for name in PARTS if name in held]
            if not parts:
                names = ", ".join(sorted(held.files)) or "none"
                raise RejectedPhoto("wrong_shape", f"no array {', '.join(PARTS)}; there are: {names}")
            return joined([arrays_from(held[x], held.get(y)) for x, y in parts])
    except (zipfile.BadZipFile, ValueError, EOFError, KeyError, AttributeError) as error:
        raise RejectedPhoto("broken", str(error)) from error
