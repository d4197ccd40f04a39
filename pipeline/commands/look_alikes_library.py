"""The library that ``facefold look-alikes`` looks at: a run's own faces in their groups, or a folder's."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from components.ingest.listing import photos_below
from components.ingest.sources import Photo
from components.ingest.taken import taken_at
from components.look_alikes.library import FOLDERS, GROUPS, Library, library_of
from components.look_alikes.rule import probe_chip
from pipeline.commands.encoder import find_encoder, saved_signatures
from pipeline.commands.progress_lines import teller
from pipeline.commands.verification import existing, ingest_settings
from pipeline.dag.layout import Layout
from pipeline.encoder import BATCH, REFERENCES, Encoder, load_embedder
from pipeline.runners.finished import RESULT, finished_runs
from pipeline.serving.client import InProcess
from pipeline.serving.outputs import answers_of
from schemas.face import Face
from schemas.paths import absolute

AUTO, SETTINGS = "auto", "settings.json"
WANTED = ("embedding", "cluster")


@dataclass(frozen=True)
class Where:
    """What is looked at: ``model`` and ``images`` as given, or None for the photos of the model's own run.

    ``root`` keeps the faces found. ``names`` is AUTO, FOLDERS or GROUPS, ``face`` a key of
    ``components.ingest.chips.CHOICES``, ``detector`` a name or None for that of the model's run.
    """

    model: str
    images: str | None = None
    root: str | None = None
    names: str = AUTO
    face: str = "central"
    detector: str | None = None


@dataclass(frozen=True, eq=False)
class Found:
    """A library with the encoder that embedded it: its name, its space, and its embedding of the probe (d,).

    ``photos`` are counts by outcome, ``folder`` is what the photos' paths begin at.
    """

    library: Library
    model: str
    space: str
    probe: np.ndarray
    photos: dict[str, int]
    folder: Path

    def years(self, rows: np.ndarray) -> tuple[int, int] | None:
        """The first and the last year in which the photos of these faces were taken; None if none tells."""
        files = {self.folder / self.library.paths[row] for row in rows.tolist()}
        found = [taken.year for file in files if file.is_file() and (taken := taken_at(file.read_bytes()))]
        return (min(found), max(found)) if found else None


def find_library(where: Where, stream: TextIO | None = None) -> Found:
    """The library that ``where`` names; ``stream`` receives lines about the progress.

    Raises ValueError, one line, where there is no model, no photo, no face, or fewer than two people.
    """
    if where.model == "pca":
        raise ValueError(
            "--model pca is fitted on photos anew each time, so that its thresholds hold nowhere else. "
            "Expected another model."
        )
    encoder = find_encoder(where.model)
    if where.images is None:
        library, counts, folder = of_own_run(where, encoder)
    else:
        library, counts, folder = of_folder(where, encoder, stream)
    with load_embedder(encoder, where.detector) as embedder:
        probe = embedder([probe_chip()])[0]
        space = embedder.space
    return Found(library, encoder.name, space, probe, counts, folder)


def of_own_run(where: Where, encoder: Encoder) -> tuple[Library, dict[str, int], Path]:
    """The faces of the run that pushed the model, in the model's groups, counts, and its photos' folder."""
    if where.model in REFERENCES:
        raise ValueError(
            f"--model {where.model} has no photos of its own. Expected --images DIR with it, or a run's "
            "folder."
        )
    if where.names == FOLDERS:
        raise ValueError("--names folders needs the folders. Expected --images DIR. Give the photos' folder.")
    run, result = run_of(absolute(where.model, "--model"), encoder)
    if result.get("subject", "face") != "face":
        raise ValueError(f"--model {where.model} groups {result['subject']}s. Expected a model of faces.")
    places = {name: Path(result["artifacts"][name]) for name in ("examples", "evaluation")}
    gone = [str(place) for place in places.values() if not place.is_dir()]
    if gone:
        raise ValueError(
            f"The faces of the model's run are gone: {gone[0]} is not there. Expected the folder that its "
            "run wrote. Give the photos by --images DIR."
        )
    from components.artifact_files import read_evaluation
    from components.faces import read_faces

    faces = read_faces(str(places["examples"]))
    _, arrays = read_evaluation(places["evaluation"])
    if len(arrays["cluster"]) != len(faces):
        raise ValueError(
            f"The run's faces and groups don't fit: {len(faces)} and {len(arrays['cluster'])}. Expected as "
            "many. Run again, or give the photos by --images DIR."
        )
    hashes = [face.content_hash for face in faces.found]
    library = library_of(
        arrays["embedding"],
        groups_named(arrays["cluster"]),
        (faces.image_paths, hashes),
        faces.chips,
        GROUPS,
        arrays["cluster"],
    )
    ingest = result.get("ingest", {})
    kept = {"given": "files", "faces": "with_faces", "no_face": "no_face", "rejected": "rejected"}
    counts = {name: int(ingest.get(key, 0)) for name, key in kept.items()}
    settings = json.loads(file.read_text()) if (file := run / SETTINGS).is_file() else {}
    return library, counts, Path(settings.get("images") or ".")


def run_of(folder: Path, encoder: Encoder) -> tuple[Path, dict[str, Any]]:
    """The run that pushed the model, and its result: of this folder, or found in the root above it."""
    if (folder / RESULT).is_file():
        return folder, json.loads((folder / RESULT).read_text())
    saved = encoder.saved_model
    for root in (folder, *saved.parents[:4]):
        for run in reversed(finished_runs(Layout(root).runs)):
            result = json.loads((run / RESULT).read_text())
            if result.get("pushed_model") and Path(result["pushed_model"]).name == saved.name:
                return run, result
    raise ValueError(
        f"No run is known that pushed {saved}. Expected the folder of a run, or a root with it. Give the "
        "photos by --images DIR."
    )


def of_folder(where: Where, encoder: Encoder, stream: TextIO | None) -> tuple[Library, dict[str, int], Path]:
    """The faces of the photos below ``where.images``, named by folders or by the model's groups."""
    folder = existing(str(where.images), "--images", os.path.isdir, "a folder of photos")
    photos = photos_below(str(folder))
    names = where.names if where.names != AUTO else told_by(photos)
    has_groups = encoder.folder is not None and _gives_groups(encoder.folder)
    if names == GROUPS and not has_groups:
        raise ValueError(
            f"--model {where.model} has no groups to name the people by. Expected photos in a folder for "
            "each person, or a pushed model. Give --names folders, or another --model."
        )
    if stream is not None and has_groups and where.names == AUTO and names == FOLDERS:
        stream.write("The folders name the people. If they are years or events, give --names groups.\n")
    settings = ingest_settings(encoder, folder, where.root, where.detector)
    from components.ingest.chips import CHOICES, every_face

    found = every_face(photos, settings, teller(stream))
    statuses = [row.status for row, _ in found]
    counts = {"given": len(photos), **{s: statuses.count(s) for s in ("faces", "no_face", "rejected")}}
    taken: list[tuple[str, Face]] = []
    for photo, (row, faces) in zip(photos, found, strict=True):
        if names == FOLDERS and faces and photo.label:
            taken.append((photo.label, CHOICES[where.face](faces, row)))
        elif names == GROUPS:
            taken += [("", face) for face in faces]
    if not taken:
        raise ValueError(
            f"No face was found in the {len(photos)} files below {folder}. Expected photos of people"
            f"{' in a folder for each person' if names == FOLDERS else ''}. Check --images and --detector."
        )
    x, clusters = _embedded(encoder, settings.detector, [face.chip for _, face in taken], has_groups)
    people = groups_named(clusters) if names == GROUPS else [label for label, _ in taken]
    places = [face.image_path for _, face in taken], [face.content_hash for _, face in taken]
    chips = [face.chip for _, face in taken]
    return library_of(x, people, places, chips, names, clusters), counts, folder


def told_by(photos: Sequence[Photo]) -> str:
    """FOLDERS where photos lie in two folders or more, else GROUPS."""
    return FOLDERS if len({photo.label for photo in photos if photo.label}) > 1 else GROUPS


def groups_named(clusters: np.ndarray) -> list[str | None]:
    """The names of the groups (n,), None for -1."""
    return [f"group {cluster}" if cluster >= 0 else None for cluster in clusters.tolist()]


def _gives_groups(folder: Path) -> bool:
    outputs = saved_signatures(folder).get("serving_default", {"outputs": {}})["outputs"]
    return set(WANTED) <= set(outputs)


def _embedded(
    encoder: Encoder, detector: str | None, chips: list[bytes], has_groups: bool
) -> tuple[np.ndarray, np.ndarray]:
    """The embeddings (n, d) of chips, and the model's groups (n,), -1 where it has none."""
    if has_groups:
        with InProcess(encoder.saved_model) as client:
            answers = answers_of(client, chips, WANTED)
        return answers["embedding"], answers["cluster"]
    with load_embedder(encoder, detector, batch=BATCH) as embedder:
        return embedder(chips), np.full(len(chips), -1)
