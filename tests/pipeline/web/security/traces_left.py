"""Looks for what was erased in all that is left: bytes of files, of the database, and of what is packed in them."""

import io
import json
import re
import sqlite3
import zipfile
from pathlib import Path

import numpy as np

WINDOW = 32  # bytes in a row that are taken for a trace
SAMPLES = "SELECT most_common_vals::text, histogram_bounds::text FROM pg_stats WHERE schemaname = 'public'"
ODD = [
    np.uint64(number)
    for number in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5)
]


def windows(data):
    """A number for each run of WINDOW bytes in the data, the same for the same bytes (multiply and add, 64 bits)."""
    if len(data) < WINDOW:
        return np.zeros(0, np.uint64)
    eights = np.lib.stride_tricks.sliding_window_view(np.frombuffer(data, np.uint8), 8)
    eights = np.ascontiguousarray(eights).view("<u8").ravel()
    out = np.zeros(len(data) - WINDOW + 1, np.uint64)
    with np.errstate(over="ignore"):
        for place, factor in enumerate(ODD):
            part = eights[8 * place : 8 * place + len(out)]
            out += (part ^ (part >> np.uint64(29))) * factor
    return out


def unpacked(place, data):
    """The bytes of a file and, of an archive, those of all that is in it, with their names; each with its place."""
    yield place, data
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield place, name.encode() + b"\n" + archive.read(name)


def files_of(folder):
    """Every file below a folder as bytes, its own name before it; SQLite's files and logs among them."""
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file():
            place = str(path.relative_to(folder))
            yield place, place.encode()
            yield from unpacked(place, path.read_bytes())


class Tables:
    """All tables of the database of a running application, read from beside it."""

    def __init__(self, data, address):
        self.data, self.address = Path(data), address

    def all(self, statement):
        if not self.address:
            with sqlite3.connect(
                f"file:{self.data / 'facefold.sqlite3'}?mode=ro", uri=True, timeout=30
            ) as base:
                found = base.execute(statement).fetchall()
            base.close()
            return found
        import psycopg

        with psycopg.connect(self.address, autocommit=True) as base:
            return base.execute(statement).fetchall()

    def names(self):
        if not self.address:
            return [name for (name,) in self.all("SELECT name FROM sqlite_master WHERE type = 'table'")]
        names = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        return [name for (name,) in self.all(names)]

    def dump(self):
        """Every value of every row, as a place and bytes; of PostgreSQL also the samples of values that its planner keeps."""
        kept = [f'SELECT * FROM "{name}"' for name in self.names()]
        kept += [SAMPLES] if self.address else []
        for statement in kept:
            for row in self.all(statement):
                for value in row:
                    data = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                    yield statement, data


def said(word):
    """A word as files, tables and JSON may hold it; a UUID with and without its lines."""
    forms = {word, json.dumps(word)[1:-1]}
    if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", word):
        forms.add(word.replace("-", ""))
    return [form.encode() for form in forms]


class Left:
    """All bytes that are left, to be asked for words and for runs of bytes."""

    def __init__(self, folder, tables):
        self.parts = [*tables.dump(), *files_of(folder)]
        whole = b"\n".join(data for _, data in self.parts)
        self.windows = np.unique(windows(whole))

    def words(self, words):
        """Those of the words that are found, each with the first place."""
        found = {}
        for word in sorted(words):
            forms = said(word)
            places = (place for place, data in self.parts if any(form in data for form in forms))
            found[word] = next(places, None)
        return {word: place for word, place in found.items() if place is not None}

    def runs(self, blobs, but):
        """How many runs of bytes of each of the blobs, by their names, are found; ``but`` others have as well."""
        found = {}
        for name, data in blobs.items():
            own = np.setdiff1d(windows(data), but)
            assert len(own) > 100, f"{name} has too few bytes of its own to look for"
            places = np.minimum(np.searchsorted(self.windows, own), len(self.windows) - 1)
            found[name] = int((self.windows[places] == own).sum())
        return {name: count for name, count in found.items() if count}
