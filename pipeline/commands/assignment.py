"""``facefold assign``: groups new photos by a model that was blessed (P4's unseen images)."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from components.ingest.listing import photos_below
from components.ingest.settings import ImageSettings
from components.ingest.sources import Photo
from components.ingest.tables import SOURCES
from components.look_alikes.rule import (
    Decision,
    Thresholds,
    check_space,
    decide,
    probe_chip,
    read_thresholds,
)
from pipeline.commands.encoder import find_encoder
from pipeline.commands.progress_lines import teller
from pipeline.commands.verification import ingest_settings
from pipeline.encoder import REFERENCES, Encoder
from pipeline.recipes.assignments import source_of
from pipeline.serving.calls import CallSettings, newest_available
from pipeline.serving.client import Client, InProcess, connect
from pipeline.serving.outputs import answers_of
from schemas.example_kinds import example_kind
from schemas.paths import absolute

if TYPE_CHECKING:
    from components.ingest.row import Row
    from schemas.face import Face

OUTPUTS = ("cluster", "probability", "unknown")
PATIENT = CallSettings(timeout=3600.0, attempt_timeout=60.0)  # all faces are one call


def assign(
    model: str | None,
    photos: Iterable[str],
    root: str | None,
    detector: str | None = None,
    stream: TextIO | None = None,
    server: str | None = None,
    thresholds: str | None = None,
) -> dict[str, Any]:
    """The group of every face in ``photos``, by the clusterer that was pushed with ``model``.

    Faces are found as in the model's own run, and kept in the photo cache under ``root``.

    Args:
        model: the folder of a pushed model or of a run, as in ``encoder.find_encoder``. With a server it only
            says how faces are found, and may be None.
        photos: files and folders; every file below a folder is taken.
        root: the folder with the photo cache; None keeps nothing.
        detector: a detector's name; None is the model's own, or the recipes' default.
        stream: receives lines about the progress, for a person to read; None for none.
        server: the server that answers, as in ``serving.connect``; None is this process.
        thresholds: a file with thresholds by pair, as ``facefold look-alikes`` writes it; None for none.

    Returns:
        A dict for JSON. ``model`` says who answered. ``photos`` has the counts {"given", "faces", "no_face",
        "rejected"}, ``subject`` what they are called. ``faces`` has one dict for each face, or small picture:
        path, face_index, box (left, top, width, height in pixels of the upright photo), cluster (None where
        it is in no group), probability, unknown. ``clusters`` is {cluster: number of known faces}, the
        largest first. ``unknown`` is the number of faces that look like none the model was fitted on; no
        cluster counts them. ``rejected`` is {path: reason}. With thresholds each face has also ``pair``: None
        where none of them applies, else what ``told_of_pair`` tells; its cluster and unknown are then what
        the pair's threshold decided.

    Raises:
        ValueError: there is neither a model nor a server, the model or a photo is wrong, or the model has no
            clusterer; one line.
        ModuleNotFoundError, FileNotFoundError: what the detector needs is not installed.
        ServingError: the server gave no answer.
    """
    encoder = encoder_asked(model, server)
    kept = None if thresholds is None else read_thresholds(absolute(thresholds, "--thresholds"))
    found = looked_at(encoder, photos, root, detector, stream)
    faces = [face for _, some in found for face in some]
    name, answers = asked(server, encoder, [face.chip for face in faces], kept)
    told = [told_of(*one) for one in zip(faces, *(answers.get(name, []) for name in OUTPUTS), strict=True)]
    if kept is not None and faces:
        known = np.where(answers["unknown"], -1, answers["cluster"])
        decisions = decide(kept, answers["embedding"], known)
        told = [face | told_of_pair(one) for face, one in zip(told, decisions, strict=True)]
    statuses = [row.status for row, _ in found]
    counts = Counter(face["cluster"] for face in told if not face["unknown"])
    return {
        "model": name,
        "subject": example_kind(encoder.kind).subject,
        "photos": {"given": len(found), **{s: statuses.count(s) for s in ("faces", "no_face", "rejected")}},
        "faces": told,
        "clusters": {str(cluster): n for cluster, n in counts.most_common()},
        "unknown": sum(face["unknown"] for face in told),
        "rejected": {row.path: row.reason for row, _ in found if row.status == "rejected"},
    }


def looked_at(
    encoder: Encoder, photos: Iterable[str], root: str | None, detector: str | None, stream: TextIO | None
) -> list[tuple[Row, list[Face]]]:
    """Every photo's row and its faces, found as in the model's own run; or every small picture's."""
    if encoder.kind == "image":
        from components.ingest.pictures.many import every_picture

        return every_picture(list_pictures(photos), teller(stream))
    listed = list_photos(photos)
    settings = ingest_settings(encoder, Path.cwd(), root, detector)
    from components.ingest.chips import every_face

    return every_face(listed, settings, teller(stream))


def encoder_asked(model: str | None, server: str | None) -> Encoder:
    """The model that gives groups, or the server; raises ValueError, one line, where there is neither."""
    if model in REFERENCES:
        raise ValueError(
            f"--model {model} has no groups. Expected the folder of a pushed model, or of a run."
        )
    if model is not None:
        return find_encoder(model)
    if server is not None:
        return Encoder(server, server=server)
    raise ValueError("assign needs a model. Expected --model DIR, or --server HOST:PORT.")


