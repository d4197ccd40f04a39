"""The photos that pairs are drawn from: whose they are, and which are one picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Gallery:
    """n photos of people, sorted by person and path, of which no two are one picture.

    ``paths`` (n), relative and with their extension; ``names`` of the people, sorted; ``people`` int64 (n,),
    the number of each photo's person among ``names``; ``rows`` int64 (n,), the place of each photo among
    those that ``gallery_of`` was given.
    """

    paths: list[str]
    names: list[str]
    people: np.ndarray
    rows: np.ndarray

    def photos(self) -> list[np.ndarray]:
        """The photos' numbers of each person, int64 arrays in the order of ``names``."""
        return [np.flatnonzero(self.people == person) for person in range(len(self.names))]

    def of(self, people: Iterable[int]) -> Gallery:
        """The same with only these people, who are numbered anew in the order of their names."""
        kept = sorted(set(people))
        chosen = np.isin(self.people, kept)
        return Gallery(
            [path for path, take in zip(self.paths, chosen.tolist(), strict=True) if take],
            [self.names[person] for person in kept],
            np.searchsorted(kept, self.people[chosen]),
            self.rows[chosen],
        )


@dataclass(frozen=True)
class LeftOut:
    """Counts of photos that no pair may name.

    ``repeated`` are further photos of one picture of a person, of which the first stays. ``two_people`` are
    photos of one picture under two names, of which at least one is wrong, so that none stays.
    """

    repeated: int = 0
    two_people: int = 0


def gallery_of(
    paths: Sequence[str], names: Sequence[str], pictures: Sequence[object]
) -> tuple[Gallery, LeftOut]:
    """The photos that pairs may name, each picture once, and the counts of the others.

    ``paths``, ``names`` of the people and ``pictures`` are one for each photo; two photos with equal
    ``pictures`` are one picture, the same file or duplicates.
    """
    whose: dict[object, set[str]] = {}
    for name, picture in zip(names, pictures, strict=True):
        whose.setdefault(picture, set()).add(name)
    order = sorted(range(len(paths)), key=lambda i: (names[i], paths[i]))
    single = [i for i in order if len(whose[pictures[i]]) == 1]
    first: dict[object, int] = {}
    for i in single:
        first.setdefault(pictures[i], i)
    kept = [i for i in single if first[pictures[i]] == i]
    people = sorted({names[i] for i in kept})
    number = {name: place for place, name in enumerate(people)}
    gallery = Gallery(
        [paths[i] for i in kept],
        people,
        np.array([number[names[i]] for i in kept], np.int64),
        np.array(kept, np.int64),
    )
    return gallery, LeftOut(len(single) - len(kept), len(order) - len(single))
