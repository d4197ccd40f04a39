"""``facefold verify``: how well a model tells whether two photos show one person, on given pairs."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from components.evaluate.figures.bands import roc_band, verification_intervals
from components.evaluate.figures.slices import (
    Attributes,
    groups_of_pairs,
    read_attributes,
    sliceable,
    verification_slices,
)
from components.evaluate.figures.verification import FARS, Pairs, Scored, figures_of, read_pairs, score_pairs
from components.face_table import without_extension
from components.ingest.decisions import read_decisions
from components.ingest.settings import IngestSettings
from components.ingest.sources import Photo, list_folder
from pipeline.commands.encoder import find_encoder
from pipeline.encoder import BATCH, Encoder, load_embedder
from pipeline.recipes.pairs_found import missing_line
from pipeline.runners.root_folder import usable_cache
from schemas.paths import absolute

LEAST_FITTED = 128  # so many faces of photos in no pair are enough to fit principal axes on
Found = tuple[list[bytes | None], dict[str, int]]  # a chip or None for each photo, and counts of photos


@dataclass(frozen=True)
class Options:
    """What may be left out.

    ``detector`` is a detector's name; None is the run's own, or the recipes' default. ``face`` says which
    face of a photo with several is taken, by a key of ``components.ingest.chips.CHOICES``. ``attributes`` is
    a CSV of attributes; each attribute that divides the photos into groups gives figures for each group.
    ``decisions`` is a file of decisions about duplicates: what it leaves out has no face.
    """

    detector: str | None = None
    face: str = "central"
    attributes: str | None = None
    decisions: str | None = None


def verify(
    model: str,
    images: str,
    pairs_file: str,
    root: str | None,
    options: Options | None = None,
    stream: TextIO | None = None,
) -> dict[str, Any]:
    """Verification of ``model`` on the pairs of ``pairs_file`` whose photos are below ``images``.

    Faces are found and aligned as in a run, and kept in the photo cache under ``root``. Only photos that a
    pair names are read; for ``pca`` also the others, which it is fitted on.

    Args:
        model: a key of ``REFERENCES``, or a folder, as in ``encoder.find_encoder``.
        images: the photos' folder.
        pairs_file: pairs in LFW's format or as CSV.
        root: the folder with the photo cache; None keeps nothing.
        options: what may be left out.
        stream: receives lines about the progress, for a person to read; None for none.

    Returns:
        A dict for JSON: ``model``, ``crop``, ``dimension``, ``fitted_on``, ``fitted_beside_pairs``,
        ``detector``, ``face``, ``photos`` (counts), the figures of ``verification.figures_of``,
        ``intervals``, ``roc``, ``slices`` (None without attributes).

    Raises:
        ValueError: the model, folder, pairs file or detector is wrong, or there is no photo of any pair.
        ModuleNotFoundError, FileNotFoundError: something that the detector or model needs is not installed.
    """
    options = options or Options()
    encoder = find_encoder(model)
    folder = existing(images, "--images", os.path.isdir, "a folder of photos")
    pairs = read_pairs(existing(pairs_file, "--pairs", os.path.isfile, "pairs in LFW's format or CSV"))
    attributes = None
    if options.attributes:
        file = existing(options.attributes, "--attributes", os.path.isfile, "a CSV of attributes")
        attributes = read_attributes(file)
    settings = ingest_settings(encoder, folder, root, options.detector, options.decisions)
    find = partial(found_faces, settings=settings, face=options.face, stream=stream)
    chips, others, counts = chips_of(pairs, folder, find, stream)
    fit_on: list[bytes] | None = None
    beside: bool | None = None
    if model == "pca":
        fit_on, beside = chips_to_fit_on(find(others)[0], list(chips.values()))
    with load_embedder(encoder, settings.detector, fit_on, BATCH) as embedder:
        embeddings = embedder(list(chips.values()))
    scored = score_pairs(embeddings, {path: row for row, path in enumerate(chips)}, pairs)
    return {
        "model": encoder.name,
        "crop": embedder.crop,
        "dimension": embedder.dimension,
        "fitted_on": embedder.fitted_on,
        "fitted_beside_pairs": beside,
        "detector": settings.detector,
        "face": options.face,
        "photos": counts,
        **figures_of(scored),
        "intervals": verification_intervals(scored),
        "roc": roc_band(scored),
        "slices": slices_of(scored, pairs, attributes),
    }


def chips_of(
    pairs: Pairs, folder: Path, find: Callable[[list[Photo]], Found], stream: TextIO | None = None
) -> tuple[dict[str, bytes], list[Photo], dict[str, int]]:
    """The chips of the pairs' photos below ``folder``, the photos in no pair, and counts.

    ``find`` is ``found_faces`` with its settings. Returns {path without extension: chip} of the photos with a
    face, the photos in no pair, and the counts of ``find`` with the number of photos ``missing`` from the
    folder, which ``stream`` receives a line about first. Raises ValueError if no photo is there, or none has
    a face.
    """
    photos = {without_extension(photo.path): photo for photo in reversed(list_folder(str(folder)))}
    wanted = dict.fromkeys([*pairs.first, *pairs.second])
    named = [path for path in wanted if path in photos]
    if not named:
        such = f"such as {pairs.first[0]}.jpg" if len(pairs.first) else "at least one pair"
        raise ValueError(f"No photo of any pair is below {folder}. Expected {such}. Check --images.")
    if stream is not None and (line := missing_line(pairs, photos)):
        stream.write(f"{line}\n")
        stream.flush()
    found, counts = find([photos[path] for path in named])
    chips = {path: chip for path, chip in zip(named, found, strict=True) if chip is not None}
    if not chips:
        raise ValueError(
            f"None of {len(named)} photos has a face. Expected one. Try another --detector, or none."
        )
    others = [photo for path, photo in sorted(photos.items()) if path not in wanted]
    return chips, others, {**counts, "missing": len(wanted) - len(named)}


def existing(path: str, option: str, test: Callable[[Path], bool], expected: str) -> Path:
    """``path`` as an absolute path; raises ValueError if ``test`` says that it is not what was expected."""
    found = absolute(path, option)
    if not test(found):
        raise ValueError(f"{option} {path} does not exist as such. Expected {expected}. Check the path.")
    return found


def ingest_settings(
    encoder: Encoder, folder: Path, root: str | None, detector: str | None, decisions: str | None = None
) -> IngestSettings:
    """How faces are found: as in the model's own run, or as in recipes; by ``detector`` where it is given.

    What is found is kept in the photo cache under ``root``; with None nothing is kept. ``decisions`` is a
    file of decisions about duplicates, or None. Raises ValueError, one line, where faces can't be kept
    there, or the decisions are wrong.
    """
    chosen = dict(encoder.ingest)
    if detector is not None:
        chosen["detector"] = detector
    if decisions is not None:
        file = existing(decisions, "--decisions", os.path.isfile, "decisions about duplicates, JSON lines")
        read_decisions(file)
        chosen["decisions"] = str(file)
    cache_dir = "" if root is None else str(usable_cache(root))
    return IngestSettings(**chosen, source="folder", images=str(folder), cache_dir=cache_dir)


def found_faces(photos: Sequence[Photo], settings: IngestSettings, face: str, stream: TextIO | None) -> Found:
    """The chip of one face of each photo, or None without a face, and counts of photos by their outcome."""
    from components.ingest.chips import one_face_each

    def tell(done: int, total: int) -> None:
        if stream is not None and (done == total or done % 500 == 0):
            stream.write(f"{done} of {total} photos searched for faces\n")
            stream.flush()

    chosen, rows = one_face_each(photos, settings, face, tell)
    chips = [None if one is None else one.chip for one in chosen]
    statuses = [row.status for row in rows]
    counts = {name: statuses.count(name) for name in ("faces", "no_face", "rejected", "duplicate")}
    several = sum(row.n_faces > 1 for row in rows)
    return chips, {"named_and_found": len(photos), **counts, "several_faces": several}


def chips_to_fit_on(others: Sequence[bytes | None], chips: list[bytes]) -> tuple[list[bytes], bool]:
    """Chips to fit principal axes on, without labels, and whether all of them are of photos in no pair.

    ``others`` are the chips of photos in no pair, None where a photo has no face. If they are too few, the
    pairs' own ``chips`` are added.
    """
    beside = [chip for chip in others if chip is not None]
    return (beside, True) if len(beside) > LEAST_FITTED else (beside + chips, False)


def slices_of(scored: Scored, pairs: Pairs, attributes: Attributes | None) -> dict[str, Any] | None:
    """``verification_slices`` of every attribute that divides the pairs' photos; None without attributes."""
    if attributes is None:
        return None
    paths = [*pairs.first, *pairs.second]
    return {
        column: verification_slices(scored, groups_of_pairs(pairs, scored, attributes, column))
        for column in sliceable(paths, attributes)
    }


