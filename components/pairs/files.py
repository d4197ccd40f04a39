"""Files of pairs of photos: LFW's format, CSV, DoppelVer's seven columns, KinFaceW's ``.mat``."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from components.face_table import without_extension
from components.ingest.content import file_hash

FOLDS = 10  # for a CSV file without folds
CSV_COLUMNS = ("first", "second", "same")
DOPPELVER_COLUMNS = ("ID", "INDIVIDUAL_1", "IMAGE_1", "INDIVIDUAL_2", "IMAGE_2", "LABEL", "SPLIT")
MATLAB = b"MATLAB 5.0"  # how a .mat file starts
KIN = "kin"
KIN_FOLDERS = {"fd": "father-dau", "fs": "father-son", "md": "mother-dau", "ms": "mother-son"}
SEPARATOR = ":"  # between what an ID of ours tells: kind, miner, seed, number


@dataclass(frozen=True)
class Pairs:
    """p pairs of photos, by their paths without extension; ``same`` bool (p,), ``fold`` int (p,).

    ``fold_names``: the file's own name of each fold, by its number; empty if it gives none. ``people``: the
    names of those in the first and in the second photos, where the file tells them and not the paths'
    folders. ``kind``: what sort of pairs these are, ``kin`` for parents and children, whose ``same`` is kin.
    ``miner``: the model that chose the pairs, as ``miner.miner_of`` writes it, and ``seed`` of the draws; ""
    if no model did, or nobody knows.
    """

    first: Sequence[str]
    second: Sequence[str]
    same: np.ndarray
    fold: np.ndarray
    fold_names: tuple[str, ...] = ()
    people: tuple[Sequence[str], Sequence[str]] | None = None
    kind: str = ""
    miner: str = ""
    seed: str = ""

    def __len__(self) -> int:
        return len(self.first)

    def where(self, chosen: np.ndarray) -> Pairs:
        """The pairs at which ``chosen`` bool (p,) is true, with their folds' numbers as they are."""
        rows = np.flatnonzero(chosen).tolist()
        people = self.people
        if people is not None:
            people = ([people[0][i] for i in rows], [people[1][i] for i in rows])
        first, second = [self.first[i] for i in rows], [self.second[i] for i in rows]
        same, fold = self.same[chosen], self.fold[chosen]
        return replace(self, first=first, second=second, same=same, fold=fold, people=people)


def split_of(pairs: Pairs, name: str) -> Pairs:
    """The pairs of the split with this name; raises ValueError, with the names that there are."""
    names = pairs.fold_names or tuple(str(i) for i in range(len(np.unique(pairs.fold))))
    if name not in names:
        raise ValueError(f"There is no split {name!r}. Expected one of: {', '.join(names)}. Check --split.")
    return pairs.where(pairs.fold == names.index(name))


def read_pairs(path: str | Path) -> Pairs:
    """Reads pairs from LFW's format, CSV, DoppelVer's CSV or KinFaceW's ``.mat``, told apart by content.

    LFW's has a head of folds and pairs, then names and numbers: ``Name 1 4`` is ``Name/Name_0001`` and
    ``Name/Name_0004``. CSV has the columns first, second, same (0 or 1) and perhaps fold, with paths relative
    to the photos' folder. DoppelVer's has ``DOPPELVER_COLUMNS``, and ``INDIVIDUAL/IMAGE`` is a path.
    KinFaceW's has a row (fold, kin, parent, child) a pair; ``fd_001_1.jpg`` is ``father-dau/fd_001_1``, as
    its own folder ``images`` has it, and a person is named by the family. A file that ``pairs`` wrote also
    tells its miner: in a column, in the IDs, or in the file ``<path>.json`` beside it. Raises ValueError,
    with the line's number, if a line has none of these forms.
    """
    with open(path, "rb") as stream:
        matlab = stream.read(len(MATLAB)) == MATLAB
    if matlab:
        return _from_matlab(path)
    text = Path(path).read_text(encoding="utf-8-sig")
    pairs = _from_csv(text, path) if "," in text.partition("\n")[0] else _from_lfw(text, path)
    return pairs if pairs.miner or pairs.kind else replace(pairs, **_told_beside(Path(path)))


def _from_lfw(text: str, path: str | Path) -> Pairs:
    rows = [line.split() for line in text.splitlines() if line.strip()]
    head = rows[0] if rows else []
    if not 1 <= len(head) <= 2 or not all(part.isdigit() for part in head):
        raise _wrong(path, 1, "the numbers of folds and of pairs a fold", " ".join(head))
    folds, size = (1, int(head[0])) if len(head) == 1 else (int(head[0]), int(head[1]))
    if len(rows) - 1 != 2 * folds * size:
        raise _wrong(path, 1, f"{2 * folds * size} pairs, as its head says", f"{len(rows) - 1}")
    found = [_lfw_pair(row, path, number) for number, row in enumerate(rows[1:], 2)]
    return Pairs(
        [pair[0] for pair in found],
        [pair[1] for pair in found],
        np.array([pair[2] for pair in found], bool),
        np.arange(len(found)) // (2 * size),
        tuple(str(fold) for fold in range(folds)),
    )


