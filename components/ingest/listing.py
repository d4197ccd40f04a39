"""Which photos a run takes, and what they are compared by with those of another run. Names decide nothing."""

from __future__ import annotations

import fnmatch
import hashlib
import os
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from components.ingest.content import content_hashes
from components.ingest.decoding.file_kinds import RejectedPhoto
from components.ingest.own_roots import OWN_ROOT
from components.ingest.settings import IngestSettings, SourceSettings
from components.ingest.sources import Photo, each_or_reason, list_folder
from components.ingest.tables import INTAKES
from schemas.entry import Entry
from schemas.settings import Settings, paths_of

# Folders of bins, thumbnails and versions: Synology, Windows, Linux' and macOS's bins, Android, Syncthing,
# git-annex, archives of macOS, QNAP, digiKam.
BINS = (
    *("@eaDir", "#recycle", "$RECYCLE.BIN", ".Trash", ".Trash-*", ".Trashes", ".thumbnails", ".stversions"),
    *(".git", "__MACOSX", "@Recycle", ".@__thumb", ".dtrash"),
)
NO_MEDIA = ".nomedia"
# Endings of cameras' raw pictures, and of what cameras write beside them.
RAW_ENDINGS = (
    *(".dng", ".cr2", ".cr3", ".nef", ".nrw", ".arw", ".orf", ".pef", ".rw2", ".raf", ".srw", ".x3f", ".mrw"),
    *(".3fr", ".iiq", ".rwl"),
)
DEVELOPED_ENDINGS = (".jpg", ".jpeg", ".heic", ".heif", ".hif")
LEFT_OUT, WHY_LEFT_OUT = "left_out", "a folder of what was thrown away, or of what other programs made"


def list_photos(settings: SourceSettings, tell: Callable[[str], None] | None = None) -> list[Photo]:
    """All files of the settings' source, sorted by path, or ``max_photos`` of them.

    Those have the lowest hashes of their content, so that neither the names of photos and folders nor their
    order decides which. Files that can't be read come after all others. Folders in which facefold keeps its
    runs are left out; ``tell`` is given a line for each.
    """
    name = settings.source.partition(":")[2]
    found: list[Photo] = settings.entry.load()(name or settings.images)
    photos = [photo for photo in found if photo.problem != OWN_ROOT]
    if not settings.entry.endings:  # a folder of files
        asked = [name.strip() for name in getattr(settings, "leave_out", "").split(",") if name.strip()]
        photos = without_raw_twins(without_bins(photos, (*BINS, *asked)))
    if isinstance(settings, IngestSettings) and settings.labels == "none":
        photos = [replace(photo, label="") for photo in photos]
    for photo in found if tell else ():
        if tell and photo.problem == OWN_ROOT:
            tell(f"{photo.path} is left out: it is no folder of photos, facefold keeps its own files there")
    most = settings.max_photos or len(photos)
    if len(photos) <= most:
        return photos
    hashes = hashes_of(photos, settings)
    readable = [not isinstance(found, RejectedPhoto) for found in hashes]
    order = sorted(range(len(photos)), key=lambda i: (not readable[i], str(hashes[i]), photos[i].path))
    return [photos[i] for i in sorted(order[:most])]


def hashes_of(photos: list[Photo], settings: SourceSettings) -> list[str | RejectedPhoto]:
    """The content hash of each photo, drawing or picture, or why there is none."""
    found: list[str | RejectedPhoto] = Entry(INTAKES[settings.kind].hashes).load()(photos, settings.cache_dir)
    return found


def photos_below(folder: str) -> list[Photo]:
    """All files below a folder, sorted by path, without facefold's own roots, and one row for each bin.

    Of a raw picture and the photo that the camera made of it, the raw picture is left out.
    """
    photos = (photo for photo in list_folder(folder) if photo.problem != OWN_ROOT)
    return without_raw_twins(without_bins(photos, BINS))


