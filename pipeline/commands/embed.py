"""``facefold embed``: embeddings and groups of any number of photos, in sharded files, on any Beam runner."""

import argparse
import json
import os
from pathlib import Path

from pipeline.beam.presets import beam_choice
from pipeline.commands.arguments import add_beam, add_json, add_root
from pipeline.commands.outcome import DONE, FAILED, WRONG_ARGUMENTS, complain, say

FORMATS = ("parquet", "tfrecord")
TOTALS_NAME = "embed.json"
STATUSES = ("faces", "no_face", "duplicate", "rejected")


HELP = "embed any number of photos by a pushed model, into files"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """What the command takes."""
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
    add_root(command, "keeps the faces found, as run's")
    add_json(command, "print the counts as one JSON object")
    add_beam(command)


def run_command(options: argparse.Namespace) -> int:
    """0 done, 1 failure, 2 wrong arguments."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
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
        told = " ".join(str(error).split("\n\n")[0].split())[-600:]
        complain(f"the embedding failed. {type(error).__name__}: {told}")
        return FAILED
    say(json.dumps(counts) if options.json else "\n".join(lines_of(counts)))
    return DONE


def prepare(options):
    """(photos, settings, the SavedModel's folder, where to write) of the command's arguments.

    Raises ValueError for a model that has no groups or takes no photos, a folder of photos that is missing,
    a folder to write to that holds anything, and a wrong ``--beam`` or number of shards.
    """
    from components.ingest.sources import list_folder
    from pipeline.beam.embedding import OUTPUTS
    from pipeline.commands.encoder import YARDSTICKS, check_outputs, find_encoder, saved_signatures
    from pipeline.commands.verification import ingest_settings

    choice = beam_choice(options.beam)
    if options.model in YARDSTICKS:
        raise ValueError(f"--model {options.model} has no groups. Expected the folder of a pushed model.")
    if options.shards < 0:
        raise ValueError(f"--shards {options.shards} is wrong. Expected a number of files, or 0.")
    out = Path(options.out).expanduser().absolute()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ValueError(
            f"--out {options.out} is not empty: old files beside new ones would double faces. Expected a new "
            "or empty folder. Give another, or empty it."
        )
    encoder = find_encoder(options.model)
    check_outputs(saved_signatures(encoder.folder), OUTPUTS, encoder.folder)
    images = Path(options.images).expanduser().absolute()
    root = options.root if choice.shared_files else None
    settings = ingest_settings(encoder, images, root, None)
    return list_folder(str(images)), settings, encoder.folder, out


def embed(photos, settings, model, out, files, beam_arguments):
    """Embeds every face of ``photos`` and returns the counts, the object of ``--json``.

    ``files`` are the format and the number of files of faces, 0 for as many as the runner likes.

    Writes into ``out``: ``faces-*``, a row a face (path, face_index, box, embedding, cluster, probability,
    unknown), ``photos-*.parquet``, a row a photo, and ``embed.json``, the counts, last of all.
    """
    import apache_beam as beam

    from components.ingest.beam_stages import remove_leftovers, worker_threads
    from pipeline.beam.embedding import embed_photos, write_faces, write_photos

    out.mkdir(parents=True, exist_ok=True)
    form, shards = files
    with beam.Pipeline(argv=list(beam_arguments)) as pipeline:
        threads = worker_threads(list(beam_arguments))
        faces, rows = embed_photos(pipeline, photos, settings, threads, model)
        write_faces(faces, out, form, shards)
        told = write_photos(rows, out)
        _ = (
            told
            | "AllCounts" >> beam.combiners.ToList()
            | "WriteCounts" >> beam.Map(write_counts, str(out / TOTALS_NAME), str(model), form)
        )
    remove_leftovers(str(out))
    return json.loads((out / TOTALS_NAME).read_text())


def write_counts(pairs, file, model, form):
    """Writes the counts; whole or not at all, and the same however often."""
    from components.ingest.photo_cache import write_atomically

    counts = dict(pairs)
    told = {
        "model": model,
        "format": form,
        "photos": {"files": counts.get("files", 0), **{name: counts.get(name, 0) for name in STATUSES}},
        "faces": counts.get("n_faces", 0),
    }
    write_atomically(Path(file), json.dumps(told, indent=1).encode())


def lines_of(counts):
    """The counts in words."""
    photos = counts["photos"]
    others = f"{photos['duplicate']} duplicates, {photos['rejected']} rejected"
    found = f"{counts['faces']} faces in {photos['faces']}, {photos['no_face']} without a face"
    return [f"{photos['files']} photos: {found}, {others}"]
