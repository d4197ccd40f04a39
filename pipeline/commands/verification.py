"""``facefold verify``: how well a model tells whether two photos show one person, on given pairs."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from components.evaluate.figures.bands import roc_band, verification_intervals
from components.evaluate.figures.slices import (
    groups_of_pairs,
    read_attributes,
    sliceable,
    verification_slices,
)
from components.evaluate.figures.verification import FARS, figures_of, read_pairs, score_pairs
from components.face_table import without_extension
from components.ingest.settings import IngestSettings
from components.ingest.sources import list_folder
from pipeline.commands.encoder import embed, find_encoder
from pipeline.dag.layout import Layout

LEAST_FITTED = 128  # faces beside the pairs' that are enough to fit principal axes on


@dataclass(frozen=True)
class Options:
    """What may be left out.

    ``detector``: a detector's name; None is the run's own, or the recipes' default. ``face``: which face of a
    photo with several, a key of ``components.ingest.chips.CHOICES``. ``attributes``: a CSV of attributes;
    every one that makes groups is a slice.
    """

    detector: str | None = None
    face: str = "central"
    attributes: str | None = None


def verify(model, images, pairs_file, root, options=None, stream=None):
    """Verification of ``model`` on the pairs of ``pairs_file`` whose photos lie below ``images``.

    Faces are found and aligned as in a run, and kept in the photo cache under ``root``. Only photos that a
    pair names are read, and for ``pca`` the others, which it is fitted on.

    Args:
        model: ``pretrained_face``, ``pixels``, ``pca``, or a folder as in ``encoder.find_encoder``.
        images: the photos' folder.
        pairs_file: pairs in LFW's format or as CSV.
        root: where the photo cache is.
        options: what may be left out.
        stream: gets lines for a person about what goes on, or None.

    Returns:
        A dict for JSON: ``model``, ``crop``, ``dimension``, ``fitted_on``, ``fitted_beside_pairs``,
        ``detector``, ``face``, ``photos`` (counts), the figures of ``verification.figures_of``,
        ``intervals``, ``roc``, ``slices`` (None without attributes).

    Raises:
        ValueError: a wrong model, folder, pairs file, detector, or no photo of any pair; one line.
        ModuleNotFoundError, FileNotFoundError: what a detector or model needs is not installed.
    """
    options = options or Options()
    encoder = find_encoder(model)
    folder = existing(images, "--images", Path.is_dir, "a folder of photos")
    pairs = read_pairs(existing(pairs_file, "--pairs", Path.is_file, "pairs in LFW's format or CSV"))
    attributes = None
    if options.attributes:
        file = existing(options.attributes, "--attributes", Path.is_file, "a CSV of attributes")
        attributes = read_attributes(file)
    settings = ingest_settings(encoder, folder, root, options.detector)
    find = partial(found_faces, settings=settings, face=options.face, stream=stream)
    chips, others, counts = chips_of(pairs, folder, find)
    fit_on, beside = (
        chips_to_fit_on(find(others)[0], list(chips.values())) if model == "pca" else (None, None)
    )
    embeddings, about = embed(encoder, list(chips.values()), settings.detector, fit_on)
    scored = score_pairs(embeddings, {path: row for row, path in enumerate(chips)}, pairs)
    return {
        "model": encoder.name,
        **about,
        "fitted_beside_pairs": beside,
        "detector": settings.detector,
        "face": options.face,
        "photos": counts,
        **figures_of(scored),
        "intervals": verification_intervals(scored),
        "roc": roc_band(scored),
        "slices": slices_of(scored, pairs, attributes),
    }


def chips_of(pairs, folder, find):
    """The chips of the pairs' photos below ``folder``, the photos in no pair, and counts.

    Returns {path without extension: chip} of the photos with a face, a list of ``Photo``, and the counts of
    ``find``, which is ``found_faces``, with those ``missing`` from the folder. Raises ValueError where no
    photo is there, or none has a face.
    """
    photos = {without_extension(photo.path): photo for photo in reversed(list_folder(str(folder)))}
    wanted = dict.fromkeys([*pairs.first, *pairs.second])
    named = [path for path in wanted if path in photos]
    if not named:
        such = f"such as {pairs.first[0]}.jpg" if len(pairs.first) else "at least one pair"
        raise ValueError(f"No photo of any pair is below {folder}. Expected {such}. Check --images.")
    found, counts = find([photos[path] for path in named])
    chips = {path: chip for path, chip in zip(named, found, strict=True) if chip is not None}
    if not chips:
        raise ValueError(
            f"None of {len(named)} photos has a face. Expected one. Try another --detector, or none."
        )
    others = [photo for path, photo in sorted(photos.items()) if path not in wanted]
    return chips, others, {**counts, "missing": len(wanted) - len(named)}


def existing(path, option, test, expected):
    """``path`` absolute; raises ValueError where it is not what was expected."""
    found = Path(path).expanduser().absolute()
    if not test(found):
        raise ValueError(f"{option} {path} does not exist as such. Expected {expected}. Check the path.")
    return found


def ingest_settings(encoder, folder, root, detector):
    """How faces are found: as the model's own run did, or as recipes do; by ``detector`` where given.

    They are kept in the photo cache under ``root``; None keeps nothing.
    """
    chosen = dict(encoder.ingest)
    if detector is not None:
        chosen["detector"] = detector
    cache_dir = "" if root is None else str(Layout(root).photos)
    return IngestSettings(**chosen, source="folder", images=str(folder), cache_dir=cache_dir)


def found_faces(photos, settings, face, stream):
    """The chip of one face of each photo, or None; counts of photos by what became of them."""
    from components.ingest.chips import one_face_each

    def tell(done, total):
        if stream is not None and (done == total or done % 500 == 0):
            stream.write(f"{done} of {total} photos searched for faces\n")
            stream.flush()

    chips, rows = one_face_each(photos, settings, face, tell)
    statuses = [row.status for row in rows]
    counts = {name: statuses.count(name) for name in ("faces", "no_face", "rejected")}
    several = sum(row.n_faces > 1 for row in rows)
    return chips, {"named_and_found": len(photos), **counts, "several_faces": several}


def chips_to_fit_on(others, chips):
    """Chips to fit principal axes on, without labels, and whether they are of photos in no pair.

    ``others`` are those beside the pairs, None where a photo has no face. Where they are too few, all are
    used, with the pairs' ``chips``.
    """
    beside = [chip for chip in others if chip is not None]
    return (beside, True) if len(beside) > LEAST_FITTED else (beside + chips, False)


def slices_of(scored, pairs, attributes):
    """``verification_slices`` of every attribute that makes groups of the pairs' photos; None without any."""
    if attributes is None:
        return None
    paths = [*pairs.first, *pairs.second]
    return {
        column: verification_slices(scored, groups_of_pairs(pairs, scored, attributes, column))
        for column in sliceable(paths, attributes)
    }


def lines_of(result):
    """The result as a table in words: a list of lines."""
    photos, sure = result["photos"], result["intervals"]["intervals"]
    lines = [
        f"{result['model']}: {result['dimension']} numbers a face, detector {result['detector']}",
        f"{photos['named_and_found']} photos: {photos['faces']} with a face ({photos['several_faces']} with "
        f"several, the {result['face']} one counts), {photos['no_face']} without, {photos['rejected']} "
        f"rejected; {photos['missing']} are not there",
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


def accept_line(far, entry):
    """One line about true accepts at a false accept rate."""
    words = f"TAR at FAR {far}"
    if entry["rate"] is None:
        return f"{words:18}{'-':>8}   {entry['reason']}"
    reached = f"FAR reached {entry['far']:.4f} of {entry['n_neg']} pairs of two people"
    return f"{words:18}{entry['rate']:8.4f}   {reached}"


def gap(column, found):
    """Lines about one attribute: each group, and the largest gap between two."""
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
