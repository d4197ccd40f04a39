"""Which model mined some pairs, written so that it is known again when it is judged on them."""

from __future__ import annotations

BETWEEN = "+"


def miner_of(space: str, weights: str) -> str:
    """``<space>+<weights>``: the name of an embedder's space, and a hash of its weights alone.

    Two spaces of one network, which differ in how they look at a face, have the same weights.
    """
    return f"{space}{BETWEEN}{weights}"


def judged_on_own_mining(space: str, weights: str, miner: str, fitted: bool = False) -> bool:
    """Whether the model of this space and these weights mined the pairs itself.

    It did if the space or the weights are the miner's. Of a model that is ``fitted`` on the photos at hand
    the name is enough: its weights differ from one set of photos to the next, and it sees nearly the same.
    ``miner`` is "" where no model chose the pairs: then nobody is judged on its own.
    """
    if not miner:
        return False
    mining, _, its_weights = miner.rpartition(BETWEEN)
    return (
        space == mining
        or (bool(weights) and weights == its_weights)
        or (fitted and space.rpartition("-")[0] == mining.rpartition("-")[0])
    )
