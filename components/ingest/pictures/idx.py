"""The IDX files of MNIST and its kin: ``*-images-idx3-ubyte`` and ``*-labels-idx1-ubyte``, also as .gz.

The form: two zero bytes, the kind of the numbers (8: bytes), how many axes there are, the length of each in
four bytes, most significant first; then the numbers (LeCun, Cortes and Burges, "The MNIST database").
"""

from __future__ import annotations

import os
import zlib

import numpy as np

from components.ingest.decoding.file_kinds import RejectedPhoto
from components.ingest.pictures.arrays import Arrays, arrays_from, list_rows
from components.ingest.sources import Photo

READER = "components.ingest.pictures.idx:read_idx"
IMAGES, LABELS = "-images-idx3-ubyte", "-labels-idx1-ubyte"
FASHION = "/usr/share/datasets/fashion-mnist"  # where Debian's dataset-fashion-mnist puts it
BYTES = 8  # the kind of number that is read
GZIP = b"\x1f\x8b"  # how a packed file starts
BLOCK = 2**16  # bytes unpacked at a time
MOST_BYTES = 2**32


def list_idx(images: str) -> list[Photo]:
    """Every picture of a file of images, or of all below a folder, as ``train-images-idx3-ubyte.gz:17``.

    Without ``images`` it is Fashion-MNIST where Debian's package puts it. The labels' files beside them are
    no rows. Raises FileNotFoundError if there is neither such a file nor such a folder.
    """
    if not images and not os.path.isdir(FASHION):
        raise FileNotFoundError(
            f"Fashion-MNIST is missing. Expected it in {FASHION}; received none. Fix: apt-get install "
            "dataset-fashion-mnist, or set images=DIR to files of IDX."
        )
    rows = list_rows(images or FASHION, READER, lambda path: IMAGES in path)
    return [row for row in rows if row.problem != "wrong_kind" or LABELS not in row.path]


def read_idx(file: str) -> Arrays:
    """The pictures of a file, with the labels of the file beside it if there is one.

    Rows that the header tells of and that are not there are problems.

    Raises:
        RejectedPhoto: a header of another form, or as ``arrays_from``.
    """
    x, missing = read_array(file, axes=3)
    beside = file.replace(IMAGES, LABELS)
    y = None
    if beside != file and os.path.exists(beside):
        y, lost = read_array(beside, axes=1)
        if lost:
            raise RejectedPhoto("cut_short", f"{lost} of {len(y)} labels are missing")
    found = arrays_from(x, y)
    first = len(x) - missing
    return Arrays(found.pixels, found.labels, dict.fromkeys(range(first, len(x)), "cut_short"))


def read_array(file: str, axes: int) -> tuple[np.ndarray, int]:
    """The array in a file, uint8 with ``axes`` axes, and how many of its rows are missing, which are 0."""
    data = read_bytes(file)
    if len(data) < 4 + 4 * axes or data[:2] != b"\0\0":
        raise RejectedPhoto("broken", "no header of an IDX file")
    if data[2] != BYTES or data[3] != axes:
        raise RejectedPhoto("wrong_shape", f"kind {data[2]}, {data[3]} axes; not bytes, {axes} axes")
    shape = [int(size) for size in np.frombuffer(data, ">u4", axes, 4)]
    numbers = np.frombuffer(data, np.uint8, offset=4 + 4 * axes)
    row = int(np.prod(shape[1:]))
    if not row:
        raise RejectedPhoto("wrong_shape", f"{tuple(shape)}")
    there = min(shape[0], len(numbers) // row)
    if shape[0] > 2 * there + 1000:  # a header may promise more than any memory holds
        raise RejectedPhoto("cut_short", f"{there} of {shape[0]} rows are there")
    array = np.zeros(shape, np.uint8)
    array[:there] = numbers[: there * row].reshape(there, *shape[1:])
    return array, shape[0] - there


def read_bytes(file: str) -> bytes:
    """The bytes of a file, unpacked if it is gzip; of one that ends too early or is damaged, what is there.

    Raises RejectedPhoto for more than MOST_BYTES.
    """
    with open(file, "rb") as stream:
        packed = stream.read(2) == GZIP
        stream.seek(0)
        if not packed:
            return stream.read()
        unpacked, unpack = bytearray(), zlib.decompressobj(wbits=31)
        while (block := stream.read(BLOCK)) and not unpack.eof:
            try:
                unpacked += unpack.decompress(block)
            except zlib.error:
                break
            if len(unpacked) > MOST_BYTES:
                raise RejectedPhoto("too_large", f"unpacks to more than {MOST_BYTES:,} bytes")
    return bytes(unpacked)
