"""Settings of the ingest step: one flat frozen dataclass, checked where it is made."""

import json
import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from components.ingest.detect.detector_names import DETECTOR_NAMES

SOURCE_NAMES = ("folder", "sample", "tfds:NAME", "quickdraw")
CHIP_FORMATS = ("jpeg", "png")
LANDMARK_NAMES = ("mtcnn5", "dlib68", "file")
SPLIT_KEYS = ("photo", "label")
# These say where to keep things and whom to tell; they never change what comes out.
PLACES = ("cache_dir", "progress")


@dataclass(frozen=True)
class IngestSettings:
    """What to read, how to find faces, and what to write.

    `min_face` is the smallest side of a face's box, in pixels of the photo; `min_score` in [0, 1];
    `max_megapixels` is checked before decoding; `eval_share` in (0, 1) is the share of the eval
    split, to the hundredth; `max_photos` above 0 takes that many of the photos, evenly spread over the
    sorted list; `landmarks` is a key of `components.ingest.points.landmarks.LANDMARKERS`, `landmarks_path`
    the points of `file`; `cache_dir` and `progress` are absolute paths, or empty for none.

    Raises:
        ValueError: a value is outside what is said here; one line names the expected ones.
    """

    source: str = "sample"
    images: str = ""
    detector: str = "auto"
    model_path: str = ""
    min_face: int = 20
    min_score: float = 0.9
    max_megapixels: float = 100.0
    chip_format: str = "jpeg"
    split_by: str = "photo"
    eval_share: float = 0.2
    max_photos: int = 0
    landmarks: str = "mtcnn5"
    landmarks_path: str = ""
    cache_dir: str = ""
    progress: str = ""

    def __post_init__(self) -> None:
        for field in fields(self):
            _check_type(field.name, getattr(self, field.name), type(field.default))
        if (
            self.source not in ("folder", "sample", "quickdraw")
            and not self.source[:5] == "tfds:" != self.source
        ):
            raise _wrong("source", self.source, ", ".join(SOURCE_NAMES), "add sources in sources.py")
        for name, value, valid in (
            ("detector", self.detector, DETECTOR_NAMES),
            ("chip_format", self.chip_format, CHIP_FORMATS),
            ("split_by", self.split_by, SPLIT_KEYS),
            ("landmarks", self.landmarks, LANDMARK_NAMES),
        ):
            if value not in valid:
                raise _wrong(name, value, f"one of {', '.join(valid)}", f"set {name} to one of them")
        if self.source == "folder" and not self.images:
            raise _wrong("images", self.images, "the photos' folder", "set images=DIR")
        if self.source == "quickdraw" and not self.images:
            expected = "an .ndjson file of drawings, or a folder of such files"
            raise _wrong("images", self.images, expected, "set images=FILE or DIR")
        if self.detector == "yunet" and not self.model_path:
            raise _wrong("model_path", self.model_path, "YuNet's ONNX file", "set model_path=FILE.onnx")
        self._check_landmarks()
        self._check_ranges()

    def _check_landmarks(self) -> None:
        if self.source == "quickdraw" and self.landmarks != "mtcnn5":
            raise _wrong("landmarks", self.landmarks, "mtcnn5 for drawings", "set landmarks=mtcnn5")
        if self.landmarks == "dlib68" and self.detector == "none":
            expected = "mtcnn5 or file with detector=none, which aligns no face"
            raise _wrong("landmarks", self.landmarks, expected, "set landmarks=mtcnn5, or a detector")
        if self.landmarks == "file" and not self.landmarks_path:
            expected = "a CSV of points, or a folder of .pts files"
            raise _wrong("landmarks_path", self.landmarks_path, expected, "set landmarks_path=FILE or DIR")

    def _check_ranges(self) -> None:
        for name, low, high in (
            ("min_face", 12, math.inf),
            ("min_score", 0, 1),
            ("max_megapixels", 0.001, 4000),
            ("eval_share", 0.01, 0.99),
            ("max_photos", 0, math.inf),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise _wrong(name, value, f"{low} to {high}", f"set {name} inside that range")
        for name in ("images", "model_path", "landmarks_path", *PLACES):
            value = getattr(self, name)
            if value and not Path(value).is_absolute():
                raise _wrong(name, value, "an absolute path", f"give {name} with its full path")

    def to_json(self) -> str:
        """Everything that decides what comes out, as JSON with sorted keys (no `PLACES`)."""
        return json.dumps({k: v for k, v in asdict(self).items() if k not in PLACES}, sort_keys=True)


def from_dict(values: dict) -> IngestSettings:
    """Settings from a plain dict; a name that is no setting raises ValueError."""
    names = [field.name for field in fields(IngestSettings)]
    unknown = sorted(set(values) - set(names))
    if unknown:
        raise ValueError(f"Unknown ingest setting {unknown[0]!r}. Expected one of: {', '.join(names)}.")
    return IngestSettings(**values)


def _check_type(name: str, value: object, kind: type) -> None:
    allowed = (int, float) if kind is float else (kind,)
    if not isinstance(value, allowed) or isinstance(value, bool):
        raise _wrong(name, value, kind.__name__, f"give {name} as {kind.__name__}")


def _wrong(name: str, value: object, expected: str, fix: str) -> ValueError:
    return ValueError(f"Ingest setting {name} is wrong. Expected {expected}; received {value!r}. Fix: {fix}.")
