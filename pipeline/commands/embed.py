"""``facefold embed``: embeddings and groups of any number of photos, in sharded files, on any Beam runner."""

import argparse
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.beam.own_folder import in_own_folder
from pipeline.beam.presets import beam_choice
from pipeline.commands.arguments import add_beam, add_decisions, add_json, add_root
from pipeline.commands.one_line import told
from pipeline.commands.outcome import DONE, FAILED, WRONG_ARGUMENTS, complain, say
from pipeline.runners.interrupt import raise_again
from pipeline.runners.output import start_tensorflow
from pipeline.runners.private_files import private_files
from pipeline.runners.tensorflow_environment import before_tensorflow
from schemas.files import atomic_write
from schemas.paths import absolute, refuse_patterns, writable_folder

if TYPE_CHECKING:
    from components.ingest.settings import IngestSettings
    from components.ingest.sources import Photo

FORMATS = ("parquet", "tfrecord")
TOTALS_NAME = "embed.json"
LEFTOVERS = "*beam-temp-*"
WRITTEN = ("faces-*", "photos-*", LEFTOVERS)
STATUSES = ("faces", "no_face", "duplicate", "rejected")


HELP = "embed any number of photos by a pushed model, into files"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    command.add_argument(
        "--model", metavar="DIR", required=True, help="a pushed model's folder, or a run's, or a root"
    )
    command.add_argument("--images", metavar="DIR", required=True, help="the photos, read to the bottom")
    command.add_argument("-o", "--out", metavar="DIR", required=True, help="a new or empty folder")
    command.add_argument("--format", choices=FORMATS, default="parquet", help="default: %(default)s")
    command.add_argument(
        "--shards",
        metavar="N",
        type=int,
        default=0,
        help="files of faces (default: as many as the runner likes)",
    )
    add_decisions(command)
    add_root(command, "keeps the faces found, as run's")
    add_json(command, "print the counts as one JSON object")
    add_beam(command)


@private_files()
def run_command(options: argparse.Namespace) -> int:
    """Runs the command; returns 0 done, 1 failure, 2 wrong arguments."""
    before_tensorflow()
    try:
        prepared = prepare(options)
    except (ValueError, OSError, ModuleNotFoundError) as error:
        complain(error)
        return WRONG_ARGUMENTS
    try:
        photos, settings, model, out = prepared
        files, beam = (options.format, options.shards), beam_choice(options.beam)
        counts = embed(photos, settings, model, out, files, beam.arguments)
    except Exception as error:  # Beam's runners raise whatever a worker did
        raise_again()
        complain(f"the embedding failed. {told(error, out, '--out')[-600:]}")
        return FAILED
    say(json.dumps(counts) if options.json else "\n".join(lines_of(counts)))
    return DONE


def prepare(options: argparse.Namespace) -> tuple[list["Photo"], "IngestSettings", Path, Path]:
    """The photos, the settings that find faces, the SavedModel's folder, and the folder to write to.

    Raises ValueError for a model that has no groups or takes no photos, a wrong ``--beam`` or number of
    shards, and a folder to write to that is not empty; FileNotFoundError where the photos' folder is missing.
    """
    start_tensorflow()
    from components.ingest.listing import photos_below
    from pipeline.beam.embedding import OUTPUTS
    from pipeline.commands.encoder import find_encoder, saved_signatures
    from pipeline.commands.verification import ingest_settings
    from pipeline.encoder import REFERENCES
    from pipeline.serving.outputs import check_outputs

    choice = beam_choice(options.beam)
    if options.model in REFERENCES:
        raise ValueError(f"--model {options.model} has no groups. Expected the folder of a pushed model.")
    if options.shards < 0:
        raise ValueError(f"--shards {options.shards} is wrong. Expected a number of files, or 0.")
    out = absolute(options.out, "--out")
    if os.path.isdir(out) and any(out.iterdir()):
        raise ValueError(
            f"--out {options.out} is not empty: old files beside new ones would double faces. Expected a new "
            "or empty folder. Give another, or empty it."
        )
    refuse_patterns(out, "--out")
    encoder = find_encoder(options.model)
    check_outputs(saved_signatures(encoder.saved_model), OUTPUTS, str(encoder.saved_model))
    images = absolute(options.images, "--images")
    root = options.root if choice.shared_files else None
    settings = ingest_settings(encoder, images, root, None, options.decisions)
    photos = photos_below(str(images))
    writable_folder(out, "--out")
    return photos, settings, encoder.saved_model, out


def embed(
    photos: list["Photo"],
    settings: "IngestSettings",
    model: Path,
    out: Path,
    files: tuple[str, int],
    beam_arguments: tuple[str, ...],
) -> dict[str, Any]:
    """Embeds every face of ``photos`` and returns the counts, the object of ``--json``.

    ``files`` are the format and the number of files of faces, 0 for as many as the runner likes.

    Writes three kinds of files into ``out``: ``faces-*`` with a row for each face (path, face_index, box,
    embedding, cluster, probability, unknown), ``photos-*.parquet`` with a row for each photo, and at the end
    ``embed.json`` with the counts. What it wrote before it was stopped is taken away, so that the same
    command can start anew.
    """
    import apache_beam as beam
    from apache_beam.transforms.combiners import ToList

    from components.ingest.beam_stages import worker_threads
    from pipeline.beam.embedding import embed_photos, write_faces, write_photos
    from pipeline.beam.lost_worker import watch_workers

    watch_workers()
    form, shards = files
    try:
        with in_own_folder(), beam.Pipeline(argv=list(beam_arguments)) as pipeline:
            threads = worker_threads(list(beam_arguments))
            faces, rows = embed_photos(pipeline, photos, settings, threads, model)
            write_faces(faces, out, form, shards)
            counted = write_photos(rows, out)
            _ = (
                counted
                | "AllCounts" >> ToList()
                | "WriteCounts" >> beam.Map(write_counts, str(out / TOTALS_NAME), str(model), form)
            )
    except BaseException:
        remove(out, *WRITTEN)
        raise
    remove(out, LEFTOVERS)
    counts: dict[str, Any] = json.loads((out / TOTALS_NAME).read_text())
    return counts


def remove(out: Path, *patterns: str) -> None:
    """Removes files and folders of these names from the folder ``out``.

    Beam leaves folders of half-written files, ``beam-temp-*``, where an attempt was lost. Whoever reads all
    files would find those too.
    """
    for left in [path for pattern in patterns for path in out.glob(pattern)]:
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def write_counts(pairs: list[tuple[str, int]], file: str, model: str, form: str) -> None:
    """Writes the counts, whole or not at all. Beam may call it again; the file is the same each time."""
    counts = dict(pairs)
    told = {
        "model": model,
        "format": form,
        "photos": {"files": counts.get("files", 0), **{name: counts.get(name, 0) for name in STATUSES}},
        "faces": counts.get("n_faces", 0),
    }
    atomic_write(Path(file), json.dumps(told, indent=1))


def lines_of(counts: Mapping[str, Any]) -> list[str]:
    """The counts in words."""
    photos = counts["photos"]
    others = f"{photos['duplicate']} duplicates, {photos['rejected']} rejected"
    found = f"{counts['faces']} faces in {photos['faces']}, {photos['no_face']} without a face"
    return [f"{photos['files']} photos: {found}, {others}"]
