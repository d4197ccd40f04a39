"""The 68 points of a face that looks ahead, in a chip of 192 pixels, and faces drawn around such points."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

SIDE = 192
JAW = (21, 73), (22, 93), (24, 112), (27, 132), (35, 150), (46, 166), (60, 179), (77, 189), (96, 191)
BROW = (37, 59), (46, 50), (58, 48), (72, 49), (84, 54)
RIDGE = (96, 68), (96, 81), (96, 93), (96, 106)
NOSTRILS = (81, 115), (88, 118), (96, 120)
EYE = (52, 71), (60, 67), (69, 67), (77, 72), (68, 74), (59, 74)
LIP = (67, 140), (78, 135), (88, 133), (96, 134)
UNDER = (96, 156), (87, 155), (77, 150)
INNER = (72, 140), (88, 138), (96, 139)
INNER_UNDER = (96, 146), (88, 145)


def _turned(points):
    return [(SIDE - x, y) for x, y in points]


POINTS = np.array(
    [
        *JAW,
        *_turned(JAW[-2::-1]),
        *BROW,
        *_turned(BROW[::-1]),
        *RIDGE,
        *NOSTRILS,
        *_turned(NOSTRILS[1::-1]),
        *EYE,
        *(_turned([EYE[i] for i in (3, 2, 1, 0, 5, 4)])),
        *LIP,
        *_turned(LIP[2::-1]),
        *_turned(UNDER[:0:-1]),
        *UNDER,
        *INNER,
        *_turned(INNER[1::-1]),
        *_turned(INNER_UNDER[:0:-1]),
        *INNER_UNDER,
    ],
    float,
)


def quarters(low=-60, high=250):
    """Any 68 points in quarters of a pixel, so that sums and mirror images of them are exact."""
    return arrays(np.int64, (68, 2), elements=st.integers(4 * low, 4 * high)).map(lambda a: a / 4)


def faces(spread=6):
    """Points of a face that looks ahead, each moved by up to ``spread`` pixels, in quarters of a pixel."""
    moved = arrays(np.int64, (68, 2), elements=st.integers(-4 * spread, 4 * spread))
    return moved.map(lambda a: POINTS + a / 4)


def noise_chips(n, seed=0):
    """Chips (n, 192, 192, 3) uint8 of coarse random patches, different from each other everywhere."""
    drawn = np.random.default_rng(seed).integers(30, 226, (n, 24, 24, 3), np.uint8)
    return drawn.repeat(8, axis=1).repeat(8, axis=2)
