"""Groups that look like two people, told without a label: by how far their two halves are apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from components.look_alikes.hardest import sampled
from components.look_alikes.library import Library
from models.clustering.linkage.average_tree import average_tree
from models.clustering.rules.people import scaled

SMALLEST = 2  # faces of a part
LEAST_FACES = 2 * SMALLEST  # of a group that can have two halves of two faces
SIZES = (4, 6, 8, 12, 16, 24, 40, 60)  # faces of the groups that are compared with each other
DRAWS = 200  # groups of one person, and mixes of two, that are made for each size
ONE = 0.99  # of halves of one person's faces are nearer than where two people may begin
TWO = 0.05  # of mixes of two people are nearer than where they surely are two
ROUNDS = 3  # what is named is left out of what the others are compared with, so many times
FEWEST = 5  # groups that a group is compared with


@dataclass(frozen=True)
class Halves:
    """A group in two: the rows of both parts, the larger first, and how far they are apart, 0 to 2.

    The distance is that of ``models.clustering.corrections.splitting.people_apart``.
    """

    parts: tuple[np.ndarray, np.ndarray]
    apart: float


@dataclass(frozen=True)
class MixedGroup:
    """A group that looks like two people.

    ``needed``: the distance of its halves from which on it is named, see ``mixed_groups``. ``found``: the
    share of mixes of two of the library's other groups of this size that would be named. ``nearer``: the
    share of these mixes whose halves are nearer than this group's. ``together``: photos that show a face of
    each half.
    """

    person: int
    halves: Halves
    needed: float
    found: float
    nearer: float
    together: int


@dataclass(frozen=True)
class MixedGroups:
    """What looks like two people, the furthest apart first, of so many groups that were looked at.

    ``found`` is the share of mixes of two groups that would be named, over all groups' sizes: where it is
    low, that nothing is named says little. NaN where there are too few groups to compare with.
    """

    groups: tuple[MixedGroup, ...]
    looked_at: int
    found: float


@dataclass
class _Compared:
    """Groups of one size: how far apart the halves of one group's faces are, and of two groups' faces.

    ``one`` are (group, distance), ``two`` (group, group, distance).
    """

    one: list[tuple[int, float]] = field(default_factory=list)
    two: list[tuple[int, int, float]] = field(default_factory=list)

    def level(self, person: int, left_out: set[int]) -> float:
        """The distance from which on a group of this size is named; infinite with too few to compare with."""
        other = [(who, apart) for who, apart in self.one if who != person and who not in left_out]
        if len({who for who, _ in other}) < FEWEST:
            return float("inf")
        one = float(np.quantile([apart for _, apart in other], ONE))
        mixes = self.mixes(person, left_out)
        two = float(np.quantile(mixes, TWO)) if len(mixes) else one
        return max(one, (one + two) / 2)

    def mixes(self, person: int, left_out: set[int]) -> np.ndarray:
        """How far apart the halves of two other groups' mixes are."""
        out = {person, *left_out}
        return np.array([apart for a, b, apart in self.two if not {a, b} & out])


def halves_of(x: np.ndarray, rows: np.ndarray) -> Halves | None:
    """The group ``rows`` of unit rows x (n, d) in two parts, where the tree of its faces comes apart first.

    Merges of ``average_tree`` are undone, the last one first, until two parts of two faces and more are left
    that hold half of the faces; the others go to the nearer one. None where there are no such parts.
    """
    own = x[rows].astype(np.float64)
    if len(rows) < LEAST_FACES or not np.ptp(own, axis=0).any():
        return None
    parts = first_parts(average_tree(own))
    if parts is None:
        return None
    directions = scaled(np.stack([own[part].mean(axis=0) for part in parts]))
    nearer = (own @ directions.T).argmax(axis=1)
    for number, part in enumerate(parts):
        nearer[part] = number
    directions = scaled(np.stack([own[nearer == number].mean(axis=0) for number in (0, 1)]))
    apart = float(np.sqrt(np.clip(2 - 2 * directions[0] @ directions[1], 0, 4)))
    larger = int((nearer == 1).sum() > (nearer == 0).sum())
    return Halves((rows[nearer == larger], rows[nearer != larger]), apart)


