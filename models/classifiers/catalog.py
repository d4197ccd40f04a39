"""The one place to add a classifier: a line of ``CLASSIFIERS``. Nothing here imports a network."""

from __future__ import annotations

from dataclasses import dataclass

from models.classifiers.settings import (
    AttParseNetSettings,
    ClassifierSettings,
    GenderResNet50Settings,
    LinearProbeSettings,
)
from models.entry import Trained
from schemas.entry import entry_of
from schemas.labelled_face import REGIONS, TARGETS
from schemas.settings import Settings

READS = ("image", TARGETS)


@dataclass(frozen=True)
class ClassifierEntry(Trained):
    """The line of a classifier; one that learns where a column shows itself reads ``regions`` too."""

    settings: type[Settings] = ClassifierSettings
    reads: tuple[str, ...] = READS


CLASSIFIERS: dict[str, ClassifierEntry] = {
    "attparsenet": ClassifierEntry(
        "models.classifiers.attparsenet:AttParseNet", AttParseNetSettings, (*READS, REGIONS)
    ),
    "gender_resnet50": ClassifierEntry(
        "models.classifiers.gender_resnet50:GenderResNet50", GenderResNet50Settings
    ),
    "linear_probe": ClassifierEntry(
        "models.classifiers.linear_probe:LinearProbe", LinearProbeSettings, learns=False
    ),
}


def classifier_entry(name: str) -> ClassifierEntry:
    """The line of ``CLASSIFIERS`` with this name; raises ValueError for an unknown name."""
    return entry_of(CLASSIFIERS, name, "classifier", "models/classifiers/catalog.py")
