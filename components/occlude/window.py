"""Which part of a chip a model reads: found by asking it, so that it holds for any model."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from components.occlude.effects import Ask
from components.occlude.families import Window

SAME = 1e-4  # of an embedding's length: batches of other sizes round differently


def reads(ask: Ask, chips: np.ndarray) -> Window:
    """The smallest window whose outside can be turned into its negative without an effect on any embedding.

    ``chips`` (n, h, w, 3) uint8 are a few faces. Raises ValueError where the model reads nothing of them.
    """
    height, width = chips.shape[1:3]
    whole = ask(chips).embedding
    near = SAME * np.linalg.norm(whole, axis=1)

    def unread(*hidden: slice) -> bool:
        turned = chips.copy()
        turned[(slice(None), *hidden)] = 255 - turned[(slice(None), *hidden)]
        return bool((np.linalg.norm(ask(turned).embedding - whole, axis=1) <= near).all())

    rows, columns = slice(None), slice(None)
    left = _most(width, lambda m: unread(rows, slice(0, m)))
    if left == width:
        raise ValueError("The model reads nothing of the faces. Expected embeddings that change with a chip.")
    top = _most(height, lambda m: unread(slice(0, m), columns))
    right = width - _most(width, lambda m: unread(rows, slice(width - m, width)))
    bottom = height - _most(height, lambda m: unread(slice(height - m, height), columns))
    return Window(left, top, right, bottom)


def _most(size: int, unread: Callable[[int], bool]) -> int:
    """The largest margin of 0 to ``size`` pixels that is unread, by halving."""
    low, high = 0, size
    while low < high:
        middle = (low + high + 1) // 2
        if unread(middle):
            low = middle
        else:
            high = middle - 1
    return low
