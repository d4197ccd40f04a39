"""What a set of pairs is made of, in the figures of P2, chapter 7."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from components.evaluate.figures.verification import people_of
from components.pairs.files import Pairs


def statistics_of(
    pairs: Pairs, components: Sequence[Sequence[int]] = (), groups: Mapping[str, str | None] | None = None
) -> dict[str, Any]:
    """People, pairs and shares of a set of pairs (P2, 7.3.3), for JSON.

    Args:
        pairs: of photos in their people's folders.
        components: the people who hang together by look-alikes; none for random pairs.
        groups: for each path a value, such as the sex in the photo, or None if it is not known.

    Returns:
        ``people``, ``photos`` (in any pair), ``pairs``, ``of_one_person``, ``splits``; ``people_a_split``
        {"least", "most"}; ``identity_share``, the share of a split's pairs that a person is in: "least",
        "most" and "deviation", each the mean over the splits; ``components``, {size: count}; and ``groups``,
        {value: share of the photos' places in pairs}, None without groups.

    Raises:
        ValueError: the paths don't tell who is in the photos.
    """
    people = people_of(pairs)
    if people is None:
        raise ValueError("The pairs' paths don't tell the people. Expected <person>/<photo>.")
    shares = [_shares(people[pairs.fold == fold]) for fold in np.unique(pairs.fold)]
    sizes = [len(share) for share in shares]
    figures = (("least", np.min), ("most", np.max), ("deviation", np.std))
    spread = {name: float(np.mean([figure(share) for share in shares])) for name, figure in figures}
    return {
        "people": len(np.unique(people)),
        "photos": len({*pairs.first, *pairs.second}),
        "pairs": len(pairs),
        "of_one_person": int(pairs.same.sum()),
        "splits": len(shares),
        "people_a_split": {"least": min(sizes), "most": max(sizes)},
        "identity_share": spread,
        "components": {str(size): n for size, n in sorted(Counter(map(len, components)).items())},
        "groups": None if groups is None else _group_shares(pairs, groups),
    }


def _shares(people: np.ndarray) -> np.ndarray:
    """For each person the share of the pairs (p, 2) that he or she is in: float64 (people,)."""
    names, places = np.unique(people, return_inverse=True)
    places = places.reshape(people.shape)
    in_pair = np.zeros((len(people), len(names)), bool)
    in_pair[np.arange(len(people))[:, None], places] = True
    shares: np.ndarray = in_pair.mean(axis=0)
    return shares


def _group_shares(pairs: Pairs, groups: Mapping[str, str | None]) -> dict[str, float]:
    counts = Counter(groups.get(path) or "unknown" for path in (*pairs.first, *pairs.second))
    return {value: n / counts.total() for value, n in sorted(counts.items())}
