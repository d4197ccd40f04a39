"""Faces in an order in which those that are alike stand beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
from django.db.models import QuerySet

from pipeline.web.library.spaces import space_of
from pipeline.web.models import Account

LEAF = 16  # faces among which each is followed by its nearest
DIRECTIONS = 32
NEW = 0.1  # faces beyond this share that have no place yet: the order is made anew


@dataclass(frozen=True)
class Order:
    """The place of each face, by its id, in the order of a space."""

    space: str
    places: dict[int, int]


def after_rank(
    account: Account, rows: QuerySet[Any], last: list[Any] | None, count: int
) -> list[tuple[int, int]]:
    """The places and ids of ``count`` of the faces ``rows``, in the order by likeness, after the last one.

    A face without a place, as one that came since, stands at the end. The order is that of all the account's
    faces, so that it stays while faces are moved.
    """
    order = _order(account)
    end = len(order.places)
    ranked = sorted((order.places.get(pk, end), pk) for pk in rows.values_list("pk", flat=True))
    if last is not None:
        ranked = [one for one in ranked if one > (last[0], last[1])]
    return ranked[:count]


def like_order(x: np.ndarray) -> np.ndarray:
    """The rows of x (n, d) float in an order (n,) int in which those that are alike are beside each other.

    Rows are parted by the sign of their projection on the first principal direction, each part again
    (principal direction divisive partitioning, Boley 1998), both parts in the direction of the whole; of LEAF
    rows each is followed by its nearest.
    """
    if len(x) == 0:
        return np.zeros(0, np.int64)
    y = _directions(x)
    order: list[int] = []
    waiting = [(np.arange(len(y)), np.zeros(y.shape[1], y.dtype))]
    while waiting:
        members, towards = waiting.pop()
        part = y[members] - y[members].mean(axis=0)
        direction = _principal(part)
        direction = -direction if direction @ towards < 0 else direction
        along = part @ direction
        if len(members) <= LEAF or not np.ptp(along) > 0:
            order += list(members[_chain(part, int(np.argmin(along)))])
            continue
        low = along < 0
        if min(low.sum(), (~low).sum()) < 0.02 * len(members):  # a few strangers: parts of one size
            low = np.zeros(len(members), bool)
            low[np.argsort(along, kind="stable")[: len(members) // 2]] = True
        waiting += [(members[~low], direction), (members[low], direction)]
    return np.array(order, np.int64)


def forget(account: Account) -> None:
    """Forgets the account's order, as faces are erased."""
    with _lock:
        _kept.pop(account.pk, None)


_kept: dict[int, Order] = {}
_lock = Lock()


def _order(account: Account) -> Order:
    space = space_of(account)
    with _lock:
        kept = _kept.get(account.pk)
        if kept is None or kept.space != space.version[0] or _many_new(kept, space.faces):
            order = space.faces[like_order(space.rows)]
            kept = Order(space.version[0], {int(face): place for place, face in enumerate(order)})
            _kept[account.pk] = kept
        return kept


def _many_new(kept: Order, faces: np.ndarray) -> bool:
    new = sum(int(face) not in kept.places for face in faces)
    return new > NEW * len(kept.places)


def _directions(x: np.ndarray) -> np.ndarray:
    """The rows in at most DIRECTIONS principal directions: what is beyond is noise to an order."""
    centred = x - x.mean(axis=0)
    if x.shape[1] <= DIRECTIONS:
        return centred
    directions = np.linalg.eigh(centred.T @ centred)[1][:, -DIRECTIONS:]
    return centred @ directions


def _principal(part: np.ndarray) -> np.ndarray:
    return np.linalg.eigh(part.T @ part)[1][:, -1]


def _chain(part: np.ndarray, first: int) -> np.ndarray:
    """Rows, each followed by the nearest of those that are left."""
    if len(part) > LEAF:  # rows that are all the same
        return np.arange(len(part))
    apart = np.square(part[:, None] - part[None]).sum(axis=2)
    chain = [first]
    left = set(range(len(part))) - {first}
    while left:
        chain.append(min(left, key=lambda other: (apart[chain[-1], other], other)))
        left.remove(chain[-1])
    return np.array(chain)
