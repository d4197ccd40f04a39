"""The scattering worked out in space, without any Fourier transform of a picture: what the fast one is held to.

Wavelets and averages are written down pixel by pixel, as matrices between the places of two grids, in float64.
"""

import itertools

import numpy as np

from models.subspaces.morlet import ELONGATION, SIGMA, XI, axis_of, low_pass_deviation

WRAPS = range(-3, 3)  # the next ones are ten deviations away and more


def places(axis, scale):
    """The grid of step 2^scale on one axis."""
    return axis.starts[scale] + 2**scale * np.arange(len(axis.reflected) // 2**scale)


def places_told(side, axis, n_scales):
    """Where the averages are taken, symmetric about the picture's middle."""
    before = (len(axis.reflected) - side) // 2
    count = -(-side // 2**n_scales)
    return before + (side - 1) / 2 + 2**n_scales * (np.arange(count) - (count - 1) / 2)


def over_wraps(function, there, here, sides):
    """The sum of function(y, x) over all repetitions of the padded picture: (places there, places here).

    What counts is how far apart two places are, in steps of the grid that is read.
    """
    step = here[0][1] - here[0][0]
    counts = [len(line) for line in here]
    offsets = [t[0] - h[0] + step * np.arange(n) for t, h, n in zip(there, here, counts, strict=True)]
    table = 0
    for turn_y, turn_x in itertools.product(WRAPS, WRAPS):
        table = table + function(offsets[0][:, None] + turn_y * sides[0], offsets[1] + turn_x * sides[1])
    rows, columns = (
        np.round((t[:, None] - t[0] - h + h[0]) / step).astype(int) % n
        for t, h, n in zip(there, here, counts, strict=True)
    )
    found = table[rows[:, None, :, None], columns[None, :, None, :]]
    return found.reshape(len(there[0]) * len(there[1]), -1)


def gaussian(y, x, scale, angle, n_angles):
    """The Gaussian of a Morlet wavelet, of integral 1."""
    along = (x * np.cos(angle) + y * np.sin(angle)) / 2**scale / SIGMA
    beside = (y * np.cos(angle) - x * np.sin(angle)) / 2**scale / SIGMA * ELONGATION / n_angles
    size = ELONGATION / n_angles / (2 * np.pi * SIGMA**2 * 4**scale)
    return size * np.exp(-(along**2 + beside**2) / 2)


def wavelet_matrix(axes, scales, angle, n_angles):
    """The wavelet of scales[1] from the grid of scales[0] to its own, before it is made quieter."""
    i, j = scales
    here, there = ([places(axis, scale) for axis in axes] for scale in scales)
    sides = [len(axis.reflected) for axis in axes]

    def bump(y, x):
        return gaussian(y, x, j, angle, n_angles)

    def wave(y, x):
        return bump(y, x) * np.exp(1j * XI / 2**j * (x * np.cos(angle) + y * np.sin(angle)))

    bumps, waves = (4**i * over_wraps(part, there, here, sides) for part in (bump, wave))
    return waves - (waves.sum(axis=1) / bumps.sum(axis=1))[:, None] * bumps


def average_matrix(axes, shape, scale, n_scales):
    """The low-pass from the grid of a scale to the places that are told; its rows add up to 1."""
    there = [places_told(side, axis, n_scales) for side, axis in zip(shape, axes, strict=True)]
    here = [places(axis, scale) for axis in axes]
    sides = [len(axis.reflected) for axis in axes]
    deviation = low_pass_deviation(n_scales)
    weights = over_wraps(lambda y, x: np.exp(-(y**2 + x**2) / 2 / deviation**2), there, here, sides)
    return weights / weights.sum(axis=1, keepdims=True)


def angles(n_angles):
    return np.pi * np.arange(n_angles) / n_angles


def layer(axes, scale, n_scales, n_angles, bank):
    """The wavelets of all scales from ``scale`` on, on its grid, as quiet as the bank's.

    {j: (n_angles, there, here)}. The first line of a matrix on its own grid is the wavelet itself, wrapped and
    turned round: its length tells by what the bank has divided.
    """
    found = {
        j: np.stack([wavelet_matrix(axes, (scale, j), angle, n_angles) for angle in angles(n_angles)])
        for j in range(scale, n_scales)
    }
    own = found[scale][0]
    loudest = np.linalg.norm(own[0]) * np.sqrt(own.shape[1]) / np.linalg.norm(bank.wavelets[scale, scale][0])
    return {j: wavelets / loudest for j, wavelets in found.items()}


def spatial_scattering(picture, n_scales, n_angles, bank, beyond="symmetric"):
    """The scattering of one picture (h, w): (places, places, paths) float64.

    ``beyond`` is NumPy's word for how the picture goes on. Of the filter bank it takes only what the wavelets of a grid are divided by.
    """
    shape = picture.shape
    axes = [axis_of(side, n_scales) for side in shape]
    widths = [margins(axis, side) for axis, side in zip(axes, shape, strict=True)]
    flat = np.pad(picture.astype(np.float64), widths, mode=beyond).ravel()
    averages = [average_matrix(axes, shape, scale, n_scales) for scale in range(n_scales)]
    wavelets = [layer(axes, scale, n_scales, n_angles, bank) for scale in range(n_scales)]
    sizes = [np.abs(wavelets[0][scale] @ flat) for scale in range(n_scales)]
    paths = [averages[0] @ flat]
    for scale in range(n_scales):
        paths += [averages[scale] @ first for first in sizes[scale]]
    for i, j in itertools.combinations(range(n_scales), 2):
        for first in sizes[i]:
            paths += [averages[j] @ second for second in np.abs(wavelets[i][j] @ first)]
    told = [len(places_told(side, axis, n_scales)) for side, axis in zip(shape, axes, strict=True)]
    return np.stack(paths, axis=-1).reshape(*told, -1)


def margins(axis, side):
    """How many pixels are added before and after a line."""
    before = (len(axis.reflected) - side) // 2
    return before, len(axis.reflected) - side - before
