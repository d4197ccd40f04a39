"""The kinds of example: what each holds, by the stem of its schema in this folder."""

from collections.abc import Collection
from dataclasses import dataclass

from schemas import face, image_features, labelled_face, sketch_features
from schemas.entry import entry_of


@dataclass(frozen=True)
class ExampleKind:
    """What the pipeline knows of one kind of example.

    ``statistics``: the features that statistics are computed of. ``preprocessing``: the module of
    ``models.inputs`` that turns examples into a network's input. ``judged``: whether its pictures have a
    quality, by which some are chosen to found groups. ``small``: whether its pictures are so small that all
    pixels of them can be compared and averaged as they are. ``subject``: what one of them is called.
    """

    statistics: tuple[str, ...]
    preprocessing: str
    judged: bool = False
    small: bool = False
    subject: str = "picture"


KINDS = {  # one whose examples have all that another's have, and more, comes first
    "labelled_face": ExampleKind(
        labelled_face.LABELLED_STATISTICS_FEATURES, "labelled_preprocessing", judged=True, subject="photo"
    ),
    "face": ExampleKind(face.STATISTICS_FEATURES, "preprocessing", judged=True, subject="photo"),
    "sketch": ExampleKind(
        sketch_features.SKETCH_STATISTICS_FEATURES, "sketch_preprocessing", subject="drawing"
    ),
    "image": ExampleKind(image_features.IMAGE_STATISTICS_FEATURES, "image_preprocessing", small=True),
}


def kind_of(names: Collection[str]) -> str:
    """The kind whose examples have the features ``names``; ValueError if there is none."""
    for name, kind in KINDS.items():
        if set(kind.statistics) <= set(names):
            return name
    raise ValueError(
        f"No kind of example has the features {', '.join(sorted(names))}. Expected those of one of: "
        f"{', '.join(KINDS)}. See schemas/example_kinds.py."
    )


def example_kind(name: str) -> ExampleKind:
    """The kind ``name``; ValueError for an unknown one."""
    return entry_of(KINDS, name, "kind of example", "schemas/example_kinds.py")
