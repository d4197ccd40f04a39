import numpy as np

from schemas.landmarks import MIRRORED, N_POINTS, mirrored_points


def test_mirroring_twice_changes_nothing():
    assert sorted(MIRRORED) == list(range(N_POINTS))
    assert [MIRRORED[MIRRORED[i]] for i in range(N_POINTS)] == list(range(N_POINTS))


def test_points_are_mirrored_in_the_middle_of_the_picture_and_moves_turned_round():
    points = np.random.default_rng(0).random((2, N_POINTS, 2)) * 100
    np.testing.assert_allclose(mirrored_points(mirrored_points(points, 191), 191), points)
    np.testing.assert_allclose(
        mirrored_points(points, 191)[:, 0], np.array([191, 0]) - points[:, 16] * (1, -1)
    )
    moves = points - points[::-1]
    turned = mirrored_points(points, 191) - mirrored_points(points[::-1], 191)
    np.testing.assert_allclose(mirrored_points(moves), turned)
