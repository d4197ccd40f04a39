"""Who looks like whom: a list of names, or people matched by the centroids of their embeddings."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import faiss
import networkx as nx
import numpy as np

from components.evaluate.figures.roc import mean_row, unit_about

EVERYONE = 150  # so many people are all compared, in a second; of more, each with their nearest
NEAREST = 16


def read_look_alikes(file: str | Path, names: Sequence[str]) -> tuple[list[tuple[int, int]], list[str]]:
    """Pairs of people, by their places among ``names``, from a CSV of two names a row; and unknown names.

    Each pair is taken once, in whatever order it is written. The first row is a head if neither of its names
    is known. A pair with an unknown name is left out. Raises ValueError if a row has not two names, names one
    person twice, or no pair remains.
    """
    place = {unicodedata.normalize("NFC", name): i for i, name in enumerate(names)}
    with open(file, newline="", encoding="utf-8-sig") as stream:
        rows = [[cell.strip() for cell in row] for row in csv.reader(stream) if row]
    pairs: dict[tuple[int, int], None] = {}
    unknown: dict[str, None] = {}
    for number, row in enumerate(rows, 1):
        cells = [unicodedata.normalize("NFC", cell) for cell in row[:2]]
        if len(cells) < 2 or cells[0] == cells[1]:
            raise ValueError(
                f"{file}, line {number}, names no two people. Expected two names, as in: Ann,Bo; "
                f"received {row}."
            )
        missing = [cell for cell in cells if cell not in place]
        if number == 1 and len(missing) == 2:
            continue  # the head
        unknown |= dict.fromkeys(missing)
        if not missing:
            first, second = sorted((place[cells[0]], place[cells[1]]))
            pairs[first, second] = None
    if not pairs:
        raise ValueError(
            f"{file} names no pair of people who are there. Expected names of folders, such as {names[0]}."
        )
    return list(pairs), list(unknown)


def centroids_of(embeddings: np.ndarray, people: np.ndarray) -> np.ndarray:
    """The direction of each person's mean face about the mean of all: float64 (m, d) of length 1.

    ``embeddings`` (n, d) and the number of each one's person, int (n,), 0 to m - 1. Each face counts by its
    direction alone.
    """
    unit = unit_about(embeddings, mean_row(embeddings))
    order = np.argsort(people, kind="stable")
    sums = np.add.reduceat(unit[order], np.flatnonzero(np.diff(people[order], prepend=-1)), axis=0)
    return unit_about(sums, np.zeros(sums.shape[1]))


def matched(centroids: np.ndarray) -> list[tuple[int, int]]:
    """Pairs of people, each at most once, so that all pairs together are as much alike as can be.

    A matching of maximum weight among those with most pairs (Edmonds 1965; Galil 1986), by the cosine of the
    centroids (m, d), which have length 1. Nearest neighbours instead would chain people: 60 of them hang
    together in components of up to 14. Of more than ``EVERYONE`` people each is compared with the ``NEAREST``
    most alike only, so that a few may stay alone. One of an odd number always does.
    """
    graph = nx.Graph()
    graph.add_nodes_from(range(len(centroids)))
    for first, second, alike in _edges(centroids):
        graph.add_edge(first, second, weight=alike)
    found = nx.max_weight_matching(graph, maxcardinality=True)
    return sorted((min(pair), max(pair)) for pair in found)


def _edges(centroids: np.ndarray) -> list[tuple[int, int, float]]:
    """Pairs of people and their cosine, in the order of the people."""
    n = len(centroids)
    if n <= EVERYONE:
        first, second = np.triu_indices(n, 1)
        alike = np.einsum("ij,ij->i", centroids[first], centroids[second])
        return list(zip(first.tolist(), second.tolist(), alike.tolist(), strict=True))
    rows = np.ascontiguousarray(centroids, np.float32)
    index = faiss.IndexFlatIP(rows.shape[1])
    index.add(rows)
    cosines, found = index.search(rows, NEAREST + 1)
    edges = {
        (min(i, j), max(i, j)): alike
        for i, (near, their) in enumerate(zip(found.tolist(), cosines.tolist(), strict=True))
        for j, alike in zip(near, their, strict=True)
        if i != j
    }
    return [(i, j, alike) for (i, j), alike in sorted(edges.items())]