def _lfw_pair(row: list[str], path: str | Path, number: int) -> tuple[str, str, bool]:
    if len(row) == 3 and row[1].isdigit() and row[2].isdigit():
        return photo(row[0], row[1]), photo(row[0], row[2]), True
    if len(row) == 4 and row[1].isdigit() and row[3].isdigit():
        return photo(row[0], row[1]), photo(row[2], row[3]), False
    raise _wrong(path, number, "'name n m' or 'name n other m'", " ".join(row))


def photo(name: str, number: str) -> str:
    """LFW's path of a person's photo, without extension."""
    return without_extension(f"{name}/{name}_{int(number):04d}.jpg")


def _from_csv(text: str, path: str | Path) -> Pairs:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    named = list(reader.fieldnames or [])
    if set(DOPPELVER_COLUMNS) <= set(named):
        return _from_doppelver(list(reader), path)
    if not set(CSV_COLUMNS) <= set(named):
        raise _wrong(path, 1, f"the columns {', '.join(CSV_COLUMNS)}", str(named))
    rows = list(reader)
    fold, names = _folds([row.get("fold") or str(i % FOLDS) for i, row in enumerate(rows)])
    told: dict[str, Any] = {key: rows[0].get(key) or "" for key in ("kind", "miner", "seed")} if rows else {}
    return Pairs(
        [without_extension(row["first"]) for row in rows],
        [without_extension(row["second"]) for row in rows],
        _labels(rows, "same", path),
        fold,
        names,
        **told,
    )


def _from_doppelver(rows: list[dict[str, str]], path: str | Path) -> Pairs:
    same = _labels(rows, "LABEL", path)
    fold, names = _folds([row["SPLIT"] for row in rows])
    ids = rows[0]["ID"].split(SEPARATOR) if rows else []
    told: dict[str, Any] = dict(zip(("kind", "miner", "seed"), ids, strict=False)) if len(ids) == 4 else {}
    return Pairs(
        [without_extension(f"{row['INDIVIDUAL_1']}/{row['IMAGE_1']}") for row in rows],
        [without_extension(f"{row['INDIVIDUAL_2']}/{row['IMAGE_2']}") for row in rows],
        same,
        fold,
        names,
        ([row["INDIVIDUAL_1"] for row in rows], [row["INDIVIDUAL_2"] for row in rows]),
        **told,
    )


def _labels(rows: list[dict[str, str]], column: str, path: str | Path) -> np.ndarray:
    for number, row in enumerate(rows, 2):
        if row[column] not in ("0", "1"):
            raise _wrong(path, number, f"0 or 1 in the column {column}", repr(row[column]))
    return np.array([row[column] == "1" for row in rows], bool)


def _folds(given: list[str]) -> tuple[np.ndarray, tuple[str, ...]]:
    """The number of each pair's fold, int (p,), and the names of the folds; numbers go by their size."""
    names = sorted(set(given), key=lambda name: (0, int(name), name) if name.isdigit() else (1, 0, name))
    place = {name: number for number, name in enumerate(names)}
    return np.array([place[name] for name in given], np.int64), tuple(names)


def _from_matlab(path: str | Path) -> Pairs:
    from scipy.io import loadmat

    rows = np.asarray(loadmat(path).get("pairs", ()), object)
    if rows.ndim != 2 or rows.shape[1] != 4:
        raise _wrong(path, 1, "an array 'pairs' (p, 4) of fold, kin, parent, child", f"shape {rows.shape}")
    told = [[str(np.ravel(value)[0]) for value in row] for row in rows]
    fold, names = _folds([row[0] for row in told])
    people = tuple([_family(row[side], path, i) for i, row in enumerate(told, 1)] for side in (2, 3))
    return Pairs(
        [_kin_path(row[2]) for row in told],
        [_kin_path(row[3]) for row in told],
        np.array([row[1] == "1" for row in told], bool),
        fold,
        names,
        (people[0], people[1]),
        KIN,
    )


def _family(name: str, path: str | Path, number: int) -> str:
    """``fd_001`` for ``fd_001_2.jpg``: parent 1 and child 2 have one family."""
    parts = name.split("_")
    if len(parts) != 3 or parts[0] not in KIN_FOLDERS:
        raise _wrong(path, number, f"a photo named as fd_001_1.jpg ({', '.join(KIN_FOLDERS)})", name)
    return "_".join(parts[:2])


def _kin_path(name: str) -> str:
    return without_extension(f"{KIN_FOLDERS[name.partition('_')[0]]}/{name}")


def _told_beside(path: Path) -> dict[str, Any]:
    """Kind, miner and seed from the file ``<path>.json``, if it was written for exactly this content."""
    try:
        told = json.loads(beside(path).read_text(encoding="utf-8"))
        if told["sha256"] == file_hash(str(path)):
            return {key: str(told[key]) for key in ("kind", "miner", "seed")}
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return {}


def beside(path: str | Path) -> Path:
    """The file that tells of a file of pairs: ``<path>.json``."""
    return Path(f"{path}.json")


def _wrong(path: str | Path, number: int, expected: str, received: str) -> ValueError:
    return ValueError(
        f"{path}, line {number}, is no list of pairs. Expected {expected}; received {received!r}. "
        "Give LFW's pairs format, CSV with first,second,same, DoppelVer's CSV, or KinFaceW's .mat."
    )
