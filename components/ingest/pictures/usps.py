"""The handwritten digits of USPS as HDF5: groups ``train`` and ``test``, each with ``data``, ``target``."""

from __future__ import annotations

import h5py

from components.ingest.decoding.file_kinds import RejectedPhoto
from components.ingest.pictures.arrays import Arrays, arrays_from, list_rows
from components.ingest.pictures.joined import joined
from components.ingest.sources import Photo

READER = "components.ingest.pictures.usps:read_usps"
ENDINGS = (".h5", ".hdf5")
PARTS = ("train", "test")


def list_usps(images: str) -> list[Photo]:
    """Every picture of an HDF5 file, or of all below a folder, as ``usps.h5:17``; see ``list_rows``."""
    return list_rows(images, READER, lambda path: path.lower().endswith(ENDINGS))


def read_usps(file: str) -> Arrays:
    """The pictures and labels of a file, those of ``train`` before those of ``test``.

    Raises:
        RejectedPhoto: no such groups, or as ``arrays_from``.
    """
    try:
        with h5py.File(file, "r") as held:
            parts = [held[name] for name in PARTS if name in held and "data" in held[name]]
            if not parts:
                raise RejectedPhoto("wrong_shape", f"no data in {' or '.join(PARTS)}; has: {', '.join(held)}")
            return joined(
                [
                    arrays_from(part["data"][()], part["target"][()] if "target" in part else None)
                    for part in parts
                ]
            )
    except (OSError, RuntimeError, KeyError) as error:  # what h5py says of a file that is none
        raise RejectedPhoto("broken", str(error)) from error
