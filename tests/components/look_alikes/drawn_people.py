"""Libraries of people who are drawn: a direction each, and photos around it."""

import numpy as np

from components.look_alikes.library import FOLDERS, library_of


def people_of(sizes, seed=0, spread=0.35, alike=(), dimension=24):
    """Rows (n, d) of length 1 and whose each is (n,); ``alike`` are pairs of people who are near each other."""
    generator = np.random.default_rng(seed)
    directions = generator.standard_normal((len(sizes), dimension))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    for one, other in alike:
        directions[other] = directions[one] + 0.5 * directions[other]
    person = np.repeat(np.arange(len(sizes)), sizes)
    rows = directions[person] + spread * generator.standard_normal((len(person), dimension)) / np.sqrt(
        dimension
    )
    return rows / np.linalg.norm(rows, axis=1, keepdims=True), person


def library(rows, names, photos=None, clusters=None, named=FOLDERS, chips=None):
    """A library of rows (n, d) with a name each, or None; each in its own photo by default."""
    photos = [f"{i:05}.jpg" for i in range(len(rows))] if photos is None else list(photos)
    chips = [b""] * len(rows) if chips is None else chips
    return library_of(rows, list(names), (photos, photos), chips, named, clusters)


def drawn_library(sizes, seed=0, **options):
    """The library of ``people_of``, in which people are called p0, p1, ..."""
    rows, person = people_of(sizes, seed, **options)
    return library(rows, [f"p{one}" for one in person])
