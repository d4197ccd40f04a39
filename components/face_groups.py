"""Which group each face of a run is in, kept beside its model for the runs that come after."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from components.face_table import FaceTable

NAME = "groups.npz"  # beside the served model's folder, so that it is never pushed


@dataclass(frozen=True)
class FaceGroups:
    """The groups of n faces: ``face`` (n,) str, different from each other, and ``cluster`` int64 (n,).

    A face is told by what its photo holds and its index in the photo, so that no name counts. Cluster -1 is
    no group. ``recipe`` are the name and the settings that the groups were made with.
    """

    face: np.ndarray
    cluster: np.ndarray
    recipe: Mapping[str, Any]


def groups_of(faces: FaceTable, clusters: np.ndarray, recipe: Mapping[str, Any]) -> FaceGroups:
    """The groups of the faces, clusters (n,); raises ValueError if there is not one cluster a face."""
    names = [f"{face.content_hash}:{face.face_index}" for face in faces.found]
    if len(names) != len(clusters):
        raise ValueError(f"Expected one cluster a face: received {len(clusters)} for {len(names)} faces.")
    return FaceGroups(np.array(names, np.str_), np.asarray(clusters, np.int64), recipe)


def write_groups(groups: FaceGroups, folder: Path) -> None:
    """Writes them into a model's folder."""
    told = np.char.encode(groups.face, "ascii") if len(groups.face) else np.zeros(0, "S1")
    recipe = json.dumps(dict(groups.recipe))
    np.savez_compressed(folder / NAME, face=told, cluster=groups.cluster, recipe=np.array(recipe))


def read_groups(folder: Path) -> FaceGroups | None:
    """The groups in a model's folder; None if it has none, as one of an earlier version."""
    if not (folder / NAME).exists():
        return None
    with np.load(folder / NAME) as arrays:
        face = np.char.decode(arrays["face"], "ascii")
        return FaceGroups(face, arrays["cluster"], json.loads(str(arrays["recipe"])))