def without_raw_twins(photos: Iterable[Photo]) -> list[Photo]:
    """The photos; a raw picture beside a JPEG or HEIC of its name is left out, and its row names that one.

    A camera that writes both writes the same photo twice, and each face in it would be there twice.
    """
    photos = list(photos)
    names = [os.path.splitext(photo.path) for photo in photos]
    developed: dict[str, str] = {}
    for photo, (name, ending) in zip(photos, names, strict=True):
        if ending.lower() in DEVELOPED_ENDINGS and not photo.problem:
            developed.setdefault(name, photo.path)
    return [
        replace(photo, problem=f"{LEFT_OUT}: the raw picture of {developed[name]}")
        if ending.lower() in RAW_ENDINGS and name in developed and not photo.problem
        else photo
        for photo, (name, ending) in zip(photos, names, strict=True)
    ]


def without_bins(photos: Iterable[Photo], patterns: Iterable[str]) -> list[Photo]:
    """The photos, and one that is left out for each folder whose name fits a pattern, or that holds .nomedia.

    Such folders hold what a person has thrown away, or what other programs have made of the photos.
    """
    photos, patterns = list(photos), tuple(patterns)
    hidden = {os.path.dirname(photo.path) for photo in photos if os.path.basename(photo.path) == NO_MEDIA}
    kept: dict[str, Photo] = {}
    for photo in photos:
        folder = bin_of(photo.path, patterns, hidden - {""})
        if folder:
            why = f"{LEFT_OUT}: {WHY_LEFT_OUT}"
            kept.setdefault(folder, Photo(folder, os.path.dirname(photo.file), problem=why))
        else:
            kept[f"{photo.path}:{photo.line}"] = photo
    return sorted(kept.values(), key=lambda photo: photo.path)


def bin_of(path: str, patterns: tuple[str, ...], hidden: Collection[str]) -> str:
    """The uppermost folder of a path that fits one of the patterns or is hidden; "" if there is none."""
    parts = path.split("/")[:-1]
    for depth, name in enumerate(parts, 1):
        folder = "/".join(parts[:depth])
        if folder in hidden or any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns):
            return folder
    return ""


def drawing_hashes(lines: Iterable[Photo], cache_dir: str = "") -> list[str | RejectedPhoto]:
    """The hash of each line's drawing, or why there is none; nothing is kept in ``cache_dir``."""
    from components.ingest.drawings import drawing_hash

    return each_or_reason(drawing_hash, lines)


def listing_fingerprint(photos: list[Photo], cache_dir: str = "", images: bool = True) -> str:
    """Hex SHA-256 over each file's path, label and content, by which runs are compared.

    ``cache_dir`` and ``images`` are as in ``content_hashes``: of what is no image, the reason counts.
    """
    digest = hashlib.sha256()
    for photo, found in zip(photos, content_hashes(photos, cache_dir, images), strict=True):
        digest.update(repr((photo.path, photo.label, str(found))).encode())
    return digest.hexdigest()


def path_fingerprint(path: str, cache_dir: str = "") -> str:
    """Hex SHA-256 over the names and contents of a file, or of all files below a folder; "" without a path.

    Where a file can't be read, the reason takes the place of its content.
    """
    if not path:
        return ""
    files = list_folder(path) if os.path.isdir(path) else [Photo(os.path.basename(path), path)]
    return listing_fingerprint(files, cache_dir, images=False)


def setting_fingerprints(parts: Iterable[Settings | None], cache_dir: str = "") -> dict[str, str]:
    """``path_fingerprint`` of each setting that names a file or folder, by its name, but not of ``images``.

    Photos are compared by ``listing_fingerprint``, because not all files in their folder are taken.
    """
    named = {key: path for part in parts if part is not None for key, path in paths_of(part).items()}
    return {key: path_fingerprint(path, cache_dir) for key, path in named.items() if key != "images"}
