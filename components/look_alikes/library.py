"""The faces of a library, and who each of them is by a folder's name or by a model's groups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.clustering.rows import checked, unit_rows

FOLDERS, GROUPS = "folders", "groups"  # who named the people
_WORDS = {FOLDERS: "people", GROUPS: "groups"}


@dataclass(frozen=True, eq=False)
class Library:
    """n faces in the order of their photos' content, so that no name of a file decides anything.

    ``x`` (n, d) float32 are unit rows, ``person`` (n,) int64 a number of ``names`` or -1 for nobody,
    ``photo`` (n,) int64 the number of each face's photo. ``clusters`` (n,) int64 are the model's groups, -1
    where a face has none or the model gives none. ``named`` says who named the people, FOLDERS or GROUPS.
    """

    x: np.ndarray
    person: np.ndarray
    names: tuple[str, ...]
    photo: np.ndarray
    clusters: np.ndarray
    named: str
    paths: tuple[str, ...]
    chips: tuple[bytes, ...]

    def __len__(self) -> int:
        return len(self.x)

    def rows(self, person: int) -> np.ndarray:
        """The faces of a person, rising."""
        return np.flatnonzero(self.person == person)

    def photos_of_each(self) -> np.ndarray:
        """How many photos each person is in: int64 (k,)."""
        known = self.person >= 0
        pairs = np.unique(np.stack([self.person[known], self.photo[known]]), axis=1)
        return np.bincount(pairs[0], minlength=len(self.names)).astype(np.int64)

    def clusters_of(self, person: int) -> list[int]:
        """The model's groups that at least a tenth of a person's grouped faces are in, the largest first."""
        found = Counter(c for c in self.clusters[self.person == person].tolist() if c >= 0)
        return [cluster for cluster, n in found.most_common() if 10 * n >= found.total()]


def library_of(
    x: np.ndarray,
    people: Sequence[str | None],
    photos: tuple[Sequence[str], Sequence[str]],
    chips: Sequence[bytes],
    named: str,
    clusters: np.ndarray | None = None,
) -> Library:
    """The library of n faces with embeddings x (n, d).

    Args:
        x: embeddings; they are scaled to length 1.
        people: the name of each face's person, None for nobody.
        photos: the path and the content hash of each face's photo.
        chips: each face, encoded.
        named: FOLDERS or GROUPS.
        clusters: the model's groups (n,), where it has any.

    Raises:
        ValueError: there are fewer than two people, or x holds NaN.
    """
    names = sorted({name for name in people if name is not None}, key=_by_number)
    if len(names) < 2:
        raise ValueError(
            f"These photos show {len(names)} of the {_WORDS[named]} that look-alikes compares. Expected "
            "two or more. Give photos of more people."
        )
    paths, hashes = photos
    order = sorted(range(len(people)), key=lambda i: (hashes[i], paths[i], i))
    number = {name: i for i, name in enumerate(names)}
    seen: dict[str, int] = {}
    found = np.full(len(people), -1) if clusters is None else np.asarray(clusters)
    return Library(
        unit_rows(checked(np.asarray(x)[order])).astype(np.float32),
        np.array([-1 if people[i] is None else number[str(people[i])] for i in order], np.int64),
        tuple(names),
        np.array([seen.setdefault(paths[i], len(seen)) for i in order], np.int64),
        found[order].astype(np.int64),
        named,
        tuple(paths[i] for i in order),
        tuple(chips[i] for i in order),
    )


def _by_number(name: str) -> tuple[str, int, str]:
    """Sorts group 10 after group 9."""
    word, _, number = name.rpartition(" ")
    return (word, int(number), name) if number.isdecimal() else (name, 0, name)
