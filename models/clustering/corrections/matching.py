"""Which new group is which old person, and what a new grouping would change, before anybody accepts it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from models.clustering.rows import rows_by_value

Kind = Literal["splits", "joins", "loses", "grows", "new", "gone", "stays"]
KINDS: tuple[Kind, ...] = ("splits", "joins", "loses", "grows", "new", "gone", "stays")  # as they are listed


@dataclass(frozen=True, eq=False)
class Change:
    """What becomes of one old person, or where one new group comes from.

    - ``stays``, ``grows``, ``loses``: an old person whose name a new group takes, with the same faces, or
      with others; it loses if it loses any.
    - ``splits``: a new group without a name, most of whose faces one old person had; ``new`` are first the
      group that takes that person's name, if any does, then this one.
    - ``joins``: an old person whose name no group takes, most of whose faces are in one new group; ``old``
      are first the person whose name that group takes, if any, then this one.
    - ``new``, ``gone``: most of its faces were, or are, in no group.

    ``old`` and ``new`` are their numbers. ``faces_in`` are the rows that come into the group, and
    ``faces_out`` those that leave the person, each ascending. Over all changes every face that comes into a
    group, or leaves one, is named once.
    """

    kind: Kind
    old: tuple[int, ...]
    new: tuple[int, ...]
    faces_in: np.ndarray
    faces_out: np.ndarray


def matched(old: np.ndarray, new: np.ndarray, confirmed: np.ndarray) -> dict[int, int]:
    """The old number of each new group that is to take its name; new groups without one are left out.

    old and new (n,) int are the number of each face before and after, -1 for none; confirmed (n,) bool are
    faces of which somebody said who they are. It is the assignment of new to old numbers, each at most once,
    with the most shared confirmed faces, and among these with the most shared faces (Kuhn 1955; SciPy's
    linear_sum_assignment, on each connected part of the shared faces). Raises ValueError for arrays of
    several lengths.
    """
    old, new, confirmed = (np.asarray(one) for one in (old, new, confirmed))
    if not (old.ndim == 1 and old.shape == new.shape == confirmed.shape):
        raise ValueError(
            f"Expected old, new and confirmed of one shape (n,); received {old.shape}, {new.shape} and "
            f"{confirmed.shape}. Give all three for the same faces."
        )
    both = (old >= 0) & (new >= 0)
    if not both.any():
        return {}
    olds, row = np.unique(old[both], return_inverse=True)
    news, column = np.unique(new[both], return_inverse=True)
    worth = np.where(confirmed[both], 1.0 + len(old), 1.0)  # a confirmed face is worth more than all others
    shared = coo_matrix((worth, (row, column)), shape=(len(olds), len(news))).tocsr()
    out: dict[int, int] = {}
    for rows, columns in _parts(row, column, len(olds), len(news)):
        one, other = rows[:1], columns[:1]
        if len(rows) > 1 or len(columns) > 1:
            block = shared[rows][:, columns].toarray()
            first, second = linear_sum_assignment(block, maximize=True)
            good = block[first, second] > 0
            one, other = rows[first[good]], columns[second[good]]
        out.update(zip(news[other].tolist(), olds[one].tolist(), strict=True))
    return out


def changes(old: np.ndarray, new: np.ndarray, matching: dict[int, int]) -> list[Change]:
    """What a new grouping changes: one ``Change`` for each old and each new number, in the order of KINDS.

    old and new (n,) int are the number of each face before and after, -1 for none, and matching is that of
    ``matched``. An old person and the new group that takes its name are one change.
    """
    old, new = np.asarray(old), np.asarray(new)
    before, after = faces_of(old), faces_of(new)
    named = {mine: group for group, mine in matching.items()}
    nobody = np.empty(0, np.int64)
    out = []
    for group, faces in after.items():
        if group in matching:
            mine = matching[group]
            gained, lost = faces[old[faces] != mine], before[mine][new[before[mine]] != group]
            kind: Kind = "loses" if len(lost) else "grows" if len(gained) else "stays"
            out.append(Change(kind, (mine,), (group,), gained, lost))
            continue
        origin = most_of(old[faces])
        if origin < 0:
            out.append(Change("new", (), (group,), faces, nobody))
        else:
            out.append(Change("splits", (origin,), _first(named.get(origin), group), faces, nobody))
    for mine, faces in before.items():
        if mine not in named:
            goal = most_of(new[faces])
            if goal < 0:
                out.append(Change("gone", (mine,), (), nobody, faces))
            else:
                out.append(Change("joins", _first(matching.get(goal), mine), (goal,), nobody, faces))
    return sorted(out, key=lambda change: (KINDS.index(change.kind), change.old, change.new))


def faces_of(numbers: np.ndarray) -> dict[int, np.ndarray]:
    """The faces, ascending, of each of numbers (n,) that is at least 0."""
    rows = rows_by_value(numbers) if len(numbers) else []
    return {int(numbers[faces[0]]): faces for faces in rows if numbers[faces[0]] >= 0}


def most_of(numbers: np.ndarray) -> int:
    """The most frequent of numbers (n,), n >= 1; of equally frequent ones the largest, so -1 comes last."""
    values, counts = np.unique(numbers, return_counts=True)
    return int(values[counts == counts.max()][-1])


def _first(one: int | None, other: int) -> tuple[int, ...]:
    return (other,) if one is None else (one, other)


def _parts(
    row: np.ndarray, column: np.ndarray, rows: int, columns: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """The rows and columns of each connected part of the faces that they share."""
    ends = coo_matrix((np.ones(len(row)), (row, column + rows)), shape=(rows + columns,) * 2)
    part = connected_components(ends, directed=False)[1]
    return list(zip(rows_by_value(part[:rows]), rows_by_value(part[rows:]), strict=True))
