"""The fast scattering against the one worked out in space, and what the paper promises of it."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from models.subspaces.morlet import axis_of, fast_length, filter_bank, low_pass_gain
from models.subspaces.wavelet_scattering import n_paths, scattering
from tests.bounds import eps, of_sum
from tests.models.subspaces.spatial_scattering import average_matrix, layer, margins, spatial_scattering

SHAPES = [((8, 8), 2, 8), ((9, 14), 2, 3), ((11, 8), 1, 4), ((16, 16), 3, 1)]


def noise(*shape, seed=0):
    return np.random.default_rng(seed).random(shape, np.float32)


def terms(images, n_scales):
    """The sums on the way: there and back twice by Fourier, and the average, over all padded pixels."""
    padded = np.prod([len(axis_of(side, n_scales).reflected) for side in images.shape[1:3]])
    return 5 * padded


@pytest.mark.parametrize(("edge", "beyond"), [("mirrored", "symmetric"), ("zero", "constant")])
@pytest.mark.parametrize(("shape", "n_scales", "n_angles"), SHAPES)
def test_it_equals_the_scattering_worked_out_in_space(shape, n_scales, n_angles, edge, beyond):
    picture = noise(*shape)
    found = scattering(picture[None, ..., None], n_scales, n_angles, edge)[0].numpy()
    bank = filter_bank(*shape, n_scales, n_angles)
    expected = spatial_scattering(picture, n_scales, n_angles, bank, beyond)
    assert found.shape == (*(-(-side // 2**n_scales) for side in shape), n_paths(n_scales, n_angles))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize(("shape", "n_scales", "n_angles"), [*SHAPES, ((28, 28), 2, 8), ((32, 32), 3, 8)])
def test_filters_add_no_energy_at_any_frequency_and_some_lose_none(shape, n_scales, n_angles):
    bank = filter_bank(*shape, n_scales, n_angles)
    for i in range(n_scales):
        here = [psi for (grid, _), psi in bank.wavelets.items() if grid == i]
        energy = sum(np.square(np.abs(psi.astype(np.complex128))).sum(axis=0) for psi in here)
        negative = np.roll(energy[::-1, ::-1], 1, axis=(0, 1))
        low = low_pass_gain(bank.rows, i, n_scales)[:, None] * low_pass_gain(bank.columns, i, n_scales)
        total = np.square(low) + (energy + negative) / 2
        assert total.max() == pytest.approx(1, abs=of_sum(n_scales * n_angles))
        np.testing.assert_allclose([psi[:, 0, 0] for psi in here], 0, atol=eps("float64"))


def gain(axes, shape, scale, n_scales, n_angles):
    """The most by which a layer of the scattering enlarges the energy of a map on the grid of a scale.

    The greatest eigenvalue of what its matrices make of a map's energy. A place that stands for 4^j pixels
    counts so much.
    """
    bank = filter_bank(*shape, n_scales, n_angles)
    low = average_matrix(axes, shape, scale, n_scales)
    total = 4.0 ** (n_scales - scale) * low.T @ low
    for j, wavelets in layer(axes, scale, n_scales, n_angles, bank).items():
        flat = wavelets.reshape(-1, wavelets.shape[-1])
        total += 4.0 ** (j - scale) * (flat.conj().T @ flat).real
    return np.linalg.eigvalsh(total)[-1]


SMALL = (8, 8)
AXES = [axis_of(side, 2) for side in SMALL]


@pytest.fixture(scope="module")
def bound():
    """By how much the energies of all numbers of a scattering of 8x8 may exceed that of the padded picture."""
    gains = [gain(AXES, SMALL, scale, 2, 8) for scale in range(2)]
    # Adding up what looks alike on a coarser grid is all that can enlarge it.
    assert max(gains) < 1.1
    return max(1, gains[0]) * max(1, *gains)


def padded_energy(difference):
    widths = [margins(axis, side) for axis, side in zip(AXES, SMALL, strict=True)]
    return np.square(np.pad(difference.astype(np.float64), widths, mode="symmetric")).sum()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31 - 1), scale=st.floats(0.1, 2))
def test_it_holds_no_more_energy_than_the_picture(bound, seed, scale):
    picture = np.random.default_rng(seed).normal(0, scale, SMALL).astype(np.float32)
    found = scattering(picture[None, ..., None]).numpy().astype(np.float64)
    assert 16 * np.square(found).sum() <= bound * padded_energy(picture) * (1 + of_sum(5 * 400))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31 - 1), down=st.integers(-1, 1), across=st.integers(-1, 1))
def test_two_pictures_come_no_further_apart_than_their_pixels(bound, seed, down, across):
    """Also a picture and the same a pixel further."""
    whole = np.random.default_rng(seed).random((10, 10), np.float32)
    pair = np.stack([whole[1:9, 1:9], whole[1 + down : 9 + down, 1 + across : 9 + across]])
    first, second = scattering(pair[..., None]).numpy().astype(np.float64)
    rounding = of_sum(5 * 400) * np.sqrt(padded_energy(pair[0]))
    apart = np.sqrt(padded_energy(pair[0] - pair[1]))
    assert 4 * np.linalg.norm(first - second) <= np.sqrt(bound) * apart + rounding


def moved_gain(axes, shape, scale, pixels):
    """How much a map on the grid of a scale can change at the places told when it moves across."""
    rows, columns = (axis.averages[scale].astype(np.float64) for axis in axes)
    change = columns - np.roll(columns, pixels // 2**scale, axis=1)
    return 2.0 ** (2 - scale) * np.linalg.norm(rows, 2) * np.linalg.norm(change, 2)


@pytest.mark.parametrize(
    ("pixels", "paths", "orders"), [(1, slice(0, 9), 2), (2, slice(0, 81), 3)], ids=["one", "two"]
)
def test_a_shift_changes_it_by_less_than_the_pixels(pixels, paths, orders):
    """Moving a picture on an empty ground moves all maps; the average sees little of that.

    Maps of scale 1 have every second place, so that only two pixels move them by a whole one. No order's maps
    have more energy than the picture, but for what the coarser grid adds, a tenth at most (``bound``).
    """
    shape, axes = (40, 40), [axis_of(40, 2)] * 2
    before = np.zeros(shape, np.float32)
    before[14:26, 14:26] = np.random.default_rng(0).choice([-1, 1], (12, 12))
    after = np.roll(before, pixels, axis=1)
    first, second = scattering(np.stack([before, after])[..., None]).numpy().astype(np.float64)[..., paths]
    change = 4 * np.linalg.norm(second - first)
    scales = range(2 if pixels > 1 else 1)
    energy = np.square(before).sum()
    most = max(moved_gain(axes, shape, scale, pixels) for scale in scales) * np.sqrt(1.1 * orders * energy)
    assert change <= most
    assert change < np.linalg.norm(after - before)


def permuted(n_scales, n_angles, angle_of):
    """The paths after their angles l have become angle_of(l)."""
    one = np.array([angle_of(angle) % n_angles for angle in range(n_angles)])
    first = [1 + scale * n_angles + one for scale in range(n_scales)]
    start = 1 + n_scales * n_angles
    pairs = n_scales * (n_scales - 1) // 2
    second = [start + pair * n_angles**2 + (one[:, None] * n_angles + one).ravel() for pair in range(pairs)]
    return np.concatenate([[0], *first, *second])


@pytest.mark.parametrize("shape", [(28, 28), (16, 16), (12, 18)])
@pytest.mark.parametrize("n_scales", [1, 2])
def test_a_quarter_turn_moves_the_angles_by_half_of_them(shape, n_scales):
    picture = noise(*shape)[None, ..., None]
    straight = scattering(picture, n_scales).numpy()
    turned = scattering(np.rot90(picture, axes=(1, 2)), n_scales).numpy()
    expected = straight[..., permuted(n_scales, 8, lambda angle: angle + 4)]
    off = of_sum(terms(picture, n_scales))
    np.testing.assert_allclose(np.rot90(turned, -1, axes=(1, 2)), expected, rtol=0, atol=off)


def test_a_mirrored_picture_has_mirrored_angles():
    picture = noise(2, 14, 16, 1)
    back = scattering(picture[:, :, ::-1]).numpy()[:, :, ::-1]
    expected = scattering(picture).numpy()[..., permuted(2, 8, lambda angle: -angle)]
    np.testing.assert_allclose(back, expected, rtol=0, atol=of_sum(terms(picture, 2)))


@pytest.mark.parametrize("level", [0.0, 0.4, 1.0])
def test_a_constant_picture_is_its_own_average_and_nothing_else(level):
    found = scattering(np.full((1, 19, 28, 1), level, np.float32)).numpy()
    off = level * of_sum(5 * 48 * 48)
    np.testing.assert_allclose(found[..., 0], level, rtol=0, atol=off)
    np.testing.assert_allclose(found[..., 1:], 0, rtol=0, atol=off)


def test_a_wave_is_loudest_at_its_own_angle_and_scale():
    along = np.cos(3 * np.pi / 4 * np.arange(32, dtype=np.float32))
    picture = np.broadcast_to(along, (1, 32, 32))[..., None]
    found = scattering(picture)[0, 3:5, 3:5].numpy().mean(axis=(0, 1))
    assert found[1:17].argmax() == 0
    across = scattering(picture.transpose(0, 2, 1, 3))[0, 3:5, 3:5].numpy().mean(axis=(0, 1))
    assert across[1:17].argmax() == 4


def test_each_colour_is_scattered_alone():
    picture = noise(3, 10, 13, 3)
    found = scattering(picture).numpy()
    assert found.shape == (3, 3, 4, 3 * 81)
    for colour in range(3):
        alone = scattering(picture[..., colour : colour + 1]).numpy()
        np.testing.assert_array_equal(found[..., 81 * colour : 81 * (colour + 1)], alone)


@pytest.mark.parametrize(("side", "places"), [(8, 2), (13, 4), (14, 4), (15, 4), (16, 4), (30, 8)])
def test_sides_that_are_no_multiple_have_places_symmetric_about_the_middle(side, places):
    axis = axis_of(side, 2)
    assert axis.averages[0].shape == (places, len(axis.reflected))
    before, after = margins(axis, side)
    assert min(before, after) >= 6
    assert max(before, after) <= side
    line = np.arange(side)
    np.testing.assert_array_equal(axis.reflected, np.pad(line, (before, after), mode="symmetric"))
    told = axis.averages[0] @ np.arange(len(axis.reflected)) - before
    np.testing.assert_allclose(told[1:-1] + told[-2:0:-1], side - 1, rtol=0, atol=side * of_sum(60))


def test_the_far_end_of_a_line_has_the_weight_of_a_tail_only():
    """What is 12 pixels and more away, across the margins, as a Gaussian of 2.4 pixels tells it."""
    picture = np.zeros((1, 28, 28, 1), np.float32)
    picture[0, :, 27] = 1
    assert scattering(picture)[0, :, 0].numpy().max() < 1e-3


def test_too_small_a_side_is_told_with_the_least():
    with pytest.raises(ValueError, match="7 pixels across. Expected at least 8, as .* n_scales=2"):
        scattering(np.zeros((1, 7, 28, 1), np.float32))


def test_an_unknown_edge_is_told_with_the_known_ones():
    with pytest.raises(ValueError, match="Unknown edge 'black'. Expected one of: mirrored, zero"):
        scattering(np.zeros((1, 8, 8, 1), np.float32), edge="black")


def test_graph_eager_and_no_picture_agree():
    picture = noise(5, 12, 12, 1)
    graph = tf.function(scattering, autograph=False, input_signature=[tf.TensorSpec((None, 12, 12, 1))])
    np.testing.assert_allclose(graph(picture), scattering(picture), rtol=0, atol=of_sum(terms(picture, 2)))
    assert graph(picture[:0]).shape == (0, 3, 3, 81)


@pytest.mark.parametrize(("least", "found"), [(1, 1), (7, 8), (11, 12), (13, 15), (37, 40), (41, 45)])
def test_lengths_without_large_primes(least, found):
    assert fast_length(least) == found