def lines_of(result: Mapping[str, Any]) -> list[str]:
    """The result as a table, line by line."""
    photos, sure = result["photos"], result["intervals"]["intervals"]
    lines = [
        f"{result['model']}: {result['dimension']} numbers a face, detector {result['detector']}",
        f"{photos['named_and_found']} photos: {photos['faces']} with a face ({photos['several_faces']} with "
        f"several, the {result['face']} one counts), {photos['no_face']} without, {photos['rejected']} "
        f"rejected; {photos['missing']} are not there"
        + (f"; {photos['duplicate']} left out by decisions" if photos["duplicate"] else ""),
        f"{result['pairs']} pairs compared, {result['missing']} not, for want of a face",
    ]
    if result["fitted_on"] is not None:
        which = "photos in no pair" if result["fitted_beside_pairs"] else "all photos, the pairs' among them"
        lines.append(f"fitted without labels on {result['fitted_on']} faces of {which}")
    if result["auc"] is None:
        return [*lines, f"no figures: {result['intervals']['undefined']}"]
    names = {"accuracy": "accuracy", "auc": "ROC AUC", "eer": "equal error rate"}
    lines.append(f"{'':18}{'value':>8}   95% interval (drawn: {result['intervals']['by']})")
    for name, words in names.items():
        one = sure[name]
        span = "-" if one["low"] is None else f"{one['low']:.4f} to {one['high']:.4f}"
        error = result["accuracy_se"]
        extra = (
            f"   standard error over folds {error:.4f}" if name == "accuracy" and error is not None else ""
        )
        lines.append(f"{words:18}{result[name]:8.4f}   {span}{extra}")
    for far in FARS:
        lines.append(accept_line(far, result["tar"][far]))
    return lines + [line for column, found in (result["slices"] or {}).items() for line in gap(column, found)]


