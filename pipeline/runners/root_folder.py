"""Whether work can go under a root, found out before it starts."""

from __future__ import annotations

import os
from pathlib import Path

from pipeline.dag.layout import Layout
from schemas.paths import owner_of, refuse_patterns, writable_folder


def usable_root(root: str | Path) -> Path:
    """The root for a run as an absolute path; its folder is there, and can be written to.

    Raises ValueError, one line: the path has letters that Beam reads as a pattern, a file is in the way, the
    folder or what earlier runs left in it belongs to another user, or its lock is no file.
    """
    layout = Layout(Path(root))
    refuse_patterns(layout.root, "--root")
    writable_folder(layout.root, "--root")
    kept = (
        layout.metadata,
        layout.artifacts,
        layout.runs,
        layout.photos,
        layout.training,
        layout.progress,
        layout.lock,
    )
    for place in kept:
        if place.exists() and not os.access(place, os.W_OK):
            raise ValueError(
                f"{place} can't be written to: it belongs to user {owner_of(place)}, and this is user "
                f"{os.geteuid()}. Expected a root of your own. Give another --root, or change its owner."
            )
    if layout.lock.is_dir():
        raise ValueError(
            f"{layout.lock} is a folder. Expected a file, or nothing: it is the lock of --root. Move it away."
        )
    return layout.root


def usable_cache(root: str | Path) -> Path:
    """The photo cache's folder under ``root``, for commands that keep nothing else; it can be written to.

    Raises ValueError, one line, where that is not possible.
    """
    photos = Layout(Path(root)).photos
    writable_folder(photos, "--root")
    return photos
