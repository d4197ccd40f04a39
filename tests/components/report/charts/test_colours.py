"""The first eight colours can be told apart without red-green sight, on a light and on a dark page."""

from itertools import combinations

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from components.report.charts.colours import FIRST, TEN, cluster_colours, is_square
from components.report.groups import OUTSIDE

# Machado, Oliveira and Fernandes 2009, severity 1, for linear RGB.
SIGHT = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}
LEAST = 15.0  # CIEDE2000; about 2 can just be seen side by side


def seen(colour: str, sight: str) -> np.ndarray:
    """CIELAB of #rrggbb under a kind of sight."""
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = (SIGHT[sight] @ linear).clip(0, 1)
    rgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return rgb2lab(rgb[None, None])[0, 0]


def apart(first: str, second: str, sight: str) -> float:
    return float(deltaE_ciede2000(seen(first, sight), seen(second, sight)))


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("page", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("first", [FIRST, TEN], ids=["eight", "ten"])
def test_the_first_colours_differ_for_everyone(first, page, sight):
    colours = [pair[page] for pair in cluster_colours(len(first), first)]
    assert min(apart(a, b, sight) for a, b in combinations(colours, 2)) > LEAST
    assert min(apart(colour, OUTSIDE[page], sight) for colour in colours) > 6


def test_the_measure_finds_a_pair_that_a_deuteranope_confuses():
    assert apart("#c0392b", "#6b7a0a", "normal") > 40
    assert apart("#c0392b", "#6b7a0a", "deuteranopia") < LEAST


def test_further_colours_keep_the_first_and_change_their_shape_by_blocks_of_eight():
    assert cluster_colours(3) == list(FIRST[:3])
    assert cluster_colours(30)[:8] == list(FIRST)
    assert cluster_colours(30, TEN)[:10] == list(TEN)
    assert len(set(cluster_colours(30))) == 30
    assert [is_square(rank) for rank in (0, 7, 8, 15, 16)] == [False, False, True, True, False]
