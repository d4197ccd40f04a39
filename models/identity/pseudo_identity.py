"""Rounds of pseudo-identities: groups found without labels teach what differs within a person.

Each round groups the faces, keeps what is sure, groups them again by likenesses that none of these groups had
a say in itself, and undoes the directions in which faces of one group differ (within-class covariance
normalisation: Hatch, Kajarekar and Stolcke, "Within-class covariance normalization for SVM-based speaker
recognition", Interspeech 2006). Nobody's names are read.
"""

from __future__ import annotations

import itertools
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from models.clustering.linkage.similarity import cosines, strangers
from models.clustering.rows import checked, rows_by_value, unit_rows
from models.identity.sure_groups import sure_groups, sure_groups_by
from models.identity.within_class import cross_fitted, whitened_within

NEAR = (1.5, 2.5)  # deviations above that mean between which strangers look somewhat alike
DRAWN_FOR_NEAR = 500_000
PAIRS = 50_000  # near strangers that judge a round, at most, in each view
PAIRS_OF_A_GROUP = 50
VIEWS = 2
HALVES = 2  # what is learnt from one half of the faces is judged on the other
FEWEST_GROUPS = 4  # that a round learns from
FACES_OF_A_GROUP = 2.5  # on average, at least: pairs alone are too often look-alikes, and a round glues them


@dataclass(frozen=True)
class Round:
    """What one round found, and whether it was kept.

    ``cut``: cosine above which groups were joined, on average; ``n_groups`` of all faces, ``n_sure`` those
    that were learnt from, with ``n_faces`` faces. ``before`` and ``after``: how often two faces of one group
    are more alike than two strangers that look somewhat alike, see ``Judge``; before the first round that of
    groups of the same sizes drawn at random. None where there was too little to judge by.
    """

    number: int
    cut: float
    n_groups: int
    n_sure: int
    n_faces: int
    before: float | None
    after: float | None
    kept: bool


@dataclass(frozen=True)
class PseudoIdentities:
    """The space of each round, as maps of the first one's coordinates: (rounds + 1, d, d), and what happened.

    ``maps[0]`` is the identity. A round that was undone, and all after it, have the map of the one before.
    """

    maps: np.ndarray
    rounds: tuple[Round, ...]

    def facts(self) -> list[dict[str, Any]]:
        """The rounds as plain values for JSON."""
        return [asdict(one) for one in self.rounds]


@dataclass(frozen=True)
class Judge:
    """What judges a round without labels: pairs of faces, and two halves of all faces.

    The coordinates x (n, d) are split in two views, every other axis. For each view, ``same`` are pairs of
    faces of one sure group that was found in the *other* view, and ``near`` pairs of faces of two groups that
    look somewhat alike there: light and pose make them so, and a good map sees through that. Chosen in the
    other view, neither is chosen by the chance that this one is judged by. A map is learnt from one half of
    the faces and judged on pairs in the other.
    """

    x: np.ndarray
    halves: np.ndarray
    same: tuple[np.ndarray, ...]
    near: tuple[np.ndarray, ...]

    def score(self, labels: np.ndarray, sure: np.ndarray) -> float | None:
        """How often a ``same`` pair is more alike than a ``near`` one, after what the sure groups teach.

        The mean over views and halves, 0 to 1; None where a half has no pairs, or nothing to learn from.
        """
        found = []
        for view, half in itertools.product(range(VIEWS), range(HALVES)):
            learnt_from = sure & (self.halves != half)
            pairs = [p[:, (self.halves[p] == half).all(axis=0)] for p in (self.same[view], self.near[view])]
            within = learnt_from.sum() - len(np.unique(labels[learnt_from]))
            if within < 1 or not all(p.size for p in pairs):
                return None
            here = np.ascontiguousarray(self.x[:, view::VIEWS])
            unit = unit_rows(here @ whitened_within(here, labels, learnt_from))
            same, near = cosines(unit, pairs[0]), np.sort(cosines(unit, pairs[1]))
            found.append(np.searchsorted(near, same).mean() / len(near))
        return float(np.mean(found))


