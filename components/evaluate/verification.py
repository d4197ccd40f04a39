"""Verification on given pairs: are the two faces one person? Labels of pairs, never used in fitting."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from components.evaluate.roc import cosine

FOLDS = 10  # of a CSV file that names none
CSV_COLUMNS = ("first", "second", "same")


@dataclass(frozen=True)
class Pairs:
    """p pairs of photos, by their paths without extension; ``same`` bool (p,), ``fold`` int (p,)."""

    first: Sequence[str]
    second: Sequence[str]
    same: np.ndarray
    fold: np.ndarray


def read_pairs(path: str | Path) -> Pairs:
    """Pairs from a file in LFW's format (a head of folds and pairs, then names and numbers), or from CSV.

    CSV has the columns first, second, same (0 or 1) and perhaps fold, with paths relative to the photos'
    folder. LFW's ``Name 1 4`` is ``Name/Name_0001`` and ``Name/Name_0004``. Raises ValueError, with the
    line's number, on a line of neither.
    """
    text = Path(path).read_text(encoding="utf-8")
    if "," in text.partition("\n")[0]:
        return _from_csv(text, path)
    return _from_lfw(text, path)


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
    )


def _lfw_pair(row: list[str], path: str | Path, number: int) -> tuple[str, str, bool]:
    if len(row) == 3 and row[1].isdigit() and row[2].isdigit():
        return photo(row[0], row[1]), photo(row[0], row[2]), True
    if len(row) == 4 and row[1].isdigit() and row[3].isdigit():
        return photo(row[0], row[1]), photo(row[2], row[3]), False
    raise _wrong(path, number, "'name n m' or 'name n other m'", " ".join(row))


def photo(name: str, number: str) -> str:
    """LFW's path of a person's photo, without extension."""
    return f"{name}/{name}_{int(number):04d}"


def _from_csv(text: str, path: str | Path) -> Pairs:
    reader = csv.DictReader(text.splitlines())
    named = list(reader.fieldnames or [])
    if not set(CSV_COLUMNS) <= set(named):
        raise _wrong(path, 1, f"the columns {', '.join(CSV_COLUMNS)}", str(named))
    rows = list(reader)
    for number, row in enumerate(rows, 2):
        if row["same"] not in ("0", "1"):
            raise _wrong(path, number, "0 or 1 in the column same", repr(row["same"]))
    names = [row.get("fold") or str(i % FOLDS) for i, row in enumerate(rows)]
    return Pairs(
        [without_extension(row["first"]) for row in rows],
        [without_extension(row["second"]) for row in rows],
        np.array([row["same"] == "1" for row in rows], bool),
        np.unique(names, return_inverse=True)[1],
    )


def _wrong(path: str | Path, number: int, expected: str, received: str) -> ValueError:
    return ValueError(
        f"{path}, line {number}, is no list of pairs. Expected {expected}; received {received!r}. "
        "Give LFW's pairs format, or CSV with first,second,same."
    )


def without_extension(path: str) -> str:
    """A photo's path as pairs name it."""
    return os.path.splitext(path)[0]


def verify(embeddings: np.ndarray, row_of: Mapping[str, int], pairs: Pairs) -> dict[str, Any]:
    """How well the cosine of centred embeddings (n, d) tells pairs of one person from pairs of two.

    ``row_of`` maps a photo's path without extension to its row. Returns auc; accuracy, the mean over folds
    of the share told right by the threshold that is best on the other folds, with its standard error
    accuracy_se (None of one fold); pairs, those used, and missing, those with a photo that has no row.
    Figures are None where no pair, or only one sort of them, is left.
    """
    known = np.array(
        [a in row_of and b in row_of for a, b in zip(pairs.first, pairs.second, strict=True)], bool
    )
    counts = {"pairs": int(known.sum()), "missing": int((~known).sum())}
    same, fold = pairs.same[known], pairs.fold[known]
    if not same.any() or same.all():
        return {"auc": None, "accuracy": None, "accuracy_se": None, **counts}
    rows = [(row_of[pairs.first[i]], row_of[pairs.second[i]]) for i in np.flatnonzero(known).tolist()]
    scores = cosine(np.asarray(embeddings, np.float64), np.array(rows))
    shares = fold_accuracies(scores, same, fold)
    error = float(np.std(shares, ddof=1) / np.sqrt(len(shares))) if len(shares) > 1 else None
    return {
        "auc": float(roc_auc_score(same, scores)),
        "accuracy": float(np.mean(shares)),
        "accuracy_se": error,
        **counts,
    }


def fold_accuracies(scores: np.ndarray, same: np.ndarray, fold: np.ndarray) -> list[float]:
    """Accuracy on each fold by the threshold of the others; of a single fold by its own, which flatters."""
    folds = np.unique(fold)
    shares = []
    for held in folds:
        test = fold == held
        others = ~test if len(folds) > 1 else test
        threshold = best_threshold(scores[others], same[others])
        shares.append(float(np.mean((scores[test] >= threshold) == same[test])))
    return shares


def best_threshold(scores: np.ndarray, same: np.ndarray) -> float:
    """The threshold, midway between two scores, that tells most right; the lowest of equals."""
    order = np.argsort(scores, kind="stable")
    ranked, truth = scores[order], same[order]
    # Cutting before position i calls i.. the same person.
    right = np.concatenate([[0], np.cumsum(~truth)]) + np.concatenate([np.cumsum(truth[::-1])[::-1], [0]])
    edges = np.concatenate([[ranked[0] - 1.0], (ranked[1:] + ranked[:-1]) / 2, [ranked[-1] + 1.0]])
    return float(edges[np.argmax(right)])
