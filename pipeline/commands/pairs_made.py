"""The work of ``facefold pairs``: finds faces, asks the model who looks alike, draws and writes pairs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from components.face_table import without_extension
from components.ingest.sources import list_folder
from components.pairs.duplicates import pictures_of, read_duplicates
from components.pairs.files import Pairs
from components.pairs.gallery import Gallery, gallery_of
from components.pairs.look_alikes import centroids_of, matched, read_look_alikes
from components.pairs.making import Asked, make_pairs
from components.pairs.miner import miner_of
from components.pairs.statistics import statistics_of
from components.pairs.writing import write_pairs
from components.photo_attributes import groups_of, read_attributes
from pipeline.commands.encoder import find_encoder
from pipeline.commands.pair_facts import hashes_of
from pipeline.commands.verification import existing, found_faces, ingest_settings
from pipeline.encoder import BATCH, Encoder, load_embedder
from schemas.paths import absolute, writable_folder

SEX = ("male", "sex", "gender")


@dataclass(frozen=True)
class Choices:
    """What may be left out, as the command's arguments of these names."""

    model: str | None = None
    look_alikes: str | None = None
    duplicates: str | None = None
    detector: str | None = None
    face: str = "central"
    attributes: str | None = None
    group: str | None = None


@dataclass(frozen=True)
class Seen:
    """Photos with a face: their ``gallery``, the ``chips`` of its photos, and ``counts`` of all photos."""

    gallery: Gallery
    chips: list[bytes]
    counts: dict[str, int]


def write_made(
    images: str,
    asked: Asked,
    choices: Choices,
    out: tuple[str, str],
    root: str | None = None,
    stream: TextIO | None = None,
) -> dict[str, Any]:
    """Makes pairs of the photos below ``images``, in a folder for each person, and writes them.

    Args:
        images: the photos' folder.
        asked: what is asked for.
        choices: what may be left out.
        out: the file to write, and its format, a key of ``writing.FORMS``.
        root: the folder with the photo cache; None keeps nothing.
        stream: receives lines about the progress, for a person to read; None for none.

    Returns:
        A dict for JSON: ``file``, ``format``, ``kind``, ``miner`` (None if no model chose the pairs),
        ``seed``, ``photos`` (counts), ``group`` (the attribute that is counted, or None), ``look_alikes``
        (names), ``unknown_names`` (of the list that are not there), ``statistics`` (as
        ``statistics.statistics_of``).

    Raises:
        ValueError: an argument is wrong, or there are too few people or photos; one line.
        ModuleNotFoundError, FileNotFoundError: something that the detector or model needs is not installed.
    """
    needed = asked.kind == "vise" or (asked.kind == "doppelganger" and choices.look_alikes is None)
    if choices.model is None and needed:
        raise ValueError(
            f"{asked.kind} pairs need a model that mines them. Expected --model DIR|NAME"
            + (", or --look-alikes FILE." if asked.kind == "doppelganger" else ".")
        )
    file = absolute(out[0], "--out")
    if os.path.isdir(file):
        raise ValueError(f"--out {out[0]} is a folder. Expected the name of a file to write.")
    writable_folder(file.parent, "--out")
    encoder = Encoder("no model") if choices.model is None else find_encoder(choices.model)
    seen = seen_below(images, encoder, choices, root, stream)
    embeddings, miner = None, ""
    if needed:
        with load_embedder(encoder, choices.detector, seen.chips, BATCH) as embedder:
            embeddings, miner = embedder(seen.chips), miner_of(embedder.space, embedder.weights)
    look_alikes, unknown = look_alikes_of(seen.gallery, choices.look_alikes, embeddings)
    made = make_pairs(seen.gallery, look_alikes, asked, embeddings, miner)
    names = [(seen.gallery.names[a], seen.gallery.names[b]) for a, b in look_alikes]
    column, groups = groups_in(made.pairs, choices)
    told = {
        "photos": seen.counts,
        "group": column,
        "look_alikes": names,
        "unknown_names": unknown,
        "statistics": statistics_of(made.pairs, made.components, groups),
    }
    write_pairs(made.pairs, file, out[1], told)
    about = {"kind": asked.kind, "miner": miner or None, "seed": asked.seed}
    return {"file": str(file), "format": out[1], **about, **told}


