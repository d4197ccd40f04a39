"""What a run's model looks at: the study of occlusion, where a run asks for it (P2, chapter 6)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from components.evaluate.search.selection import Clustering
from components.face_table import FaceTable, photo_rows
from components.faces import outputs_of
from components.ingest.frames.align import encode_chip
from components.occlude.effects import IN_NO_GROUP, Answers, Ask
from components.occlude.faces import Left, faces_of, reason_against
from components.occlude.families import Window
from components.occlude.pairs import pairs_of
from components.occlude.pictures import pictured
from components.occlude.study import REGIONS, Plan, Told, facts_of, study_faces, study_pairs
from components.pairs.files import Pairs
from models.clustering.rules.assignment import is_unknown

FACES = 200  # of all faces, those with the lowest hashes of their photos


def occlusion_of(
    faces: FaceTable,
    encoder: Any,
    clustering: Clustering,
    below: float,
    pairs: Pairs | None,
    report: Told | None = None,
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The study as facts, and arrays for its pictures.

    Args:
        faces: the run's faces, as the ingest wrote them down.
        encoder: the loaded SavedModel.
        clustering: the choice; a face's group is what its rule gives.
        below: the familiarity under which a face is unknown.
        pairs: given pairs, which are studied by the regions alone; or None.
        report: called as ``report(done, total)`` after each mask of either study.

    Returns:
        ``faces`` and ``pairs`` (or None), each of ``study.facts_of`` with n_faces, n_people and left_out; and
        the arrays of ``pictures.pictured``. Where fewer than two faces have 68 points, ``undefined`` says so,
        and there are no arrays.
    """
    ask = asking(encoder, clustering, below)
    rows = sorted(range(len(faces)), key=lambda i: (faces.found[i].content_hash, faces.found[i].face_index))
    chosen, left = studied(faces, rows, FACES)
    if len(chosen) < 2:
        return {"undefined": f"{len(chosen)} of {len(faces)} faces have 68 points; at least 2 are needed"}, {}
    some = faces_of([faces.found[i] for i in chosen], [person(faces, i) for i in chosen])
    study = study_faces(some, ask, Plan(), report=report)
    told: dict[str, Any] = {
        "faces": {
            **facts_of(study),
            "n_faces": len(some),
            "n_people": len(set(some.people.tolist())),
            "left_out": dict(left),
        },
        "pairs": None,
    }
    if pairs is not None:
        told["pairs"] = of_pairs(faces, pairs, ask, study.window, report)
    return told, pictured(some)


def of_pairs(
    faces: FaceTable, pairs: Pairs, ask: Ask, window: Window, report: Told | None = None
) -> dict[str, Any] | None:
    """The study of given pairs, of the central face of each photo; None without pairs of both sorts."""
    named = {*pairs.first, *pairs.second}
    rows = [row for path, row in photo_rows(faces).items() if path in named]
    chosen, left = studied(faces, rows, len(rows))
    some = faces_of([faces.found[i] for i in chosen], [person(faces, i) for i in chosen])
    found = pairs_of(pairs, some.names)
    if found.told.one_sort:
        return None
    facts = facts_of(study_pairs(some, found, ask, Plan(REGIONS), window, report))
    about = {"n_faces": len(some), "n_people": len(set(some.people.tolist())), "left_out": dict(left)}
    return {**facts, **about, "missing": found.told.missing}


def studied(faces: FaceTable, rows: list[int], most: int) -> tuple[list[int], Left]:
    """The first ``most`` of the rows whose faces can be studied, and why those before were left out."""
    left: Left = Counter()
    chosen: list[int] = []
    for i in rows:
        if len(chosen) == most:
            break
        reason = reason_against(faces.found[i], "faces")
        if reason:
            left[reason] += 1
        else:
            chosen.append(i)
    return chosen, left


def person(faces: FaceTable, row: int) -> str:
    """Whose face it is, as far as labels tell; without one, the face is of a person of its own."""
    return faces.labels[row] or f"\0{row}"


def asking(encoder: Any, clustering: Clustering, below: float) -> Ask:
    """The run's model as a function of chips: what it embeds, and the group that its rule gives."""

    def ask(chips: np.ndarray) -> Answers:
        encoded = [encode_chip(chip, "png") for chip in chips]
        outputs = outputs_of(encoder.serving_default, encoded)
        embedding = np.stack(outputs["embedding"]).astype(np.float32)
        found = clustering.estimator.rule_.assign(clustering.transform(embedding))
        known = np.where(is_unknown(found, below), IN_NO_GROUP, found.cluster)
        return Answers(embedding, known.astype(np.int64))

    return ask
