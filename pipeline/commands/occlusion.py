"""``facefold occlude``: faces found, hidden in parts and shown to a model; what it said then."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, TextIO, cast

import numpy as np

from components.ingest.frames.align import encode_chip
from components.ingest.listing import list_photos
from components.ingest.settings import IngestSettings
from components.ingest.sources import Photo
from components.occlude.conditions import Faces
from components.occlude.effects import IN_NO_GROUP, Answers, Ask
from components.occlude.faces import Left, chosen_faces
from components.occlude.families import Window
from components.occlude.pairs import PairsOf, pairs_of
from components.occlude.pictures import pictured
from components.occlude.study import REGIONS, Plan, Told, facts_of, study_faces, study_pairs
from components.occlude.table import write_table
from components.pairs.files import Pairs, read_pairs
from components.report.occlusion_page import render_occlusion
from pipeline.commands.encoder import find_encoder
from pipeline.commands.pair_facts import photos_of
from pipeline.commands.progress_lines import teller
from pipeline.commands.verification import PAIRS_FILE, existing, ingest_settings
from pipeline.dag.layout import Layout
from pipeline.encoder import BATCH, Encoder, load_embedder
from pipeline.serving.client import InProcess
from pipeline.serving.outputs import answers_of
from schemas.files import atomic_write
from schemas.paths import absolute, writable_folder
from schemas.samples import batches_of, evenly_spread

OUTPUTS = ("embedding", "cluster", "unknown")
CHOICE = "central"  # of several faces in a photo, as LFW names it


@dataclass(frozen=True)
class Options:
    """The arguments of the command, by their names there."""

    model: str
    images: str
    pairs: str | None
    faces: int
    most_pairs: int
    landmarks: str
    landmarks_path: str
    fills: str
    draws: int
    seed: int
    out: str | None
    root: str | None


def options_of(options: argparse.Namespace) -> Options:
    """The command's arguments."""
    return Options(**{field.name: getattr(options, field.name) for field in fields(Options)})


def occlude(options: Options, stream: TextIO | None = None) -> dict[str, Any]:
    """Studies a model by occlusion and writes ``occlude.html``, ``occlude.csv`` and ``occlude.json``.

    Args:
        options: the command's arguments.
        stream: receives lines about the progress, for a person to read; None for none.

    Returns:
        A dict for JSON: ``model``, ``images`` and ``landmarks``; ``faces``, the study of faces without
        labels, and ``pairs``, that of the given pairs, or None: each the keys of ``facts_of`` and ``about``,
        of pairs also ``missing``, those without both faces; ``page``, ``table``.

    Raises:
        ValueError: the model, a folder or a file is wrong, or too few faces are found; one line.
        ModuleNotFoundError, FileNotFoundError: something that it needs is not installed.
    """
    encoder = find_encoder(options.model)
    folder = existing(options.images, "--images", os.path.isdir, "a folder of photos")
    plan = Plan(fills=tuple(options.fills.split(",")), draws=options.draws, seed=options.seed)
    for name, value in (("--faces", options.faces), ("--most-pairs", options.most_pairs)):
        if value < 0:
            raise ValueError(f"{name} {value} is not possible. Expected a number of them, or 0 for all.")
    pairs = given_pairs(options)
    out = out_folder(options)
    settings = settings_of(options, encoder, folder)
    told = conditions_told(stream)
    sample = list_photos(settings.changed(max_photos=options.faces))
    faces, left = chosen_faces(sample, settings, CHOICE, teller(stream))
    found = None if pairs is None else faces_of_pairs(pairs, folder, settings, stream)
    with asked(encoder, settings.detector, faces) as ask:
        started = time.monotonic()
        study = study_faces(faces, ask, plan, report=told)
        result = {
            "model": encoder.called,
            "images": str(folder),
            "landmarks": options.landmarks,
            "faces": facts_of(study) | about(faces, left, started),
            "pairs": None,
            "page": str(out / "occlude.html"),
            "table": str(out / "occlude.csv"),
        }
        write(result, pictured(faces), out)  # the pairs may take long, and fail
        if found is not None:
            result["pairs"] = of_pairs(found, ask, (plan, study.window), told)
            write(result, pictured(faces), out)
    return result


def write(result: Mapping[str, Any], arrays: Mapping[str, np.ndarray], out: Path) -> None:
    """Writes the page, the table, the same as JSON, and what the page's pictures are made of."""
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    render_occlusion(result, arrays, out / "occlude.html", created)
    write_table(result, out / "occlude.csv")
    np.savez_compressed(out / "occlude.npz", **cast(dict[str, Any], arrays))
    atomic_write(out / "occlude.json", json.dumps(result, indent=1, allow_nan=False))


def of_pairs(
    found: tuple[Faces, PairsOf, Left], ask: Ask, plan: tuple[Plan, Window], report: Told
) -> dict[str, Any]:
    """The study of the given pairs, as of ``faces_of_pairs``, by the regions alone."""
    faces, pairs, left = found
    started = time.monotonic()
    asked_of = replace(plan[0], masks=REGIONS)
    facts = facts_of(study_pairs(faces, pairs, ask, asked_of, plan[1], report))
    return facts | about(faces, left, started) | {"missing": pairs.told.missing}


