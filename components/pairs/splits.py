"""Splits of people: who look alike stay together, and nobody is in two splits."""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx
import numpy as np


def components_of(n: int, look_alikes: Sequence[tuple[int, int]]) -> list[list[int]]:
    """The people 0 to n - 1 who hang together by look-alikes, each component and all of them sorted."""
    graph = nx.Graph(look_alikes)
    graph.add_nodes_from(range(n))
    return sorted(sorted(part) for part in nx.connected_components(graph))


def dealt(
    components: Sequence[Sequence[int]], n_splits: int, names: Sequence[str], seed: int = 0
) -> list[list[int]]:
    """Deals whole components, shuffled by ``seed``, into splits of about as many people (P2, 7.3.3).

    The largest are dealt first, each into the split with fewest people. Returns the people of each split,
    sorted.

    Raises:
        ValueError: fewer than 2 splits, fewer components than splits, or a component of more people than a
            split has room for, an ``n_splits``-th of all, rounded up; the error names its people.
    """
    if n_splits < 2:
        raise ValueError(f"--splits {n_splits} is wrong. Expected at least 2.")
    total = sum(map(len, components))
    room = -(-total // n_splits)
    largest = max(components, key=len, default=())
    possible = [k for k in range(2, len(components) + 1) if len(largest) <= -(-total // k)]
    fits = max((k for k in possible if k < n_splits), default=None)
    told = f"Give --splits {fits}" if fits else "Leave out some of these pairs, or add people"
    if len(components) < n_splits:
        raise ValueError(
            f"{n_splits} splits need as many groups of people who don't look alike; there are "
            f"{len(components)}. {told}."
        )
    if len(largest) > room:
        raise ValueError(
            f"A split has room for {room} of {total} people, but {len(largest)} hang together by "
            f"look-alikes: {', '.join(names[person] for person in largest)}. {told}."
        )
    order = np.random.default_rng(seed).permutation(len(components)).tolist()
    splits: list[list[int]] = [[] for _ in range(n_splits)]
    for place in sorted(order, key=lambda i: -len(components[i])):  # stable: equal ones stay shuffled
        min(splits, key=len).extend(components[place])
    return [sorted(split) for split in splits]
