"""The elbow of P0's equation 5, and the height at which a tree is cut."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.clustering.linkage.elbow import chord_distances, knee
from models.clustering.linkage.hierarchy import linkage_tree, merge_threshold


def test_the_corner_of_a_bent_line_is_its_knee():
    x = np.arange(11.0)
    y = np.where(x < 3, 30 - 10 * x, 0.0)
    assert knee(x, y) == 3


@given(st.lists(st.floats(-100, 100), min_size=3, max_size=12), st.floats(0.1, 50), st.floats(0.1, 50))
def test_units_change_nothing(values, across, up):
    x, y = np.arange(len(values), dtype=float), np.round(np.array(values), 3)
    first, scaled = chord_distances(x, y), chord_distances(x * across, y * up)
    np.testing.assert_allclose(first, scaled, atol=1e-6)


def test_distance_is_equation_5():
    x, y = np.array([0.0, 0.5, 1.0]), np.array([1.0, 0.1, 0.0])
    # |(y2 - y1) x0 - (x2 - x1) y0 + x2 y1 - y2 x1| / sqrt((y2 - y1)^2 + (x2 - x1)^2)
    expected = abs((0 - 1) * 0.5 - 1 * 0.1 + 1 * 1 - 0) / np.sqrt(2)
    np.testing.assert_allclose(chord_distances(x, y), [0, expected, 0], atol=1e-12)


def test_flat_and_short_curves_have_no_elbow():
    assert chord_distances(np.arange(4), np.ones(4)).tolist() == [0] * 4
    assert knee(np.arange(2), np.array([5.0, 1.0])) == 0


def test_a_curve_must_rise_along_x():
    with pytest.raises(ValueError, match="rising x"):
        chord_distances(np.array([0, 2, 1]), np.zeros(3))


def test_a_tree_is_cut_between_and_within_groups():
    generator = np.random.default_rng(0)
    x = generator.normal(size=(5, 8))[np.arange(100) % 5] * 20 + generator.normal(size=(100, 8))
    for linkage in ("ward", "average"):
        tree = linkage_tree(x, linkage)
        assert 100 - (tree[:, 2] <= merge_threshold(tree)).sum() == 5


@pytest.mark.parametrize("n", [1, 2, 3])
def test_small_trees_have_a_height(n):
    assert merge_threshold(linkage_tree(np.arange(n, dtype=float)[:, None], "ward")) >= 0


def test_unknown_linkage_is_an_error():
    with pytest.raises(ValueError, match="Unknown linkage 'single'"):
        linkage_tree(np.zeros((3, 1)), "single")
