"""Results of single photos, kept by content, so that no photo is searched twice.

A killed run goes on where it stopped, and a folder with one new photo takes the time of one photo. The
key holds the file's hash, the settings that decide a chip, and the code that made it.
"""

import hashlib
import json
import struct
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from components.ingest.settings import CHIP_FRAME, IngestSettings
from schemas.face import Face
from schemas.files import atomic_write

DECIDING = ("detector", "model_path", "min_face", "min_score", "max_megapixels", "alignment", "chip_format")
CODE = (
    *(
        "decode",
        "decoding/cut_short",
        "decoding/file_kinds",
        "decoding/heif_items",
        "decoding/raw",
        "decoding/samples",
        "frames/align",
        "frames/frames",
        "photo_cache",
        "photos",
    ),
    *("../segment/regions", "../../schemas/face_regions"),
    *("detect/auto", "detect/brightness", "detect/detectors", "detect/levelling", "detect/looks"),
    *("detect/mtcnn", "detect/networks", "detect/tape", "detect/upright"),
)


# What is kept of a face: what the photo's content decides, and not its place.
KEPT = ("box", "score", "sharpness", "landmarks", "matrix", "frame_map")
PICTURES = ("chip", "frame")


@dataclass(frozen=True)
class Outcome:
    """What was found in a photo's content: faces (the largest first), or the reason of its rejection.

    ``note``: which part of the file was read, where it is not the whole.
    """

    width: int = 0
    height: int = 0
    faces: tuple[Face, ...] = ()
    reason: str = ""
    note: str = ""


@cache
def code_version() -> str:
    """Hex digest of the source files that decide a chip."""
    here = Path(__file__).parent
    texts = [(here / f"{name}.py").read_bytes() for name in CODE]
    return hashlib.sha256(b"\0".join(texts)).hexdigest()


class PhotoCache:
    """Keeps each outcome in a file below `folder`; with an empty `folder` it keeps nothing."""

    def __init__(self, folder: str, settings: IngestSettings) -> None:
        chosen = {name: getattr(settings, name) for name in DECIDING}
        if settings.frame_used != CHIP_FRAME:
            chosen |= {"frame": settings.frame_used, "landmarks": settings.landmarks}
        key = json.dumps([code_version(), chosen], sort_keys=True)
        self._folder = Path(folder) / hashlib.sha256(key.encode()).hexdigest()[:16] if folder else None

    def _file(self, content_hash: str) -> Path | None:
        return self._folder / content_hash[:2] / content_hash if self._folder else None

    def get(self, content_hash: str) -> Outcome | None:
        """The outcome kept for this content, or None. A damaged file counts as none."""
        file = self._file(content_hash)
        if file is None:
            return None
        try:
            return _unpack(file.read_bytes())
        except (OSError, ValueError, KeyError, TypeError, struct.error):
            return None

    def put(self, content_hash: str, outcome: Outcome) -> None:
        """Keeps an outcome, whole or not at all."""
        file = self._file(content_hash)
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            atomic_write(file, _pack(outcome))


def _pack(outcome: Outcome) -> bytes:
    """A length, JSON of everything but the pictures, a digest of the rest, the pictures."""
    head = {"width": outcome.width, "height": outcome.height, "reason": outcome.reason, "note": outcome.note}
    faces = [
        {name: getattr(face, name) for name in KEPT}
        | {f"{name}_bytes": len(getattr(face, name)) for name in PICTURES}
        for face in outcome.faces
    ]
    pictures = b"".join(getattr(face, name) for face in outcome.faces for name in PICTURES)
    text = json.dumps({**head, "faces": faces, "digest": hashlib.sha256(pictures).hexdigest()}).encode()
    return struct.pack("<I", len(text)) + text + pictures


def _unpack(data: bytes) -> Outcome:
    (length,) = struct.unpack_from("<I", data)
    head = json.loads(data[4 : 4 + length])
    pictures = data[4 + length :]
    if hashlib.sha256(pictures).hexdigest() != head.pop("digest"):
        raise ValueError("a kept photo is damaged")
    faces, start = [], 0
    for face in head.pop("faces"):
        told: dict[str, Any] = {
            name: tuple(face[name]) if isinstance(face[name], list) else face[name] for name in KEPT
        }
        for name in PICTURES:
            end = start + face[f"{name}_bytes"]
            told[name] = pictures[start:end]
            start = end
        faces.append(Face(**told))
    return Outcome(faces=tuple(faces), **head)
