"""Rows keep their photos wherever they go."""

import numpy as np
import pytest

from models.clustering.rows import Rows

X, PHOTOS = np.arange(12.0).reshape(4, 3), np.array([5, 5, 7, 9])


@pytest.mark.parametrize("index", [np.array([3, 0]), np.array([True, False, False, True])])
def test_a_part_of_the_rows_has_its_own_photos(index):
    part = Rows(X, PHOTOS).part(index)
    np.testing.assert_array_equal(part.x, X[index])
    np.testing.assert_array_equal(part.photos, PHOTOS[index])
    assert len(part) == 2
    assert Rows(X, None).part(index).photos is None


def test_in_another_space_they_are_of_the_same_photos():
    moved = Rows(X, PHOTOS).moved_to(X[:, :1])
    assert moved.x.shape == (4, 1)
    assert moved.photos is PHOTOS


def test_photos_of_other_rows_are_an_error():
    with pytest.raises(ValueError, match=r"each of 4 rows, shape \(4,\); received shape \(3,\)"):
        Rows(X, PHOTOS[:3])
    with pytest.raises(ValueError, match=r"each of 2 rows, shape \(2,\); received shape \(4,\)"):
        Rows(X, PHOTOS).moved_to(X[:2])
