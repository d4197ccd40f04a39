"""TFX's record of the runs under a root, ``metadata.sqlite``: whether it is sound, and its repair."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.runners.root_lock import RootError, hold

if TYPE_CHECKING:
    from pipeline.dag.layout import Layout

BESIDE = ("", "-journal", "-wal", "-shm")  # what sqlite writes: the file, and its journals
WAIT = 30.0  # seconds for another program that writes at the same moment


def check_record(layout: Layout) -> None:
    """Raises RootError, one line, if the record of earlier runs can't be read and written, or is gone.

    A root without record and without artifacts is new, and fine. Without its record TFX would number its
    steps from 1 once more, and write among the files of earlier ones.
    """
    trouble = trouble_of(layout)
    if trouble:
        raise RootError(
            f"{layout.metadata} {trouble}. Expected TFX's record of runs, which can be written. Fix: "
            f"facefold doctor --root {layout.root} --repair, which moves it aside. "
            "What was found in photos, unfinished training and pushed models stay."
        )


def trouble_of(layout: Layout) -> str:
    """What is wrong with the record, in a few words; "" if nothing is."""
    file = layout.metadata
    if not file.exists() or not file.stat().st_size:
        what = "is empty" if file.exists() else "is gone"
        return what if layout.artifacts.is_dir() and any(layout.artifacts.iterdir()) else ""
    try:
        with contextlib.closing(
            sqlite3.connect(f"{file.as_uri()}?mode=rw", uri=True, timeout=WAIT)
        ) as record:
            found = str(record.execute("PRAGMA quick_check(1)").fetchone()[0])
            if found != "ok":
                return f"is damaged ({found})"
            record.execute("SELECT schema_version FROM MLMDEnv").fetchall()
            record.execute("BEGIN IMMEDIATE")
            record.rollback()
    except sqlite3.Error as error:
        return f"{'is read-only' if 'readonly' in str(error) else 'is damaged'} ({error})"
    return "" if os.access(file, os.W_OK) else "is read-only"


def repair_record(layout: Layout) -> list[str]:
    """Moves a record that can't be used aside, with the artifacts that it tells of; says what it did.

    Raises RootError if a run holds the root, or a file can't be moved.
    """
    if not layout.root.is_dir():
        return [f"{layout.root} does not exist: nothing to repair."]
    with hold(layout.lock, "facefold doctor --repair"):
        trouble = trouble_of(layout)
        if not trouble:
            return [f"{layout.metadata} is sound: nothing to repair."]
        suffix = f".aside-{time.strftime('%Y%m%d-%H%M%S')}"
        files = [layout.metadata.with_name(layout.metadata.name + end) for end in BESIDE]
        try:
            moved = [moved_aside(path, suffix) for path in (*files, layout.artifacts) if path.exists()]
        except OSError as error:
            raise RootError(
                f"{error.filename} can't be moved ({error.strerror}). Expected a folder that can be written. "
                f"Fix: chmod u+w {layout.root}"
            ) from error
    return [
        f"{layout.metadata} {trouble}.",
        *(f"Moved aside: {path}" for path in moved),
        "The next run makes its artifacts anew. Photos that were searched, unfinished training, reports and "
        "pushed models stayed. What was moved aside may be removed.",
    ]


def moved_aside(path: Path, suffix: str) -> Path:
    """Renames a file or folder; returns its new path."""
    return path.rename(path.with_name(path.name + suffix))
