"""Colours for any number of clusters, for a light and for a dark page.

The first eight pairs are the result of a search: the least CIEDE2000 distance between any two of them, seen
normally or with protanopia or deuteranopia (Machado, Oliveira and Fernandes 2009, severity 1), is 16; a test
keeps it above 15. Further colours only differ in normal sight. Therefore every drawing names its clusters
too, and dots are round for one block of eight and square for the next.
"""

import math
from collections.abc import Sequence

FIRST = (
    ("#122caa", "#5561e7"),
    ("#934404", "#b55508"),
    ("#53ad81", "#7afed0"),
    ("#da8bb6", "#a25882"),
    ("#a48610", "#ffe31d"),
    ("#0b6a76", "#3eabf0"),
    ("#7f70fb", "#dddefc"),
    ("#7a0f37", "#fe6b6d"),
)
# Two more for classes of small pictures, which are often ten: the least distance between any two is then 15,
# and from the page 20. They came later, and other pages keep their colours.
TEN = (*FIRST, ("#390044", "#4503a4"), ("#efcc1d", "#7a564f"))
GOLDEN_ANGLE = 137.508  # degrees: neighbours in rank are far apart in hue, however many colours there are
LIGHT = (0.55, 0.66, 0.45)  # OKLCH lightness, by turn
DARK = (0.74, 0.62, 0.83)


def oklch_hex(lightness: float, chroma: float, hue: float) -> str:
    """#rrggbb of an OKLCH colour (hue in degrees); chroma is lowered until the colour fits into sRGB.

    Björn Ottosson, "A perceptual color space for image processing", 2020.
    """
    while True:
        rgb = _linear_rgb(lightness, chroma, hue)
        if chroma <= 0 or all(-1e-4 <= channel <= 1.0001 for channel in rgb):
            return "#" + "".join(f"{round(255 * _gamma(channel)):02x}" for channel in rgb)
        chroma = round(chroma - 0.005, 4)


def cluster_colours(count: int, first: Sequence[tuple[str, str]] = FIRST) -> list[tuple[str, str]]:
    """`count` pairs of #rrggbb, for a light and a dark page; the ``first`` are easy to tell apart."""
    generated = [
        (
            oklch_hex(LIGHT[rank % 3], 0.15, 255 + rank * GOLDEN_ANGLE),
            oklch_hex(DARK[rank % 3], 0.13, 255 + rank * GOLDEN_ANGLE),
        )
        for rank in range(len(first), count)
    ]
    return [*first[:count], *generated]


def is_square(rank: int) -> bool:
    """Whether the dots of the cluster with this rank are square: every other block of eight colours."""
    return rank // len(FIRST) % 2 == 1


def _linear_rgb(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _gamma(channel: float) -> float:
    value = min(max(channel, 0.0), 1.0)
    return 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
