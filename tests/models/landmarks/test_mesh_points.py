"""The tables of the mesh: who mirrors whom, and which points stand for 300-W's."""

import numpy as np
import tensorflow as tf
from scipy.optimize import linear_sum_assignment

from models.landmarks.mesh_points import MIRRORED, N_POINTS, OF_300W
from models.landmarks.mesh_warp import mirrored_mesh
from schemas import landmarks
from tests.models.landmarks.orl_chips import orl_chips
from tests.models.landmarks.test_face_mesh import found, mesh


def test_the_mirror_is_its_own_inverse():
    partners = np.array(MIRRORED)
    assert sorted(MIRRORED) == list(range(N_POINTS))
    np.testing.assert_array_equal(partners[partners], np.arange(N_POINTS))
    assert (partners == np.arange(N_POINTS)).sum() == 28


def test_the_mean_mesh_of_mirrored_faces_has_each_point_at_its_partner():
    grey = orl_chips(8)
    own = found(mesh(), grey).mean(axis=0)
    there = found(mesh(), grey[:, :, ::-1]).mean(axis=0)
    there[:, 0] = 191 - there[:, 0]
    away = np.linalg.norm(own[:, None] - there, axis=2)
    partners = np.array(MIRRORED)
    assert away[np.arange(N_POINTS), partners].max() < 4
    # No other pairing of the points with those of the mirrored faces is shorter.
    np.testing.assert_array_equal(linear_sum_assignment(np.square(away))[1], partners)


def test_the_points_of_300w_mirror_as_300w_does():
    assert len(set(OF_300W)) == landmarks.N_POINTS
    assert [MIRRORED[point] for point in OF_300W] == [OF_300W[i] for i in landmarks.MIRRORED]


def test_mirrored_points_come_back():
    points = np.random.default_rng(0).integers(0, 191, (2, N_POINTS, 2)).astype(np.float32)
    np.testing.assert_array_equal(mirrored_mesh(mirrored_mesh(points)), points)
    np.testing.assert_array_equal(mirrored_mesh(tf.constant(points)), mirrored_mesh(points))
    assert mirrored_mesh(points)[1, 234, 0] == 191 - points[1, MIRRORED[234], 0]
