"""Morlet wavelets and a Gaussian low-pass on the grids of one size of picture, for wavelet scattering.

Bruna and Mallat, "Invariant scattering convolution networks" (IEEE Trans. Pattern Analysis and Machine
Intelligence 35(8), 2013), section 2: a Morlet wavelet is a plane wave under a Gaussian, less so much of the
Gaussian that its mean is 0; the others are that one dilated by 2^j and turned by theta.

The transform of a wavelet is known in closed form. On a grid of step s it repeats every 2 pi / s, and the sum
of its repetitions is exactly the transform of the wavelet's samples there (Poisson's formula). Every grid is
symmetric about the picture's middle, between pixels where need be: so a picture of even sides that is turned
by 90 degrees or mirrored has the same numbers at turned places.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

SIGMA = 0.8  # pixels, the Gaussian's deviation along the wave at scale 0; the paper has 0.85
XI = 3 * np.pi / 4  # radians a pixel, the wave at scale 0; the paper's
ELONGATION = 4.0  # over n_angles: how much shorter the Gaussian is along the wave than across it
REPETITIONS = np.arange(-3, 4)  # of a transform; the next ones are below 1e-40
FACTORS = (2, 3, 5)  # of the sides that are fast to transform


@dataclass(frozen=True)
class Axis:
    """One direction of a picture: how it is reflected, and where its filters look.

    ``reflected`` (padded,) are the pixels that make up the padded line, and ``inside`` (padded,) float32 is 1
    where it is the picture itself, else 0. ``starts[j]`` is the first place of
    the grid of step 2^j, and ``averages[j]`` (places, padded / 2^j) float32 the low-pass from it to the
    places where the scattering is told.
    """

    reflected: np.ndarray
    inside: np.ndarray
    starts: tuple[float, ...]
    averages: tuple[np.ndarray, ...]


@dataclass(frozen=True)
class FilterBank:
    """All that turns a picture (h, w) into its scattering.

    ``wavelets[i, j]`` (n_angles, H / 2^i, W / 2^i) complex64 are the transforms of the wavelets of scale j on
    the grid of step 2^i, H and W being the padded sides. Their phase leads to the grid of step 2^j.
    """

    rows: Axis
    columns: Axis
    wavelets: dict[tuple[int, int], np.ndarray]


def low_pass_deviation(n_scales: int) -> float:
    """The deviation in pixels of the Gaussian that averages over 2^n_scales pixels."""
    return SIGMA * 2 ** (n_scales - 1)


@functools.lru_cache(maxsize=8)
def filter_bank(height: int, width: int, n_scales: int, n_angles: int) -> FilterBank:
    """The filters for pictures of ``height`` and ``width`` pixels: scales 0 to n_scales - 1, n_angles angles.

    At every frequency of every grid |low-pass|^2 and the mean, over a frequency and its negative, of the
    squares of all wavelets add up to 1 at most. Raises ValueError for a side below 2^(n_scales + 1) pixels.
    """
    rows, columns = (axis_of(side, n_scales) for side in (height, width))
    wavelets = {}
    for i in range(n_scales):
        raw = [grid_wavelets(rows, columns, i, j, n_angles) for j in range(i, n_scales)]
        loudest = largest_gain(raw, rows, columns, i, n_scales)
        for j, psi in enumerate(raw, start=i):
            wavelets[i, j] = (psi / loudest).astype(np.complex64)
    return FilterBank(rows, columns, wavelets)


def axis_of(side: int, n_scales: int) -> Axis:
    """The grids of ``side`` pixels that are reflected at both ends; raises ValueError for too few pixels.

    The mirror stands at the edge, so the outermost pixel is repeated: on load_digits, enlarged to 16 pixels,
    that served grouping better than a mirror on the pixel.
    A margin of 1.5 times 2^n_scales is 2.5 deviations of all filters of a path together: what lies beyond
    comes from the other end of the padded line, and has 1.2% of the weight at the outermost pixel.
    """
    least = 2 ** (n_scales + 1)
    if side < least:
        raise ValueError(
            f"A picture has {side} pixels across. Expected at least {least}, as the scattering has "
            f"n_scales={n_scales}. Fix: give larger pictures, or set n_scales lower."
        )
    margin, unit = 3 * 2 ** (n_scales - 1), 2 ** (n_scales - 1)
    padded = unit * fast_length(-(-(side + 2 * margin) // unit))
    before = (padded - side) // 2
    along = (np.arange(padded) - before) % (2 * side)
    middle = before + (side - 1) / 2
    starts = tuple(middle % 2 ** (j - 1) for j in range(n_scales))
    step, count = 2**n_scales, -(-side // 2**n_scales)
    places = middle + step * (np.arange(count) - (count - 1) / 2)
    averages = tuple(
        low_pass(places, starts[j], 2**j, padded, low_pass_deviation(n_scales)) for j in range(n_scales)
    )
    inside = np.zeros(padded, np.float32)
    inside[before : before + side] = 1
    return Axis(np.minimum(along, 2 * side - 1 - along), inside, starts, averages)


def fast_length(least: int) -> int:
    """The smallest number from ``least`` on that has no prime factors but 2, 3 and 5."""

    def is_fast(number: int) -> bool:
        for factor in FACTORS:
            while number % factor == 0:
                number //= factor
        return number == 1

    while not is_fast(least):
        least += 1
    return least


def low_pass(places: np.ndarray, start: float, step: int, padded: int, deviation: float) -> np.ndarray:
    """Weights of the grid start + step m of a padded line at ``places`` (k,): (k, padded / step) float32.

    A Gaussian that repeats with the line; the weights of a place add up to 1.
    """
    grid = start + step * np.arange(padded // step)
    distance = places[:, None, None] - grid[:, None] + padded * REPETITIONS
    weights = np.exp(-np.square(distance / deviation) / 2).sum(axis=2)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def grid_wavelets(rows: Axis, columns: Axis, i: int, j: int, n_angles: int) -> np.ndarray:
    """Transforms of the wavelets of scale j on the grid of step 2^i: (n_angles, H / 2^i, W / 2^i) complex128.

    Each one's mean over that grid is 0.
    """
    found = []
    for angle in np.pi * np.arange(n_angles) / n_angles:
        wave = repeated(rows, columns, (i, j), angle, n_angles, XI)
        bump = repeated(rows, columns, (i, j), angle, n_angles, 0.0)
        found.append(wave - wave[0, 0] / bump[0, 0] * bump)
    return np.stack(found)


def repeated(
    rows: Axis, columns: Axis, scales: tuple[int, int], angle: float, n_angles: int, xi: float
) -> np.ndarray:
    """The transform of a wave under a Gaussian on a grid of step 2^i, at scale j; ``scales`` is (i, j).

    ``xi`` is the wave's frequency at scale 0, along ``angle`` from the columns' direction to the rows'; the
    result is complex128 (H / 2^i, W / 2^i). Its phase moves what it filters onto the grid of step 2^j.
    """
    i, j = scales
    step, across = 2**i, ELONGATION / n_angles
    frequencies = []
    for axis in (rows, columns):
        once = 2 * np.pi / step * np.fft.fftfreq(len(axis.reflected) // step)
        frequencies.append(once + 2 * np.pi / step * REPETITIONS[:, None])
    shift_y, shift_x = (axis.starts[j] - axis.starts[i] for axis in (rows, columns))
    y, x = frequencies[0][:, None, :, None], frequencies[1][None, :, None, :]
    along = 2**j * (x * np.cos(angle) + y * np.sin(angle)) - xi
    beside = 2**j * (y * np.cos(angle) - x * np.sin(angle)) / across
    bump = np.exp(-(SIGMA**2) / 2 * (np.square(along) + np.square(beside)))
    return np.asarray((bump * np.exp(1j * (shift_y * y + shift_x * x))).sum(axis=(0, 1)))


def largest_gain(raw: list[np.ndarray], rows: Axis, columns: Axis, i: int, n_scales: int) -> float:
    """What all wavelets of a grid are divided by, so that with the low-pass they add no energy."""
    energy = sum(np.square(np.abs(psi)).sum(axis=0) for psi in raw)
    negative = np.roll(energy[::-1, ::-1], 1, axis=(0, 1))
    low_y, low_x = (low_pass_gain(axis, i, n_scales) for axis in (rows, columns))
    left = 1 - np.square(low_y[:, None] * low_x)
    gains = (energy + negative)[left > 0] / 2 / left[left > 0]
    return float(np.sqrt(gains.max()))


def low_pass_gain(axis: Axis, i: int, n_scales: int) -> np.ndarray:
    """The size of the low-pass's transform at the frequencies of the grid of step 2^i: (padded / 2^i,)."""
    padded = len(axis.reflected)
    weights = low_pass(np.zeros(1), 0.0, 2**i, padded, low_pass_deviation(n_scales))
    return np.abs(np.fft.fft(weights[0].astype(np.float64)))