def given_pairs(options: Options) -> Pairs | None:
    """The pairs of ``--pairs``, at most ``--most-pairs``; None without."""
    if not options.pairs:
        return None
    file = existing(options.pairs, "--pairs", os.path.isfile, PAIRS_FILE)
    return some_of(read_pairs(file), options.most_pairs)


def conditions_told(stream: TextIO | None) -> Told:
    """A function that tells, each five seconds, how many masks the model was shown."""
    last = 0.0

    def tell(done: int, total: int) -> None:
        nonlocal last
        if stream is not None and (done == total or time.monotonic() - last > 5):
            last = time.monotonic()
            stream.write(f"{done} of {total} masks and fills shown to the model\n")
            stream.flush()

    return tell


def out_folder(options: Options) -> Path:
    """The folder that the results go into, which can be written to."""
    if options.out:
        out = absolute(options.out, "--out")
    else:
        out = Layout(Path(options.root or ".")).page("occlude") / time.strftime(
            "%Y%m%d-%H%M%SZ", time.gmtime()
        )
    writable_folder(out, "--out")
    return out


def settings_of(options: Options, encoder: Encoder, folder: Path) -> IngestSettings:
    """How faces and their points are found: as in the model's run, with 68 points."""
    settings = ingest_settings(encoder, folder, options.root, None)
    path = str(absolute(options.landmarks_path, "--landmarks-path")) if options.landmarks_path else ""
    return settings.changed(landmarks=options.landmarks, landmarks_path=path)


def some_of(pairs: Pairs, most: int) -> Pairs:
    """At most so many pairs, evenly spread over those of each sort and fold; 0 takes all."""
    if not most or most >= len(pairs):
        return pairs
    kept = np.zeros(len(pairs), bool)
    kept[np.lexsort((pairs.fold, pairs.same))[evenly_spread(len(pairs), most)]] = True
    return pairs.where(kept)


def faces_of_pairs(
    pairs: Pairs, folder: Path, settings: IngestSettings, stream: TextIO | None
) -> tuple[Faces, PairsOf, Left]:
    """The faces in the pairs' photos, the pairs of which both are there, and why photos were left out."""
    photos = photos_of(folder)
    wanted = dict.fromkeys([*pairs.first, *pairs.second])
    named: list[Photo] = [photos[path] for path in wanted if path in photos]
    if not named:
        raise ValueError(f"No photo of any pair is below {folder}. Expected their photos. Check --images.")
    faces, left = chosen_faces(named, settings, CHOICE, teller(stream))
    return faces, pairs_of(pairs, faces.names), left


@contextmanager
def asked(encoder: Encoder, detector: str, faces: Faces) -> Iterator[Ask]:
    """The model as a function of chips; a pushed one tells its groups too. ``pca`` is fitted on the faces."""
    if encoder.folder is not None:
        with InProcess(encoder.folder) as client:

            def answer(chips: list[bytes]) -> Answers:
                told = answers_of(client, chips, OUTPUTS)
                known = np.where(told["unknown"], IN_NO_GROUP, told["cluster"])
                return Answers(told["embedding"].astype(np.float32), known.astype(np.int64))

            yield in_parts(answer)
        return
    fit_on = [encode_chip(chip, "png") for chip in faces.chips] if encoder.name == "pca" else None
    with load_embedder(encoder, detector, fit_on, BATCH) as embedder:
        yield in_parts(lambda chips: Answers(embedder(chips), None))


def in_parts(answer: Any) -> Ask:
    """Asks about a batch of chips at a time, each encoded without loss."""

    def ask(chips: np.ndarray) -> Answers:
        parts = [
            answer([encode_chip(chip, "png") for chip in chips[part]])
            for part in batches_of(len(chips), BATCH)
        ]
        groups: Sequence[np.ndarray | None] = [part.cluster for part in parts]
        known = [group for group in groups if group is not None]
        return Answers(
            np.concatenate([part.embedding for part in parts]),
            np.concatenate(known) if len(known) == len(parts) else None,
        )

    return ask


def about(faces: Faces, left: Left, started: float) -> dict[str, Any]:
    """How many faces and people were studied, why photos were not, and the seconds since ``started``."""
    return {
        "n_faces": len(faces),
        "n_people": len(set(faces.people.tolist())),
        "left_out": dict(left),
        "seconds": time.monotonic() - started,
    }


def lines_of(result: Mapping[str, Any]) -> list[str]:
    """The result in words."""
    from components.occlude.words import study_lines

    lines = [f"{result['model']}: what it looks at"]
    for kind in ("faces", "pairs"):
        if result[kind] is not None:
            lines += study_lines(kind, result[kind])
    return [*lines, f"Page: {result['page']}   Table: {result['table']}"]
