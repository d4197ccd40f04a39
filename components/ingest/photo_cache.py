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

from components.ingest.settings import IngestSettings
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
        "photo_cache",
        "photos",
    ),
    *("detect/auto", "detect/brightness", "detect/detectors", "detect/levelling", "detect/looks"),
    *("detect/mtcnn", "detect/networks", "detect/tape", "detect/upright"),
)


# What is kept of a face: what the photo's content decides, and not its place.
KEPT = ("box", "score", "sharpness", "landmarks", "matrix")


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
    """A length, JSON of everything but the chips, a digest of the rest, the chips."""
    head = {"width": outcome.width, "height": outcome.height, "reason": outcome.reason, "note": outcome.note}
    faces = [{name: getattr(face, name) for name in KEPT} for face in outcome.faces]
    lengths = [{"chip_bytes": len(face.chip)} for face in outcome.faces]
    chips = b"".join(face.chip for face in outcome.faces)
    told = [face | length for face, length in zip(faces, lengths, strict=True)]
    text = json.dumps({**head, "faces": told, "digest": hashlib.sha256(chips).hexdigest()}).encode()
    return struct.pack("<I", len(text)) + text + chips


def _unpack(data: bytes) -> Outcome:
    (length,) = struct.unpack_from("<I", data)
    head = json.loads(data[4 : 4 + length])
    chips = data[4 + length :]
    if hashlib.sha256(chips).hexdigest() != head.pop("digest"):
        raise ValueError("a kept photo is damaged")
    faces, start = [], 0
    for face in head.pop("faces"):
        end = start + face.pop("chip_bytes")
        face |= {name: tuple(face[name]) for name in ("box", "landmarks", "matrix")}
        faces.append(Face(chip=chips[start:end], **face))
        start = end
    return Outcome(faces=tuple(faces), **head)
