"""Writes pairs of photos: CSV, DoppelVer's seven columns, or LFW's format; each with its story beside it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from components.pairs.files import DOPPELVER_COLUMNS, SEPARATOR, Pairs, beside
from schemas.files import atomic_write

LFW_PHOTO = re.compile(r"(?P<name>[^/\s]+)/(?P=name)_(?P<number>\d{4,})\.\w+")
COLUMNS = ("first", "second", "same", "fold", "kind", "miner", "seed")


def write_pairs(pairs: Pairs, file: str | Path, form: str, story: Mapping[str, Any]) -> None:
    """Writes pairs, whose paths have their extension, to ``file``, and ``story`` to ``<file>.json``.

    ``form`` is a key of ``FORMS``. Miner and seed go into the file itself where the format has room: columns
    of CSV, the IDs of DoppelVer's. LFW's has none, so that only the file beside it tells, for as long as the
    content is the one that was written. Raises ValueError where LFW's format can't hold the pairs.
    """
    if form not in FORMS:
        raise ValueError(f"Unknown format {form!r}. Expected one of: {', '.join(FORMS)}.")
    content = FORMS[form](pairs).encode()
    told = {"kind": pairs.kind, "miner": pairs.miner, "seed": pairs.seed, **story}
    told["sha256"] = hashlib.sha256(content).hexdigest()
    atomic_write(Path(file), content)
    atomic_write(beside(file), json.dumps(told, indent=1, ensure_ascii=False) + "\n")


def csv_text(pairs: Pairs) -> str:
    """The columns ``COLUMNS``: all that ``read_pairs`` reads."""
    told = (pairs.kind, pairs.miner, pairs.seed)
    rows = [(*row, *told) for row in _rows(pairs)]
    return _table(COLUMNS, rows)


def doppelver_text(pairs: Pairs) -> str:
    """DoppelVer's columns; an ID is ``kind:miner:seed:number``.

    Raises ValueError for a photo that is not directly in its person's folder, ``INDIVIDUAL/IMAGE``.
    """
    about = SEPARATOR.join((pairs.kind, pairs.miner, pairs.seed))
    rows = []
    for number, (first, second, same, fold) in enumerate(_rows(pairs), 1):
        places = [part for path in (first, second) for part in path.split("/")]
        if len(places) != 4:
            raise ValueError(
                f"{first} and {second} don't fit DoppelVer's format. Expected photos directly in their "
                "people's folders. Give --format csv."
            )
        rows.append((f"{about}{SEPARATOR}{number}", *places, same, fold))
    return _table(DOPPELVER_COLUMNS, rows)


def lfw_text(pairs: Pairs) -> str:
    """LFW's format: its folds are as large as one another, half of one person, and come one after another.

    Raises ValueError if they are not, or a photo is not named ``Name/Name_0001.jpg``.
    """
    counts = {(int((pairs.same & (pairs.fold == f)).sum()), int((~pairs.same & (pairs.fold == f)).sum()))
              for f in np.unique(pairs.fold)}  # fmt: skip
    if len(counts) != 1 or len(set(next(iter(counts)))) != 1:
        raise ValueError(
            f"LFW's format holds folds of one size, half of one person. Received {sorted(counts)}."
        )
    lines = [f"{len(np.unique(pairs.fold))}\t{next(iter(counts))[0]}"]
    for row in np.lexsort((np.arange(len(pairs)), ~pairs.same, pairs.fold)).tolist():
        (name, number), (other, its) = _lfw_parts(pairs.first[row]), _lfw_parts(pairs.second[row])
        middle = [] if pairs.same[row] else [other]
        lines.append("\t".join([name, number, *middle, its]))
    return "\n".join(lines) + "\n"


def _lfw_parts(path: str) -> tuple[str, str]:
    found = LFW_PHOTO.fullmatch(path)
    if found is None:
        raise ValueError(
            f"{path} doesn't fit LFW's format. Expected Name/Name_0001.jpg. Give --format csv or doppelver."
        )
    return found["name"], str(int(found["number"]))


FORMS: dict[str, Callable[[Pairs], str]] = {"csv": csv_text, "doppelver": doppelver_text, "lfw": lfw_text}


def _rows(pairs: Pairs) -> list[tuple[str, str, int, str]]:
    names = pairs.fold_names or tuple(str(i) for i in range(int(pairs.fold.max(initial=-1)) + 1))
    return [
        (first, second, int(same), names[fold])
        for first, second, same, fold in zip(
            pairs.first, pairs.second, pairs.same.tolist(), pairs.fold.tolist(), strict=True
        )
    ]


def _table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()