def seen_below(
    images: str, encoder: Encoder, choices: Choices, root: str | None, stream: TextIO | None
) -> Seen:
    """The photos below ``images`` that pairs may name: with a face, in a person's folder, each picture once.

    Raises ValueError where there are none.
    """
    folder = existing(images, "--images", os.path.isdir, "a folder of photos")
    settings = ingest_settings(encoder, folder, root, choices.detector)
    duplicates = []
    if choices.duplicates:
        file = existing(choices.duplicates, "--duplicates", os.path.isfile, "a list of duplicates")
        duplicates = read_duplicates(file)
    listed = list_folder(str(folder))
    names = {without_extension(photo.path): photo for photo in reversed(listed) if photo.label}
    photos = sorted(names.values(), key=lambda photo: photo.path)
    chips, counts = found_faces(photos, settings, choices.face, stream)
    kept = [i for i, chip in enumerate(chips) if chip is not None]
    if not kept:
        raise ValueError(
            f"No photo in a person's folder below {folder} has a face. Expected <person>/<photo>. Check "
            "--images."
        )
    pictures = pictures_of(
        [photos[i].path for i in kept], hashes_of([photos[i] for i in kept], settings.cache_dir), duplicates
    )
    paths, people = [photos[i].path for i in kept], [photos[i].label for i in kept]
    gallery, left_out = gallery_of(paths, people, pictures)
    if not gallery.paths:
        raise ValueError(
            f"All {left_out.two_people} photos are of a picture under two names, of which one is wrong. "
            "Expected folders of people. Check --images."
        )
    counts = {
        "listed": len(listed),
        **{key: counts[key] for key in ("faces", "no_face", "rejected", "several_faces")},
        "repeated": left_out.repeated,
        "two_people": left_out.two_people,
        "used": len(gallery.paths),
    }
    rows = [kept[row] for row in gallery.rows.tolist()]
    return Seen(gallery, [chip for row in rows if (chip := chips[row]) is not None], counts)


def look_alikes_of(
    gallery: Gallery, file: str | None, embeddings: np.ndarray | None
) -> tuple[list[tuple[int, int]], list[str]]:
    """Who looks like whom, by a list or else by embeddings (n, d); and the list's names that are not there.

    Without either nobody looks like anybody.
    """
    if file is not None:
        names = existing(file, "--look-alikes", os.path.isfile, "a CSV of two names a row")
        return read_look_alikes(names, gallery.names)
    if embeddings is None:
        return [], []
    return matched(centroids_of(embeddings, gallery.people)), []


def groups_in(pairs: Pairs, choices: Choices) -> tuple[str | None, dict[str, str | None] | None]:
    """The attribute that is counted, and its value for each photo in a pair; None without attributes."""
    if choices.attributes is None:
        return None, None
    file = existing(choices.attributes, "--attributes", os.path.isfile, "a CSV of attributes")
    attributes = read_attributes(file)
    column = choices.group or next((name for name in attributes.columns if name.lower() in SEX), None)
    if column is None:
        raise ValueError(
            f"{choices.attributes} has no column {', '.join(SEX)}. Expected one; give --group COLUMN."
        )
    paths = list(dict.fromkeys((*pairs.first, *pairs.second)))
    return column, dict(zip(paths, groups_of(paths, attributes, column), strict=True))


def lines_of(result: Mapping[str, Any]) -> list[str]:
    """The result in words, line by line."""
    photos, told = result["photos"], result["statistics"]
    share = told["identity_share"]
    lines = [
        f"{photos['listed']} files: {photos['faces']} photos with a face, {photos['no_face']} without, "
        f"{photos['rejected']} rejected; left out {photos['repeated']} repeated and {photos['two_people']} "
        "under two names",
        f"{told['pairs']} pairs, {told['of_one_person']} of one person, of {told['people']} people in "
        f"{told['photos']} photos; {told['splits']} splits of {told['people_a_split']['least']} to "
        f"{told['people_a_split']['most']} people",
        f"a person's share of a split: least {share['least']:.2%}, most {share['most']:.2%}, deviation "
        f"{share['deviation']:.2%}",
    ]
    sizes = ", ".join(f"{n} of {size}" for size, n in told["components"].items())
    lines.append(f"people who hang together by look-alikes: {sizes}")
    if told["groups"] is not None:
        parts = "; ".join(f"{value}: {part:.2%}" for value, part in told["groups"].items())
        lines.append(f"photos in pairs by {result['group']}: {parts}")
    if result["unknown_names"]:
        unknown = result["unknown_names"]
        lines.append(f"{len(unknown)} names of look-alikes are not there, first {unknown[0]!r}")
    if result["miner"]:
        lines.append(f"mined by {result['miner']}: its own figures on these pairs say nothing of it")
    return [*lines, f"{result['file']}, and {Path(result['file']).name}.json beside it"]