def first_parts(tree: np.ndarray) -> tuple[list[int], list[int]] | None:
    """The rows of the first two parts of a linkage matrix (m - 1, 4), as ``halves_of`` says, or None."""
    m = len(tree) + 1
    members: list[list[int]] = [[row] for row in range(m)]
    for one, other, *_ in tree:
        members.append(members[int(one)] + members[int(other)])
    parts = {2 * m - 2}
    for step in range(m - 2, -1, -1):
        parts.remove(m + step)
        parts |= {int(tree[step, 0]), int(tree[step, 1])}
        large = sorted(part for part in parts if len(members[part]) >= SMALLEST)
        if len(large) > 2:
            return None
        if len(large) == 2 and 2 * sum(len(members[part]) for part in large) >= m:
            return members[large[0]], members[large[1]]
    return None


def mixed_groups(library: Library, random_state: int = 0) -> MixedGroups:
    """The groups whose halves are as far apart as two people are.

    No label is read: a group is compared with the library's other groups. Random faces of one of them, about
    as many as it has itself (at most ``parting.MOST``), are halved the same way, and so are mixes of two. It
    is named if its halves are more than halfway from where 99% of those of one group end to where 95% of the
    mixes begin; where these overlap, beyond the former. What is named is left out of what the others are
    compared with, and they are compared again. How many of the mixes would be named is told beside.
    """
    groups = {p: sampled(library.rows(p)) for p in range(len(library.names))}
    groups = {p: rows for p, rows in groups.items() if len(rows) >= LEAST_FACES}
    halves = {p: found for p, rows in groups.items() if (found := halves_of(library.x, rows)) is not None}
    compared = compared_groups(library.x, groups, random_state)
    named: set[int] = set()
    for _ in range(ROUNDS):
        before, named = named, {
            p for p, own in halves.items() if own.apart > _of_size(compared, groups[p]).level(p, named - {p})
        }  # fmt: skip
        if named == before:
            break
    out, shares = [], []
    for p, own in halves.items():
        size = _of_size(compared, groups[p])
        level, mixes = size.level(p, named - {p}), size.mixes(p, named)
        share = float((mixes > level).mean()) if len(mixes) and np.isfinite(level) else float("nan")
        shares.append(share)
        if own.apart > level:
            nearer = float((mixes < own.apart).mean()) if len(mixes) else float("nan")
            both = len(np.intersect1d(library.photo[own.parts[0]], library.photo[own.parts[1]]))
            out.append(MixedGroup(p, own, level, share, nearer, both))
    known = [share for share in shares if np.isfinite(share)]
    out.sort(key=lambda group: (group.needed - group.halves.apart, group.person))
    return MixedGroups(tuple(out), len(halves), float(np.mean(known)) if known else float("nan"))


def compared_groups(
    x: np.ndarray, groups: dict[int, np.ndarray], random_state: int = 0
) -> dict[int, _Compared]:
    """For each size that enough groups have: halves of random faces of one group, and of two groups' mixes.

    A mix has at least two faces of each, in any share.
    """
    generator = np.random.default_rng(random_state)
    compared = {}
    for size in SIZES:
        whole = [p for p, rows in groups.items() if len(rows) >= size]
        if len(whole) < FEWEST + 1:
            break
        found = _Compared()
        for draw in range(max(DRAWS, len(whole))):
            p = whole[draw % len(whole)]
            halves = halves_of(x, np.sort(generator.choice(groups[p], size, replace=False)))
            found.one.append((p, halves.apart if halves else 0.0))
        for _ in range(DRAWS):
            a, b = generator.choice(np.array(list(groups)), 2, replace=False).tolist()
            share = int(
                np.clip(
                    generator.integers(SMALLEST, size - SMALLEST + 1), size - len(groups[b]), len(groups[a])
                )
            )
            rest = min(size - share, len(groups[b]))
            rows = [generator.choice(groups[q], m, replace=False) for q, m in ((a, share), (b, rest))]
            halves = halves_of(x, np.sort(np.concatenate(rows)))
            found.two.append((a, b, halves.apart if halves else 0.0))
        compared[size] = found
    return compared


def _of_size(compared: dict[int, _Compared], rows: Sequence[int] | np.ndarray) -> _Compared:
    """What groups of about as many faces are compared with: of the largest size up to theirs."""
    sizes = [size for size in compared if size <= len(rows)]
    return compared[max(sizes)] if sizes else _Compared()
