"""Settings of the ingest step: what to read, how to find faces, and what to write."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import model_validator
from typing_extensions import Self

from components.ingest.tables import DETECTORS, INTAKES, LANDMARKERS, SOURCES, Source
from schemas.attribute_regions import ATTRIBUTE_REGIONS
from schemas.entry import entry_of
from schemas.settings import About, Settings, settable, setting, wrong

KIND = "kind"  # of the settings, beside them in JSON
CHIP_FORMATS = ("jpeg", "png")
ALIGNMENTS = ("eyes", "points")
SPLIT_KEYS = ("photo", "label")
LABELS = ("folders", "none")
CHIP_FRAME = "chip"  # a frame that is none of frames.frames.FRAMES: the chip itself
FRAME_NAMES, DENSE_FRAMES = ("celeba", "box", "box_neck", "cca"), ("box", "box_neck")
PARTITION = "partition"  # of split_by, and the CSV's column
MAX_MEGAPIXELS = 70.0  # telephones with 64 megapixels write up to 64.5
PLACE = About(path="file or folder", internal=True)  # it never changes the result


class SourceSettings(Settings):
    """What is read, and how it is split. Drawings and small pictures need no other settings.

    ``kind`` is that of the examples that are made, a key of ``INTAKES``.

    Raises:
        ValueError: a value is not possible; one line names the expected ones.
    """

    whose: ClassVar[str] = "ingest setting"
    kind: ClassVar[str] = "face"

    source: str = setting("sample", "where photos come from: sample, folder, or tfds:NAME")
    images: str = setting(
        "", "the photos' folder, or a file of drawings or pictures", About(path="file or folder")
    )
    split_by: str = setting("photo", "what may not be in both splits", choices=SPLIT_KEYS)
    eval_share: float = setting(
        0.2, "share of the eval split, to the hundredth; 0: nothing is held out", ge=0, le=0.99
    )
    max_photos: int = setting(
        0, "at most so many photos, chosen by their content; 0: all", unit="photos", ge=0
    )
    cache_dir: str = setting("", "keeps what was found of each photo", PLACE)
    progress: str = setting("", "the file that tells how far the ingest is", PLACE)

    @model_validator(mode="after")
    def _known_source(self) -> Self:
        name, _, dataset = self.source.partition(":")
        entry = SOURCES.get(name)
        if entry is None or self.kind not in entry.kinds or bool(dataset) != entry.named:
            known = [f"{n}:NAME" if e.named else n for n, e in SOURCES.items() if self.kind in e.kinds]
            raise wrong(type(self), "source", self.source, f"one of: {', '.join(known)}")
        return self

    @property
    def entry(self) -> Source:
        """The source's line in the table."""
        return SOURCES[self.source.partition(":")[0]]

    def to_json(self) -> str:
        """All settings that decide the result, and the kind, as JSON with sorted keys."""
        decides = settable(type(self))
        told = {name: value for name, value in self if name in decides}
        return json.dumps({KIND: self.kind, **told}, sort_keys=True)


class DrawingSettings(SourceSettings):
    """Drawings are read as they are."""

    kind: ClassVar[str] = "sketch"

    source: str = setting("quickdraw", "where drawings come from: quickdraw")


class ImageSettings(SourceSettings):
    """Small pictures are read as they are; all of them are grouped, unless some are to be held out."""

    kind: ClassVar[str] = "image"

    source: str = setting(
        "digits", "where pictures come from: digits, npz, usps, idx, or folder, where all are small"
    )
    eval_share: float = setting(
        0.0, "share of the eval split, to the hundredth; 0: nothing is held out", ge=0, le=0.99
    )