def learn(
    coordinates: np.ndarray, photos: np.ndarray | None = None, rounds: int = 1, random_state: int = 0
) -> PseudoIdentities:
    """``PseudoIdentities`` of n faces; cosines of ``coordinates @ map`` tell one person from two.

    A round's groups are those of the faces as they are, found again by ``cross_fitted`` likenesses; a second
    round finds them once more. A round that does not raise the ``Judge``'s score is undone, and ends them.
    Whitening moves that score whatever it is learnt from, so that the first round has to beat groups of the
    same sizes drawn at random. Fewer than four sure groups, or groups of fewer than
    2.5 faces on average, teach nothing.

    Args:
        coordinates: (n, d), n >= 2.
        photos: (n,) int, the photo of each face: two faces of one photo are two people. None: none share one.
        rounds: how many at most.
        random_state: of all that is drawn.

    Raises:
        ValueError: rows that are not finite, or photos of another number than rows.
    """
    x = checked(coordinates).astype(np.float32)
    photos = np.arange(len(x)) if photos is None else np.asarray(photos)
    if photos.shape != (len(x),):
        raise ValueError(
            f"Expected the photo of each of {len(x)} faces, shape ({len(x)},); received {photos.shape}."
        )
    generator = np.random.default_rng(random_state)
    maps: list[np.ndarray] = [np.eye(x.shape[1], dtype=np.float32)]
    told: list[Round] = []
    judge, before = None, None
    cut, labels, sure = sure_groups(unit_rows(x), photos, generator)
    for number in range(1, rounds + 1):
        if teach(labels, sure):
            cut, labels, sure = sure_groups_by(cross_fitted(x, labels, sure, generator), photos, generator)
        counts = number, cut, len(np.unique(labels)), len(np.unique(labels[sure])), int(sure.sum())
        if not teach(labels, sure):
            told.append(Round(*counts, before, None, False))
            break
        if judge is None:
            judge = judge_of(x, labels, photos, generator)
            before = judge.score(shuffled(labels, sure, generator), sure)
        after = judge.score(labels, sure)
        kept = before is not None and after is not None and after > before
        told.append(Round(*counts, before, after, kept))
        if not kept:
            break
        maps.append(whitened_within(x, labels, sure))
        before = after
    maps += [maps[-1]] * (rounds + 1 - len(maps))
    return PseudoIdentities(np.stack(maps), tuple(told))


def teach(labels: np.ndarray, sure: np.ndarray) -> bool:
    """Whether the sure faces (n,) of groups ``labels`` (n,) are enough to teach a round."""
    groups = len(np.unique(labels[sure]))
    return groups >= FEWEST_GROUPS and int(sure.sum()) >= FACES_OF_A_GROUP * groups


def judge_of(x: np.ndarray, labels: np.ndarray, photos: np.ndarray, generator: np.random.Generator) -> Judge:
    """The ``Judge`` on coordinates x (n, d); no group of ``labels`` is torn apart by the halves."""
    halves = generator.integers(HALVES, size=labels.max() + 1)[labels]
    same, near = [], []
    for view in range(VIEWS):
        unit = unit_rows(np.ascontiguousarray(x[:, (view + 1) % VIEWS :: VIEWS]))
        _, found, sure = sure_groups(unit, photos, generator)
        same.append(pairs_within(found, sure))
        near.append(near_strangers(unit, found, generator))
    return Judge(x, halves, tuple(same), tuple(near))


def near_strangers(unit: np.ndarray, labels: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Seeded pairs of faces of two groups that look somewhat alike: int64 (2, m)."""
    centre, deviation = strangers(unit, generator)
    drawn = generator.integers(len(unit), size=(2, DRAWN_FOR_NEAR))
    alike = (cosines(unit, drawn) - centre) / deviation
    near = (alike > NEAR[0]) & (alike < NEAR[1]) & (labels[drawn[0]] != labels[drawn[1]])
    return drawn[:, near][:, :PAIRS]


def pairs_within(labels: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Pairs of chosen faces of one group, about ``PAIRS_OF_A_GROUP`` of each at most: int64 (2, m)."""
    rows = np.flatnonzero(chosen)
    pairs = [np.empty((2, 0), np.int64)]
    for group in (rows[members] for members in rows_by_value(labels[rows])):
        first, second = np.triu_indices(len(group), 1)
        step = 1 + len(first) // PAIRS_OF_A_GROUP
        pairs.append(np.stack([group[first[::step]], group[second[::step]]]))
    return np.concatenate(pairs, axis=1)


def shuffled(labels: np.ndarray, chosen: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """The labels (n,) with those of the chosen faces dealt anew among them."""
    rows = np.flatnonzero(chosen)
    out = labels.copy()
    out[rows] = labels[generator.permutation(rows)]
    return out
