"""How many people there would be at each of some distances, for the slider from fewer to more."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.web.jobs.running import Running
from pipeline.web.library.arrays import Faces, faces_of
from pipeline.web.library.grouping import WITH_DISTANCE, group, own_distance
from pipeline.web.library.told import told_of
from pipeline.web.models import Face, Job, Library

STEPS = (
    1.4,
    1.25,
    1.15,
    1.07,
    1.0,
    0.93,
    0.86,
    0.78,
    0.7,
)  # times the own distance, from fewer people to more
EXAMPLES = 4  # of the largest groups, a face of each


def run(job: Job, running: Running) -> dict[str, Any]:
    """The number of people and of unknown faces at each distance, with faces of the largest groups."""
    library = Library.objects.get(owner=job.owner)
    space = job.payload.get("space") or library.space
    clusterer = job.payload.get("clusterer") or library.clusterer
    faces = faces_of(job.owner, space)
    told = told_of(job.owner, faces, hold_names=True)
    own = own_distance(space, faces.x) if len(faces) else 0.0
    distances = [round(own * step, 4) for step in STEPS] if clusterer in WITH_DISTANCE else [None]
    levels = []
    for done, distance in enumerate(distances):
        running.step(done, len(distances))
        labels = group(job.owner, space, faces, told, clusterer, distance).labels
        is_own = distance is None or distance == round(own, 4)
        levels.append({"distance": distance, "is_own": is_own, **counted(faces, labels)})
    return {"space": space, "clusterer": clusterer, "n_faces": len(faces), "levels": levels}


def counted(faces: Faces, labels: np.ndarray) -> dict[str, Any]:
    """How many people labels (n,) make and how many unknown faces they leave, with examples."""
    return {
        "n_people": int(labels.max(initial=-1)) + 1,
        "n_unknown": int((labels < 0).sum()),
        "examples": examples(faces, labels),
    }


def examples(faces: Faces, labels: np.ndarray) -> list[str]:
    """The names of a face of each of the largest groups."""
    if not (labels >= 0).any():
        return []
    largest = np.argsort(-np.bincount(labels[labels >= 0]), kind="stable")[:EXAMPLES]
    ids = [int(faces.face[np.flatnonzero(labels == group)[0]]) for group in largest]
    names = dict(Face.objects.filter(pk__in=ids).values_list("pk", "uuid"))
    return [str(names[pk]) for pk in ids if pk in names]