class IngestSettings(SourceSettings):
    """How the faces of photos are found and written."""

    detector: str = setting("auto", "how faces are found; none: the whole picture is one", choices=DETECTORS)
    model_path: str = setting("", "the file of a detector that needs one", About(path="file", exists=True))
    leave_out: str = setting(
        "",
        "folders that are left out, by name, * for anything, separated by commas; beside bins, thumbnails "
        "and those with .nomedia",
    )
    decisions: str = setting(
        "",
        "what was decided about duplicates, as facefold duplicates saves it: what is not kept is left out",
        About(path="file", exists=True),
    )
    labels: str = setting(
        "folders",
        "what names the people, to judge by: the folders below the photos', or nothing",
        choices=LABELS,
    )
    min_face: int = setting(20, "smallest side of a face's box", unit="pixels of the photo", ge=12)
    min_score: float = setting(0.9, "least score of a face", ge=0, le=1)
    max_megapixels: float = setting(
        MAX_MEGAPIXELS,
        "photos that are larger are rejected before they are decoded",
        unit="megapixels",
        ge=0.001,
        le=4000,
    )
    alignment: str = setting(
        "eyes",
        "what brings a face to its place: its eyes, or its five points, which see that a head is turned",
        choices=ALIGNMENTS,
    )
    chip_format: str = setting("jpeg", "how aligned faces are kept", choices=CHIP_FORMATS)
    landmarks: str = setting("mtcnn5", "dense landmarks beside the detector's five", choices=LANDMARKERS)
    landmarks_path: str = setting(
        "",
        "points of landmarks=file: a CSV, or a folder of .pts files",
        About(path="file or folder", exists=True),
    )

    @property
    def frame_used(self) -> str:
        """What of a face is kept beside its chip, a key of ``FRAMES``; or ``CHIP_FRAME``: nothing."""
        return CHIP_FRAME

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if DETECTORS[self.detector].needs_file and not self.model_path:
            raise wrong(type(self), "model_path", "", f"the file of {self.detector}; set model_path=FILE")
        if self.split_by == "label" and self.labels == "none":
            raise wrong(type(self), "split_by", "label", "photo with labels=none, where no photo has a label")
        landmarker = LANDMARKERS[self.landmarks]
        if landmarker.of_aligned and self.detector == "none":
            raise wrong(
                type(self),
                "landmarks",
                self.landmarks,
                "mtcnn5 or file with detector=none, which aligns no face",
            )
        if landmarker.needs_file and not self.landmarks_path:
            expected = "a CSV of points, or a folder of .pts files; set landmarks_path=FILE or DIR"
            raise wrong(type(self), "landmarks_path", "", expected)
        return self


class LabelledSettings(IngestSettings):
    """How the faces are found that teach a classifier: one of each photo that a CSV tells something of."""

    kind: ClassVar[str] = "labelled_face"

    source: str = setting("folder", "where photos come from: folder")
    split_by: str = setting(
        "label",
        "what may not be in both splits, or partition: the column of that name, where 2 is held out",
        choices=(*SPLIT_KEYS, PARTITION),
    )
    landmarks: str = setting("dlib68", "dense landmarks beside the detector's five", choices=LANDMARKERS)
    targets: str = setting(
        "",
        "CSV with a line for each photo, a column for each question: 1 or true, 0, -1 or false, or nothing",
        About(path="file", exists=True),
    )
    target_columns: tuple[str, ...] = setting((), "the columns that are learned; none: all that CelebA has")
    frame: str = setting("chip", "what a classifier sees of a face", choices=(CHIP_FRAME, *FRAME_NAMES))

    @property
    def frame_used(self) -> str:
        """As ``frame``."""
        return self.frame

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are learned."""
        return self.target_columns or tuple(ATTRIBUTE_REGIONS)

    @model_validator(mode="after")
    def _frame_can_be_cut(self) -> Self:
        if self.frame != CHIP_FRAME and self.detector == "none":
            raise wrong(type(self), "frame", self.frame, "chip with detector=none, which finds no eyes")
        landmarker = LANDMARKERS[self.landmarks]
        if self.frame in DENSE_FRAMES and not (landmarker.dense and landmarker.of_aligned):
            raise wrong(
                type(self), "frame", self.frame, f"chip, celeba or cca with landmarks={self.landmarks}"
            )
        return self


def settings_of(values: Mapping[str, Any]) -> SourceSettings:
    """Settings of the kind that ``values`` name, or the first that the source has, from a plain dict.

    Raises ValueError for an unknown setting, for an impossible value, and if the source needs photos and none
    are named.
    """
    told = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    source = SOURCES.get(str(told.get("source", "")).partition(":")[0])
    kind = str(told.pop(KIND, None) or (source.kinds[0] if source else "face"))
    settings: SourceSettings = entry_of(
        INTAKES, kind, "kind", "components/ingest/tables.py"
    ).settings_class()(**told)
    need_photos(settings)
    return settings


def need_photos(settings: SourceSettings) -> None:
    """Raises ValueError if the source needs photos, or drawings or pictures, and none are named."""
    entry = settings.entry
    if entry.place and not settings.images:
        raise wrong(type(settings), "images", "", f"{entry.place}; set images={entry.such}")
