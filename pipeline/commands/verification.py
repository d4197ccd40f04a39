"""``facefold verify``: how well a model tells whether two photos show one person, on given pairs."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from components.evaluate.figures.bands import roc_band, verification_intervals
from components.evaluate.figures.slices import groups_of_pairs, sliceable, verification_slices
from components.evaluate.figures.verification import Scored, figures_of, score_pairs
from components.evaluate.figures.views import VIEWS
from components.ingest.decisions import read_decisions
from components.ingest.settings import IngestSettings
from components.ingest.sources import Photo
from components.pairs.files import Pairs, read_pairs, split_of
from components.photo_attributes import Attributes, read_attributes
from pipeline.commands.encoder import find_encoder
from pipeline.commands.pair_facts import (
    at_threshold_from,
    colour_yardstick,
    mining_of,
    photos_of,
    without_duplicates,
)
from pipeline.commands.progress_lines import teller
from pipeline.encoder import BATCH, Embedder, Encoder, load_embedder
from pipeline.recipes.pairs_found import missing_line
from pipeline.runners.root_folder import usable_cache
from schemas.example_kinds import example_kind
from schemas.paths import absolute

PAIRS_FILE = "pairs in LFW's format, CSV, DoppelVer's CSV or KinFaceW's .mat"
LEAST_FITTED = 128  # so many faces of photos in no pair are enough to fit principal axes on
Found = tuple[list[bytes | None], dict[str, int]]  # a chip or None for each photo, and counts of photos


@dataclass(frozen=True)
class Options:
    """What may be left out.

    ``detector`` is a detector's name; None is the run's own, or the recipes' default. ``face`` says which
    face of a photo with several is taken, by a key of ``components.ingest.chips.CHOICES``. ``attributes`` is
    a CSV of attributes; each attribute that divides the photos into groups gives figures for each group.
    ``view`` is 1 or 2, of P2; ``split`` takes only the pairs of this split. ``duplicates`` is the list of
    ``facefold duplicates``. ``threshold_from`` are other pairs, of photos below ``threshold_images``, that
    give a threshold at the false accept rate ``far``.
    ``decisions`` is a file of decisions about duplicates: what it leaves out has no face.
    """

    detector: str | None = None
    face: str = "central"
    attributes: str | None = None
    view: int | None = None
    split: str | None = None
    duplicates: str | None = None
    threshold_from: str | None = None
    threshold_images: str | None = None
    far: float = 0.01
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
        ``detector``, ``face``, ``photos`` (counts), ``kind``, ``miner`` and ``judged_on_own_mining`` (None
        where the pairs don't tell), the figures of ``verification.figures_of``, ``intervals``, ``roc``,
        ``slices`` (None without attributes), ``split`` (None for all), ``view`` (``views.view_one`` or
        ``views.view_two``), ``without_duplicates`` and ``elsewhere`` (None where not asked for), and
        ``colour``, the yardstick of pairs of kin (None for others).

    Raises:
        ValueError: the model, folder, pairs file or detector is wrong, or there is no photo of any pair.
        ModuleNotFoundError, FileNotFoundError: something that the detector or model needs is not installed.
    """
    options = options or Options()
    encoder = find_encoder(model)
    folder, pairs, attributes = given(images, pairs_file, options)
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
        here = (scored, pairs, dict(zip(chips, embeddings, strict=True)))
        elsewhere = of_threshold(options, settings, embedder, here, stream)
    photos = photos_of(folder)
    return {
        "model": encoder.name,
        "crop": embedder.crop,
        "dimension": embedder.dimension,
        "fitted_on": embedder.fitted_on,
        "fitted_beside_pairs": beside,
        "detector": settings.detector,
        "face": options.face,
        "photos": counts,
        **mining_of(embedder, pairs),
        **figures_of(scored),
        "intervals": verification_intervals(scored),
        "roc": roc_band(scored),
        "slices": slices_of(scored, pairs, attributes),
        "split": options.split,
        "view": None if options.view is None else VIEWS[options.view](scored, pairs.fold_names),
        "without_duplicates": without_duplicates(
            scored, pairs, photos, options.duplicates, settings.cache_dir
        ),
        "elsewhere": elsewhere,
        "colour": colour_yardstick(scored, pairs, photos),
    }


def given(images: str, pairs_file: str, options: Options) -> tuple[Path, Pairs, Attributes | None]:
    """The photos' folder, the pairs to judge, and attributes where there are any; raises ValueError."""
    folder = existing(images, "--images", os.path.isdir, "a folder of photos")
    pairs = read_pairs(existing(pairs_file, "--pairs", os.path.isfile, PAIRS_FILE))
    if options.split is not None:
        pairs = split_of(pairs, options.split)
    attributes = None
    if options.attributes:
        file = existing(options.attributes, "--attributes", os.path.isfile, "a CSV of attributes")
        attributes = read_attributes(file)
    return folder, pairs, attributes


def of_threshold(
    options: Options,
    settings: IngestSettings,
    embedder: Embedder,
    here: tuple[Scored, Pairs, Mapping[str, np.ndarray]],
    stream: TextIO | None,
) -> dict[str, Any] | None:
    """``pair_facts.at_threshold_from`` of the other pairs; None where none are given."""
    if options.threshold_from is None:
        return None
    file = existing(options.threshold_from, "--threshold-from", os.path.isfile, PAIRS_FILE)
    images = options.threshold_images or settings.images
    folder = existing(images, "--threshold-images", os.path.isdir, "the folder of the other pairs' photos")

    def embed(pairs: Pairs) -> dict[str, np.ndarray]:
        chosen = settings.changed(images=str(folder))
        find = partial(found_faces, settings=chosen, face=options.face, stream=stream)
        chips, _, _ = chips_of(pairs, folder, find, stream)
        return dict(zip(chips, embedder(list(chips.values())), strict=True))

    return at_threshold_from(file, options.far, embed, here)


def chips_of(
    pairs: Pairs, folder: Path, find: Callable[[list[Photo]], Found], stream: TextIO | None = None
) -> tuple[dict[str, bytes], list[Photo], dict[str, int]]:
    """The chips of the pairs' photos below ``folder``, the photos in no pair, and counts.

    ``find`` is ``found_faces`` with its settings. Returns {path without extension: chip} of the photos with a
    face, the photos in no pair, and the counts of ``find`` with the number of photos ``missing`` from the
    folder, which ``stream`` receives a line about first. Raises ValueError if no photo is there, or none has
    a face.
    """
    photos = photos_of(folder)
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
    there, the decisions are wrong, or the model takes no photos.
    """
    if encoder.kind != "face":
        subject = example_kind(encoder.kind).subject
        raise ValueError(
            f"--model {encoder.name} takes {subject}s, and no photos. Expected a model of photos. Choose "
            "another one, or see facefold assign."
        )
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

    chosen, rows = one_face_each(photos, settings, face, teller(stream))
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
