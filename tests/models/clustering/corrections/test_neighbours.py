"""The neighbours that are kept: exact, kept as bytes, and added to."""

import numpy as np
import pytest

from models.clustering.corrections.neighbours import HEAD, Neighbours, add_neighbours, find_neighbours
from models.clustering.rows import unit_rows


def faces(n, d=16, seed=0):
    return unit_rows(np.random.default_rng(seed).standard_normal((n, d))).astype(np.float32)


def test_they_are_the_nearest_of_all_pairs():
    x = faces(300)
    found = find_neighbours(x, 7)
    every = np.linalg.norm(x[:, None].astype(float) - x[None], axis=2)
    np.fill_diagonal(every, np.inf)
    assert found.index.dtype == np.int32
    assert found.distance.dtype == np.float32
    np.testing.assert_allclose(found.distance, np.sort(every, axis=1)[:, :7], atol=1e-6)
    np.testing.assert_allclose(np.take_along_axis(every, found.index, axis=1), found.distance, atol=1e-6)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_where_there_are_fewer_nobody_stands_at_infinity(n):
    found = find_neighbours(faces(n), 5)
    assert found.index.shape == (n, 5)
    there = max(n - 1, 0)
    assert (found.index[:, :there] >= 0).all()
    assert (found.index[:, there:] == -1).all()
    assert np.isinf(found.distance[:, there:]).all()


def test_equal_faces_are_neighbours_at_0_and_nobody_is_its_own():
    found = find_neighbours(np.repeat(faces(3), 4, axis=0), 3)
    assert (found.distance == 0).all()
    assert (found.index != np.arange(12)[:, None]).all()
    assert (found.index // 4 == np.arange(12)[:, None] // 4).all()


def test_bytes_give_the_same_back():
    found = find_neighbours(faces(40), 45)
    kept = found.to_bytes()
    again = Neighbours.from_bytes(kept)
    assert len(kept) == HEAD.size + 8 * 40 * 45
    np.testing.assert_array_equal(again.index, found.index)
    np.testing.assert_array_equal(again.distance, found.distance)
    assert len(Neighbours.from_bytes(find_neighbours(faces(0), 5).to_bytes())) == 0


@pytest.mark.parametrize(
    "spoil", [lambda b: b[:-1], lambda b: b"", lambda b: b"XXXX" + b[4:], lambda b: b + b"0"]
)
def test_other_bytes_are_refused(spoil):
    with pytest.raises(ValueError, match="Expected neighbours as to_bytes keeps them"):
        Neighbours.from_bytes(spoil(find_neighbours(faces(10), 3).to_bytes()))


@pytest.mark.parametrize(
    ("n", "m", "k"), [(50, 20, 6), (4, 30, 9), (30, 3, 6), (1, 1, 5), (0, 5, 3), (5, 0, 3)]
)
def test_added_ones_are_as_if_all_were_searched(n, m, k):
    x = faces(n + m)
    added = add_neighbours(find_neighbours(x[:n], k), x[:n], x[n:])
    every = find_neighbours(x, k)
    np.testing.assert_array_equal(added.index, every.index)
    np.testing.assert_allclose(added.distance, every.distance, atol=1e-6)


def test_neighbours_of_others_are_refused():
    with pytest.raises(ValueError, match="are of 5 faces, and x_old has 6"):
        add_neighbours(find_neighbours(faces(5), 3), faces(6), faces(2))
    with pytest.raises(ValueError, match="of one shape"):
        Neighbours(np.zeros((3, 2), np.int32), np.zeros((2, 3), np.float32))
