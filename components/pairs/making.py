"""Makes a set of pairs in splits out of photos of people: random, doppelganger or ViSE."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from components.evaluate.figures.roc import unit_about
from components.pairs.by_people import Drawn, drawn_by_people
from components.pairs.files import Pairs
from components.pairs.gallery import Gallery
from components.pairs.similar import LEAST_SIMILARITY, candidates, drawn_by_similarity
from components.pairs.splits import components_of, dealt

KINDS = ("random", "doppelganger", "vise")
Draw = Callable[[int, np.random.Generator], tuple[Drawn, Drawn]]  # half the size, to pairs of either sort


@dataclass(frozen=True)
class Asked:
    """What pairs are asked for: ``kind`` of ``KINDS``, and a number of pairs of which half are of one person.

    ``size``: pairs in a split. ``cap``: how many times an even share of a split's pairs one person may have.
    ``least_similarity``: of ViSE, the cosine above which two people's photos may be a pair.
    """

    kind: str
    n_splits: int = 10
    size: int = 600
    seed: int = 0
    cap: float = 2.0
    least_similarity: float = LEAST_SIMILARITY

    def __post_init__(self) -> None:
        """Raises ValueError, one line, for a value that is not possible."""
        if self.kind not in KINDS:
            raise ValueError(f"Unknown kind {self.kind!r}. Expected one of: {', '.join(KINDS)}.")
        if self.size < 2 or self.size % 2:
            raise ValueError(f"--size {self.size} is wrong. Expected an even number, half of either label.")
        if self.cap < 1 or not np.isfinite(self.cap):
            raise ValueError(f"--cap {self.cap} is wrong. Expected at least 1, an even share for everybody.")
        if self.seed < 0:
            raise ValueError(f"--seed {self.seed} is wrong. Expected 0 or more.")


@dataclass(frozen=True)
class Made:
    """``pairs``, whose paths have their extension, and the ``components`` of people among the splits."""

    pairs: Pairs
    components: list[list[int]]


def make_pairs(
    gallery: Gallery,
    look_alikes: Sequence[tuple[int, int]],
    asked: Asked,
    embeddings: np.ndarray | None = None,
    miner: str = "",
) -> Made:
    """Pairs in splits that share nobody, with as many of one person as of two in each (P2, chapter 7).

    Doppelganger pairs and ViSE take only people who look like somebody, and the same splits for the same
    seed. Random pairs take all; look-alikes, if there are any, only keep people together.

    Args:
        gallery: n photos of m people.
        look_alikes: pairs of people, by their places in ``gallery.names``.
        asked: what is asked for.
        embeddings: (n, d), of ViSE.
        miner: the model that chose look-alikes or photos, "" if none did.

    Raises:
        ValueError: people or photos are too few; the error has the counts, and the size that would fit.
    """
    people = sorted({person for pair in look_alikes for person in pair})
    if asked.kind == "random":
        people = list(range(len(gallery.names)))
    place = {person: i for i, person in enumerate(people)}
    edges = [(place[a], place[b]) for a, b in look_alikes]
    chosen = gallery.of(people)
    components = components_of(len(people), edges)
    splits = dealt(components, asked.n_splits, chosen.names, asked.seed)
    rows = None
    if embeddings is not None:
        unit = unit_about(embeddings, np.zeros(embeddings.shape[1]))
        rows = unit[np.isin(gallery.people, people)].astype(np.float32)
    draws = [_draw_of(chosen, split, edges, asked, rows) for split in splits]
    pairs = _filled(draws, asked, chosen, splits)
    return Made(replace(pairs, kind=asked.kind, miner=miner, seed=str(asked.seed)), components)


def _draw_of(
    gallery: Gallery,
    split: Sequence[int],
    edges: Sequence[tuple[int, int]],
    asked: Asked,
    unit: np.ndarray | None,
) -> Draw:
    """What draws the pairs of one split, by half its size."""
    everyone = gallery.photos()
    photos = [everyone[person] for person in split]
    if asked.kind == "vise":
        if unit is None:
            raise ValueError("ViSE pairs need embeddings. Expected one a photo; received none.")
        rows = np.sort(np.concatenate(photos))
        found = candidates(unit[rows], gallery.people[rows], asked.least_similarity)
        alike = [(int(rows[i]), int(rows[j]), cosine) for i, j, cosine in found]
        return lambda half, rng: drawn_by_similarity(photos, alike, half, asked.cap, rng)
    place = {person: i for i, person in enumerate(split)}
    among = [(place[a], place[b]) for a, b in edges if a in place]
    if asked.kind == "random":
        among = list(combinations(range(len(split)), 2))
    return lambda half, rng: drawn_by_people(photos, among, half, asked.cap, rng)


def _filled(draws: Sequence[Draw], asked: Asked, gallery: Gallery, splits: Sequence[Sequence[int]]) -> Pairs:
    """The pairs of all splits; raises ValueError, with the size that would fit, where one is not filled."""
    half = asked.size // 2
    found = _drawn(draws, half, asked.seed)
    short = next((i for i, sorts in enumerate(found) if min(map(len, sorts)) < half), None)
    if short is not None:
        raise ValueError(_too_few(draws, asked, (short, found[short]), gallery, splits))
    rows = [
        (gallery.paths[i], gallery.paths[j], same, fold)
        for fold, (own, others) in enumerate(found)
        for same, drawn in ((True, own), (False, others))
        for i, j in drawn
    ]
    return Pairs(
        [row[0] for row in rows],
        [row[1] for row in rows],
        np.array([row[2] for row in rows], bool),
        np.array([row[3] for row in rows], np.int64),
        tuple(str(fold) for fold in range(len(draws))),
    )


def _drawn(draws: Sequence[Draw], half: int, seed: int) -> list[tuple[Drawn, Drawn]]:
    return [draw(half, np.random.default_rng((seed, fold))) for fold, draw in enumerate(draws)]


def _too_few(
    draws: Sequence[Draw],
    asked: Asked,
    short: tuple[int, tuple[Drawn, Drawn]],
    gallery: Gallery,
    splits: Sequence[Sequence[int]],
) -> str:
    """The error of a split that is not filled, with the largest size found that fills all."""
    place, (own, others) = short
    n_photos = int(np.isin(gallery.people, splits[place]).sum())
    fits = _fitting(draws, asked)
    told = f"--size {fits} would fit all splits" if fits else "No size fits all splits"
    alike = f" whose similarity is above {asked.least_similarity:g}" if asked.kind == "vise" else ""
    hint = ", or a lower --least-similarity" if asked.kind == "vise" else ""
    return (
        f"Too few photos: split {place} has {len(splits[place])} people with {n_photos} photos, which give "
        f"{len(own)} pairs of one person and {len(others)} of two people{alike}, nobody above {asked.cap:g} "
        f"even shares. Expected {asked.size // 2} of each. {told}; or give fewer --splits, a larger --cap"
        f"{hint}."
    )


def _fitting(draws: Sequence[Draw], asked: Asked) -> int:
    """The largest even size below ``asked.size`` that a search by halves finds to fit all; 0: none."""
    low, high = 0, asked.size // 2
    while high - low > 1:
        middle = (low + high) // 2
        full = all(min(map(len, sorts)) == middle for sorts in _drawn(draws, middle, asked.seed))
        low, high = (middle, high) if full else (low, middle)
    return 2 * low
