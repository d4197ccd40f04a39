"""Which photos a run takes, and what they are compared by with those of another run. Names decide nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from components.ingest.content import content_hashes
from components.ingest.decode import RejectedPhoto
from components.ingest.settings import SourceSettings
from components.ingest.sources import Photo
from components.ingest.tables import SOURCES
from schemas.entry import entry_of


def list_photos(settings: SourceSettings) -> list[Photo]:
    """All files of the settings' source, sorted by path, or ``max_photos`` of them.

    Those have the lowest hashes of their content, so that neither the names of photos and folders nor their
    order decides which. Files that can't be read come after all others.
    """
    kind, _, name = settings.source.partition(":")
    source = entry_of(SOURCES, kind, "source", "components/ingest/tables.py")
    photos: list[Photo] = source.load()(name or settings.images)
    most = settings.max_photos or len(photos)
    if len(photos) <= most:
        return photos
    hashes = drawing_hashes(photos) if settings.drawings else content_hashes(photos, settings.cache_dir)
    readable = [not isinstance(found, RejectedPhoto) for found in hashes]
    order = sorted(range(len(photos)), key=lambda i: (not readable[i], str(hashes[i]), photos[i].path))
    return [photos[i] for i in sorted(order[:most])]


def drawing_hashes(lines: Iterable[Photo]) -> list[str | RejectedPhoto]:
    """The hash of each line's drawing, or why there is none."""
    from components.ingest.drawings import drawing_hash

    found: list[str | RejectedPhoto] = []
    for line in lines:
        try:
            found.append(drawing_hash(line))
        except RejectedPhoto as rejection:
            found.append(rejection)
    return found


def listing_fingerprint(photos: list[Photo], cache_dir: str = "") -> str:
    """Hex SHA-256 over each file's path, label and content, by which runs are compared.

    Hashes of the files are kept in ``cache_dir``, see ``content_hashes``.
    """
    digest = hashlib.sha256()
    for photo, found in zip(photos, content_hashes(photos, cache_dir), strict=True):
        digest.update(repr((photo.path, photo.label, str(found))).encode())
    return digest.hexdigest()
