"""The wavelet scattering of small pictures: what stays of them where small shifts don't count.

Bruna and Mallat, "Invariant scattering convolution networks" (IEEE Trans. Pattern Analysis and Machine
Intelligence 35(8), 2013), equations 8 to 10: averages of a picture, of the sizes of its wavelet coefficients,
and of the sizes of theirs.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from models.subspaces.morlet import filter_bank
from models.subspaces.settings import EDGES
from models.tensors import Tensor


def n_paths(n_scales: int, n_angles: int) -> int:
    """How many numbers each place has for one colour: 1 + J L + L^2 J (J - 1) / 2.

    >>> n_paths(2, 8)
    81
    """
    return 1 + n_scales * n_angles + n_angles**2 * n_scales * (n_scales - 1) // 2


def scattering(images: Tensor, n_scales: int = 2, n_angles: int = 8, edge: str = "mirrored") -> Tensor:
    """Scattering of orders 0, 1 and 2 at places 2^n_scales pixels apart.

    Args:
        images: (B, h, w, c), their sides known.
        n_scales: J, at least 1.
        n_angles: L, over half a turn.
        edge: what lies beyond a picture: its mirror image ("mirrored"), or nothing ("zero").

    Returns:
        float32 (B, ceil(h / 2^J), ceil(w / 2^J), c * ``n_paths(J, L)``): colour by colour the average, then
        for every scale j1 all L angles, then for every pair j1 < j2 all L x L pairs of angles.

    Raises:
        ValueError: a side below 2^(J + 1) pixels, or an unknown edge.
    """
    if edge not in EDGES:
        raise ValueError(f"Unknown edge {edge!r}. Expected one of: {', '.join(EDGES)}.")
    height, width, colours = images.shape[1:]
    bank = filter_bank(height, width, n_scales, n_angles)
    planes = tf.reshape(tf.transpose(tf.cast(images, tf.float32), (0, 3, 1, 2)), (-1, height, width))
    padded = tf.gather(tf.gather(planes, bank.rows.reflected, axis=1), bank.columns.reflected, axis=2)
    if edge == "zero":
        padded = padded * bank.rows.inside[:, np.newaxis] * bank.columns.inside

    def averaged(sizes: Tensor, scale: int) -> Tensor:
        rows, columns = bank.rows.averages[scale], bank.columns.averages[scale]
        across = tf.transpose(tf.tensordot(sizes, columns.T, 1), (0, 1, 3, 2))
        return tf.tensordot(across, rows.T, 1)  # (B c, paths, w', h')

    found = [averaged(padded[:, tf.newaxis], 0)]
    second = []
    spectra = spectra_of(padded)
    for scale in range(n_scales):
        sizes = wavelet_sizes(spectra, bank.wavelets[0, scale], 2**scale)
        found.append(averaged(sizes, scale))
        finer = spectra_of(sizes) if scale < n_scales - 1 else None
        for next_scale in range(scale + 1, n_scales):
            wavelets = bank.wavelets[scale, next_scale]
            again = wavelet_sizes(finer, wavelets, 2 ** (next_scale - scale))
            second.append(averaged(tf.reshape(again, (-1, n_angles**2, *again.shape[-2:])), next_scale))
    paths = tf.concat(found + second, axis=1)
    by_colour = tf.reshape(paths, (-1, colours * n_paths(n_scales, n_angles), *paths.shape[2:]))
    return tf.transpose(by_colour, (0, 3, 2, 1))


def spectra_of(maps: Tensor) -> Tensor:
    """The Fourier transforms of maps (..., H, W) float32, complex64 of the same shape."""
    return tf.signal.fft2d(tf.complex(maps, tf.zeros_like(maps)))


def wavelet_sizes(spectra: Tensor, wavelets: np.ndarray, step: int) -> Tensor:
    """Sizes of the wavelet coefficients at every ``step``-th place: (..., L, H / step, W / step) float32.

    ``spectra`` (..., H, W) and ``wavelets`` (L, H, W) are complex64. Frequencies that look alike at that step
    are added up before they are transformed back.
    """
    height, width = wavelets.shape[1] // step, wavelets.shape[2] // step
    folded, wavelets = 0, wavelets / step**2
    for top in range(0, height * step, height):
        for left in range(0, width * step, width):
            part = (slice(top, top + height), slice(left, left + width))
            folded += spectra[..., tf.newaxis, part[0], part[1]] * wavelets[:, part[0], part[1]]
    return tf.abs(tf.signal.ifft2d(folded))
