"""What a CSV tells of photos that a classifier learns from: answers, and in which part each photo is."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from components.ingest.settings import PARTITION, LabelledSettings
from components.ingest.sources import Photo
from components.photo_attributes import Attributes, groups_of, read_attributes
from schemas.labelled_face import HELD_OUT, LEARNED, UNKNOWN, VALIDATED

NO = {"0", "-1", "false", "no"}
YES = {"1", "true", "yes"}
PARTS = {  # CelebA's numbers, and the words for them
    **dict.fromkeys(("0", "train"), LEARNED),
    **dict.fromkeys(("1", "val", "valid", "validation"), VALIDATED),
    **dict.fromkeys(("2", "test", "eval"), HELD_OUT),
}
VALIDATION_PARTS = 10  # one of so many people that are learned from, where the CSV names none for it


@dataclass(frozen=True)
class Told:
    """What is told of one photo: an answer for each column, 1, 0 or ``UNKNOWN``, and its part."""

    answers: tuple[int, ...]
    part: int


def told_of(photos: Sequence[Photo], settings: LabelledSettings) -> dict[str, Told]:
    """What the CSV tells of each photo that it names, by the photo's path.

    With ``split_by=partition`` the part is the column's; otherwise the pipeline's own split holds photos out.

    Raises:
        ValueError: no CSV, a column that it lacks, an answer that is none, a part that is none, or a person
            with photos in two parts.
    """
    if not settings.targets:
        raise ValueError(
            "Setting targets= is not possible. Expected a CSV of what is known of photos; set targets=FILE."
        )
    table = read_attributes(settings.targets)
    paths = [photo.path for photo in photos]
    columns = [answers_of(paths, table, name, settings.targets) for name in settings.columns]
    parts = parts_of(photos, table, settings)
    lines = groups_of(paths, Attributes(table.files, {"line": table.files}), "line")
    return {
        path: Told(answers, part)
        for path, answers, part, line in zip(paths, zip(*columns, strict=True), parts, lines, strict=True)
        if line is not None
    }


def answers_of(paths: Sequence[str], table: Attributes, name: str, file: str) -> list[int]:
    """The answer of column ``name`` to each photo: 1, 0, or ``UNKNOWN`` without one.

    -1, 0, false and no are no; 1, true and yes are yes. ValueError for another word, and for a column with
    -1, 0 and 1, of which nobody can say what 0 is.
    """
    words = {word.lower() for word in table.columns.get(name, ())}
    strange = sorted(words - NO - YES - {""})
    if strange:
        raise ValueError(
            f"{file}, column {name!r}, has an answer {strange[0]!r}. Expected 1, 0, -1, true, false or "
            "nothing. Correct it, or leave the column out of target_columns."
        )
    if {"-1", "0", "1"} <= words:
        raise ValueError(
            f"{file}, column {name!r}, has -1, 0 and 1. Expected 1 and 0, or 1 and -1, and nothing where "
            "it is not known. Write nothing in place of what is not known."
        )
    return [UNKNOWN if word is None else int(word.lower() in YES) for word in groups_of(paths, table, name)]


def parts_of(photos: Sequence[Photo], table: Attributes, settings: LabelledSettings) -> list[int]:
    """The part of each photo by the CSV's column; all are learned from where that isn't asked for."""
    if settings.split_by != PARTITION:
        return [LEARNED] * len(photos)
    words = groups_of([photo.path for photo in photos], table, PARTITION)
    strange = sorted({word for word in words if word is not None and word.lower() not in PARTS})
    if strange:
        raise ValueError(
            f"{settings.targets}, column {PARTITION!r}, has {strange[0]!r}. Expected 0, 1 or 2, or train, "
            "val or test. Correct it, or set split_by=label."
        )
    told = [
        (photo, PARTS[word.lower()]) for photo, word in zip(photos, words, strict=True) if word is not None
    ]
    require_people_apart(told, settings)
    if not {LEARNED, HELD_OUT} <= {part for _, part in told}:
        raise ValueError(
            f"{settings.targets}, column {PARTITION!r}, names none to learn from, or none to hold "
            f"out, of the {len(photos)} photos. Expected some with 0 and some with 2. Correct it, or "
            "set split_by=label."
        )
    return [LEARNED if word is None else PARTS[word.lower()] for word in words]


def require_people_apart(told: Sequence[tuple[Photo, int]], settings: LabelledSettings) -> None:
    """Raises ValueError if a person has photos in two parts; ``told`` are photos with their parts."""
    first: dict[str, int] = {}
    for photo, part in told:
        if photo.label and first.setdefault(photo.label, part) != part:
            raise ValueError(
                f"{settings.targets} has photos of {photo.label!r} in two parts. Expected each person in "
                "one, or what is held out tells of people that were learned. Correct its column "
                "partition, set split_by=label, or labels=none if the folders are no people."
            )


def validates(person: str) -> bool:
    """Whether a person, or a photo of nobody known, by its hash, tells when training has to end."""
    return zlib.crc32(person.encode()) % VALIDATION_PARTS == 0