def accept_line(far: object, entry: Mapping[str, Any]) -> str:
    """One line about the true accept rate at a false accept rate."""
    words = f"TAR at FAR {far}"
    if entry["rate"] is None:
        return f"{words:18}{'-':>8}   {entry['reason']}"
    reached = f"FAR reached {entry['far']:.4f} of {entry['n_neg']} pairs of two people"
    return f"{words:18}{entry['rate']:8.4f}   {reached}"


def gap(column: str, found: Mapping[str, Any]) -> list[str]:
    """Lines about one attribute: each group, and the largest gap between two groups."""
    lines = []
    for name, entry in found["groups"].items():
        accuracy = entry["figures"]["accuracy"]
        told = "no figures" if accuracy is None else f"accuracy {accuracy:.4f}"
        lines.append(f"{column}={name}: {entry['n']} pairs, {told}")
    largest = found["gap"]
    if largest is not None:
        overlap = "the intervals overlap" if largest["overlap"] else "the intervals do not overlap"
        lines.append(
            f"{column}: largest gap {largest['gap']:.4f} in {largest['metric']}, {column}={largest['high']} "
            f"above {column}={largest['low']}; {overlap}"
        )
    lines.append(f"{column}: {found['mixed']} pairs across groups, {found['unknown']} of unknown groups")
    return lines
