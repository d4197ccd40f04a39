"""All sizes of a picture side by side on one tape, which the first network reads window by window.

The windows have one shape, for which OpenCV sets the network up once, and are small enough for a core's
cache: 1.5 to 2 times as fast for each pixel as one large canvas.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

STRIDE, CELL = 2, 12
OVERLAP = CELL - STRIDE  # pixels that two neighbours share, so that each cell lies in one of them
HEIGHT, WINDOW = 92, 128
GAP = 2  # between strips; cells that lie across two are not looked at
GREY = (127, 127, 127)


@dataclass(frozen=True)
class Strip:
    """Rows of a level: ``rows`` pixels from ``top`` on, whose first pixel lies at (x, y) on the tape."""

    level: int
    top: int
    rows: int
    x: int
    y: int

    def cells(self, width: int) -> tuple[slice, slice]:
        """Where the cells of the strip, of a level ``width`` pixels wide, lie among those of the tape."""
        first, left = self.y // STRIDE, self.x // STRIDE
        return slice(first, first + n_cells(self.rows)), slice(left, left + n_cells(width))


def n_cells(side: int) -> int:
    """How many cells fit beside each other into so many pixels."""
    return (side - CELL) // STRIDE + 1


def lay_out(levels: Sequence[np.ndarray]) -> tuple[np.ndarray, list[Strip]]:
    """The tape, uint8 RGB [HEIGHT, whole windows, 3], and where each strip of the levels, large to small, is.

    A strip goes below the last one where it fits there, or else to the right of all.
    """
    strips: list[Strip] = []
    left, column, below = 0, 0, 0  # of the last column: its place, its width, the first free row
    for number, level in enumerate(levels):
        width = _even(level.shape[1])
        for top, rows in _cut(level.shape[0]):
            if below + rows > HEIGHT or width > column:
                left, column, below = left + column + (GAP if column else 0), width, 0
            strips.append(Strip(number, top, rows, left, below))
            below += _even(rows) + GAP
    tape = np.full((HEIGHT, _whole_windows(left + column), 3), GREY, np.uint8)
    for strip in strips:
        level = levels[strip.level]
        rows = level[strip.top : strip.top + strip.rows]
        tape[strip.y : strip.y + strip.rows, strip.x : strip.x + level.shape[1]] = rows
    return tape, strips


def windows(width: int) -> Iterator[slice]:
    """The columns of each window of a tape; neighbours share OVERLAP pixels, and no cell."""
    for left in range(0, max(1, width - OVERLAP), WINDOW - OVERLAP):
        yield slice(left, left + WINDOW)


def _cut(height: int) -> Iterator[tuple[int, int]]:
    """First row and number of rows of each strip of a level; neighbours share OVERLAP rows."""
    for top in range(0, max(1, height - OVERLAP - STRIDE + 1), HEIGHT - OVERLAP):
        yield top, min(HEIGHT, height - top)


def _whole_windows(width: int) -> int:
    return -(-max(1, width - OVERLAP) // (WINDOW - OVERLAP)) * (WINDOW - OVERLAP) + OVERLAP


def _even(value: int) -> int:
    return value + value % 2
