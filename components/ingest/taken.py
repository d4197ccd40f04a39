"""When a photo was taken, as the camera wrote it into the file's EXIF; no pixel is decoded."""

import contextlib
import io
import re
import struct
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

from components.ingest.decode import open_picture
from components.ingest.decoding.file_kinds import PNG_START, png_chunks
from components.ingest.decoding.heif_items import exif_of_heif, is_heif
from components.ingest.decoding.raw import BOXES, is_raw, raw_preview

# The tag of a date with that of its distance to UTC, the best first (CIPA DC-008, EXIF 2.31).
ORIGINAL, DIGITIZED, CHANGED = (36867, 36881), (36868, 36882), (306, 36880)
EXIF_DIRECTORY = 34665
ASCII, LONGEST = 2, 64  # a kind of value, and the most bytes of a date that are looked at
TIFF_ORDERS = {b"II": "<", b"MM": ">"}
EXIF_START = b"Exif\0\0"
TEXT_OF_PNG = "Raw profile type exif"  # how ImageMagick keeps it: hexadecimal, after three lines
DATE = re.compile(r"(\d{4})[:/.-](\d\d)[:/.-](\d\d)[ T](\d\d):(\d\d):(\d\d)")
OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")
FIRST_YEAR = 1839  # the daguerreotype
AHEAD = timedelta(days=1)  # a clock may be in another time zone
FARTHEST = timedelta(hours=14)  # from UTC, on Kiritimati


def taken_at(data: bytes) -> datetime | None:
    """The time on the clock where a photo was taken, to the second; None where its file does not say.

    It is naive, or, where the camera wrote how far its clock was from UTC, aware; without its ``tzinfo`` it
    is the time on the clock again. It is DateTimeOriginal of the EXIF, else DateTimeDigitized, else DateTime,
    of JPEG, TIFF, PNG, WebP, HEIC and AVIF, and of cameras' raw pictures or the previews in them. What is no
    date, lies before 1839 or more than a day ahead of now is passed over. Nothing is raised, whatever the
    bytes are.
    """
    with contextlib.suppress(Exception):  # damaged metadata is none, however a reader fails on it
        for block in _blocks(data):
            texts = _texts(block)
            for date, offset in (ORIGINAL, DIGITIZED, CHANGED):
                found = _date(texts.get(date, ""), texts.get(offset, ""))
                if found is not None:
                    return found
    return None


def _blocks(data: bytes) -> Iterator[bytes]:
    """The TIFFs with the EXIF of a file, the most telling one first."""
    if data[:2] in TIFF_ORDERS:
        yield data
    if is_raw(io.BytesIO(data)):
        for box in (b"CMT2", b"CMT1"):  # of Canon's CR3: a TIFF each, of the EXIF and of the main directory
            place = data[:BOXES].find(box)
            if place >= 0:
                yield data[place + len(box) :]
        data = data[raw_preview(io.BytesIO(data)).start :]
    elif data.startswith(PNG_START):  # Pillow reads what stands behind the pixels only together with these
        chunks = (data[start + 8 : end - 4] for name, start, end in png_chunks(data) if name == b"eXIf")
        yield from (chunk.removeprefix(EXIF_START) for chunk in chunks)
    if is_heif(data):
        yield exif_of_heif(data).removeprefix(EXIF_START)
        return
    with open_picture(io.BytesIO(data)) as image:
        held, text = image.info.get("exif"), image.info.get(TEXT_OF_PNG)
    if isinstance(held, bytes):
        yield held.removeprefix(EXIF_START)
    if isinstance(text, str):
        yield bytes.fromhex("".join(text.split("\n")[3:])).removeprefix(EXIF_START)


def _texts(tiff: bytes) -> dict[int, str]:
    """The texts of dates in a TIFF's first directory, and in that of its EXIF, by their tags."""
    order = TIFF_ORDERS.get(tiff[:2])
    if order is None or len(tiff) < 8:
        return {}
    main = _directory(tiff, order, *struct.unpack_from(order + "I", tiff, 4))
    inner: dict[int, tuple[int, int, bytes]] = {}
    if EXIF_DIRECTORY in main:
        inner = _directory(tiff, order, *struct.unpack(order + "I", main[EXIF_DIRECTORY][2]))
    texts = {}
    for tag in (*ORIGINAL, *DIGITIZED, *CHANGED):
        kind, length, value = inner.get(tag) or main.get(tag) or (0, 0, b"")
        if kind == ASCII:
            (place,) = struct.unpack(order + "I", value)
            text = value[:length] if length <= len(value) else tiff[place : place + min(length, LONGEST)]
            texts[tag] = text.decode("ascii", "replace").strip("\0 ")
    return texts


def _directory(tiff: bytes, order: str, start: int) -> dict[int, tuple[int, int, bytes]]:
    """The entries of a TIFF's directory: tag to the kind, number, and four bytes of value or its place."""
    head = tiff[start : start + 2]
    (count,) = struct.unpack(order + "H", head) if len(head) == 2 else (0,)
    entries = tiff[start + 2 : start + 2 + 12 * count]
    whole = entries[: len(entries) // 12 * 12]
    return {tag: (kind, n, value) for tag, kind, n, value in struct.iter_unpack(order + "HHI4s", whole)}


def _date(text: str, offset: str) -> datetime | None:
    """A date in EXIF's form, and its distance to UTC where that is told; None for what is none."""
    match = DATE.match(text)
    if match is None:
        return None
    try:
        year, month, day, hour, minute, second = map(int, match.groups())
        found = datetime(year, month, day, hour, minute, second)
    except ValueError:  # such as the 0th of the 0th month, or the 30th of February
        return None
    if found.year < FIRST_YEAR or found > datetime.now() + AHEAD:
        return None
    told = OFFSET.fullmatch(offset)
    if told is None or int(told[3]) > 59:
        return found
    distance = timedelta(hours=int(told[2]), minutes=int(told[3]))
    if distance > FARTHEST:
        return found
    return found.replace(tzinfo=timezone(-distance if told[1] == "-" else distance))