def asked(
    server: str | None, encoder: Encoder, chips: list[bytes], thresholds: Thresholds | None = None
) -> tuple[str, dict[str, np.ndarray]]:
    """Who answers, in words, and its answer to the chips. Without chips nobody is asked.

    With thresholds the answer holds ``embedding`` too; ValueError if they are of another model's space.
    """
    if not chips:
        return server or encoder.name, {}
    if server is None:
        return encoder.name, _answers(InProcess(encoder.saved_model, PATIENT), chips, thresholds)
    with connect(server, settings=PATIENT) as client:
        version = newest_available(client.status())
    with connect(server, version=version, settings=PATIENT) as client:
        return f"{server}, version {version}", _answers(client, chips, thresholds)


def _answers(client: Client, chips: list[bytes], thresholds: Thresholds | None) -> dict[str, np.ndarray]:
    """The client's answers to the chips; with thresholds it is asked about their probe first."""
    if thresholds is None:
        return answers_of(client, chips, OUTPUTS)
    wanted = (*OUTPUTS, "embedding")
    check_space(thresholds, answers_of(client, [probe_chip()], wanted)["embedding"][0], client.where)
    return answers_of(client, chips, wanted)


def list_photos(paths: Iterable[str]) -> list[Photo]:
    """All photos that the given files and folders stand for; raises ValueError if one does not exist."""
    photos: list[Photo] = []
    for path in paths:
        place = absolute(path, "PHOTO")
        if os.path.isdir(place):
            photos += [
                Photo(f"{path}/{photo.path}", photo.file, problem=photo.problem)
                for photo in photos_below(str(place))
            ]
        elif os.path.isfile(place):
            photos.append(Photo(str(path), str(place)))
        else:
            raise ValueError(f"{path} does not exist. Expected a photo, or a folder of photos.")
    return photos


def list_pictures(paths: Iterable[str]) -> list[Photo]:
    """All small pictures in the given files, arrays and folders; raises ValueError if one does not exist."""
    pictures: list[Photo] = []
    for path in paths:
        place = absolute(path, "PHOTO")
        source = source_of(str(place), ImageSettings())
        if not os.path.exists(place) or source == "folder":
            pictures += list_photos([path])
        else:
            found: list[Photo] = SOURCES[source].load()(str(place))
            pictures += [photo for photo in found if photo.problem != "wrong_kind"]
    return pictures


def told_of(face: Face, cluster: int, probability: float, unknown: bool) -> dict[str, Any]:
    """One face as a dict for JSON."""
    inside = int(cluster) >= 0
    return {
        "path": face.image_path,
        "face_index": face.face_index,
        "box": [round(float(value), 1) for value in face.box],
        "cluster": int(cluster) if inside else None,
        "probability": round(float(probability), 6),
        "unknown": bool(unknown),
    }


def told_of_pair(decision: Decision | None) -> dict[str, Any]:
    """What a pair's threshold decided of a face, as parts of its dict for JSON.

    ``pair`` has the two people's names, their threshold, the face's mean cosine to each, and the person, None
    where neither is near enough. Then the face is unknown, between the two.
    """
    if decision is None:
        return {"pair": None}
    pair = {
        "people": list(decision.pair.names),
        "threshold": decision.pair.threshold,
        "likeness": [round(value, 6) for value in decision.likeness],
        "person": decision.person,
    }
    return {"pair": pair, "cluster": decision.cluster, "unknown": decision.person is None}


def words_of_pair(pair: Mapping[str, Any]) -> str:
    """The same in words."""
    (first, a), (second, b) = sorted(zip(pair["people"], pair["likeness"], strict=True), key=lambda p: -p[1])
    word = "between" if pair["person"] is None else f"{first} rather than"
    names = f"{first} and {second}" if pair["person"] is None else second
    return f"{word} {names} ({a:.3f} and {b:.3f}; from {pair['threshold']:.3f} on)"


def lines_of(result: Mapping[str, Any]) -> list[str]:
    """The result in words: one line for each face, then the counts."""
    lines = []
    for face in result["faces"]:
        group = "in no group" if face["cluster"] is None else f"group {face['cluster']}"
        sure = "unknown, nearest " + group if face["unknown"] else f"{group} ({face['probability']:.3f})"
        if face.get("pair"):
            sure += ", " + words_of_pair(face["pair"])
        lines.append(f"{face['path']} #{face['face_index']}: {sure}")
    lines += [f"{path}: rejected, {reason}" for path, reason in result["rejected"].items()]
    photos = result["photos"]
    counts = (
        f"{photos['given']} photos: {len(result['faces'])} faces in {photos['faces']}, {photos['no_face']} "
        f"without a face, {photos['rejected']} rejected"
    )
    if result["subject"] != "photo":
        counts = f"{photos['given']} {result['subject']}s, {photos['rejected']} rejected"
    lines.append(counts)
    lines += [f"group {cluster}: {n}" for cluster, n in result["clusters"].items()]
    return [*lines, f"unknown: {result['unknown']}"]
