"""Duplicates among photos, as ``facefold duplicates`` writes them down: which photos are one picture."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import networkx as nx

from components.face_table import without_extension

COLUMNS = ("first", "second")
HASHES = ("first_hash", "second_hash")


def read_duplicates(file: str | Path) -> list[tuple[str, str]]:
    """The pairs of photos that a CSV calls duplicates, by their paths and, where it has them, hashes.

    Columns: first, second (paths), and perhaps first_hash, second_hash (hex SHA-256 of the files). Each row
    gives a pair of paths without extension, and a pair of hashes. Raises ValueError for other columns.
    """
    with open(file, newline="", encoding="utf-8-sig") as stream:
        reader = csv.DictReader(stream)
        named = list(reader.fieldnames or [])
        if not set(COLUMNS) <= set(named):
            raise ValueError(
                f"{file} is no list of duplicates. Expected the columns {', '.join(COLUMNS)}; received "
                f"{named}. Give the file that `facefold duplicates` writes."
            )
        rows = list(reader)
    found = [(without_extension(row["first"]), without_extension(row["second"])) for row in rows]
    if set(HASHES) <= set(named):
        found += [(row["first_hash"], row["second_hash"]) for row in rows if all(row[key] for key in HASHES)]
    return found


def pictures_of(
    paths: Sequence[str], hashes: Sequence[str], duplicates: Sequence[tuple[str, str]] = ()
) -> list[int]:
    """A number for each photo; photos of one file, or that are duplicates over any steps, have one number.

    ``paths`` and ``hashes`` are one for each photo; ``duplicates`` as ``read_duplicates`` gives them. They
    match by path, or by the hash of the content, so that a list made elsewhere still tells.
    """
    graph = nx.Graph(duplicates)
    for path, content in zip(paths, hashes, strict=True):
        graph.add_edge(without_extension(path), content)
    number = {node: i for i, part in enumerate(nx.connected_components(graph)) for node in part}
    return [number[content] for content in hashes]
