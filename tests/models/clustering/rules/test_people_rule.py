"""Faces go to the person that they are nearest to, by hand; many faces reach further than two."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from models.clustering.rules.assignment import is_unknown, unknown_below
from models.clustering.rules.people import People, own_distances, people_of, scaled
from models.clustering.rules.served_rules import ServedPeople

HEIGHT, FURTHER, CROWD, MARGIN = 0.06, 0.1, 3, 0.05


def turned(degrees):
    """Rows of length 1 in a plane."""
    angle = np.radians(np.asarray(degrees, float))
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def rule_of(*people):
    rows = np.concatenate([turned(angles) for angles in people])
    labels = np.repeat(np.arange(len(people)), [len(angles) for angles in people])
    return people_of(rows, labels, HEIGHT, FURTHER, CROWD, MARGIN)


def test_the_distance_is_that_by_which_the_tree_joins_groups():
    """The mean of two faces 20 degrees apart is cos 10 long; a face 30 degrees from it."""
    rule = rule_of([-10, 10])
    found = rule.assign(2.5 * turned([30]))  # whatever its length
    assert -found.familiarity[0] == pytest.approx(
        1 - np.cos(np.radians(30)) * np.sqrt(np.cos(np.radians(10)))
    )


def test_a_person_of_many_faces_reaches_further():
    """1 - cos 22 is .073: beyond .06, and within .1."""
    two, three = rule_of([0, 0]), rule_of([0, 0, 0])
    near, far, away = turned([19]), turned([22]), turned([27])
    assert two.assign(near).cluster == three.assign(near).cluster == 0
    assert two.assign(far).cluster == -1
    assert three.assign(far).cluster == 0
    assert three.assign(away).cluster == -1


def test_who_is_between_two_people_is_unknown():
    """22 degrees from the one, 25 from the other: .073 and .094, less than .05 apart."""
    rule = rule_of([0, 0, 0], [47, 47, 47])
    assert rule.assign(turned([22])).cluster == -1
    assert rule.assign(turned([-22])).cluster == 0
    assert rule.assign(turned([19])).cluster == 0  # within the reach nobody else matters


def test_two_faces_are_nobody_to_stand_between():
    """22 degrees from three faces, 25 from two: these may be the same person's."""
    rule = rule_of([0, 0, 0], [47, 47], [180, 180, 180])
    assert rule.assign(turned([22])).cluster == 0
    served = ServedPeople(rule)(tf.constant(turned([19, 22, 27, 28])))["cluster"].numpy()
    np.testing.assert_array_equal(served, rule.assign(turned([19, 22, 27, 28])).cluster)
    np.testing.assert_array_equal(served, [0, 0, -1, 1])


def test_who_is_in_a_group_only_for_its_many_faces_is_not_surely_known():
    rule = rule_of([0, 0, 0])
    found = rule.assign(turned([19, 22, 27]))
    below = unknown_below(rule, turned([0, 0, 0]), np.zeros(3, int))
    assert below == -HEIGHT
    assert found.cluster.tolist() == [0, 0, -1]
    assert is_unknown(found, below).tolist() == [False, True, True]


def test_each_person_has_a_reach_of_their_own():
    """Faces 19 and 22 degrees away; the second person reaches 1 - cos 18 and no further."""
    near = 1 - np.cos(np.radians(18))
    rule = rule_of([0, 0, 0], [180, 180, 180])
    rule = replace(rule, reach=np.array([HEIGHT, near]), further=np.array([FURTHER, near]))
    points = turned([19, 22, 180 - 17, 180 - 19])
    assert rule.assign(points).cluster.tolist() == [0, 0, 1, -1]
    np.testing.assert_array_equal(ServedPeople(rule)(tf.constant(points))["cluster"], [0, 0, 1, -1])
    assert rule.known_above == -HEIGHT
    again = People.from_arrays(rule.arrays())
    np.testing.assert_array_equal(again.assign(points).cluster, [0, 0, 1, -1])


def test_nobody_is_near_where_nobody_is_known():
    rule = people_of(turned([0, 90]), np.array([-1, -1]), HEIGHT, FURTHER, CROWD, MARGIN)
    np.testing.assert_array_equal(rule.assign(turned([0, 90])).cluster, [-1, -1])
    assert (rule.assign(turned([0, 90])).confidence == 0).all()


def test_a_face_is_not_compared_with_itself():
    rows, labels = turned([-10, 10, 90, 91, 200]), np.array([0, 0, 1, 1, -1])
    rule = people_of(rows, labels, HEIGHT, FURTHER, CROWD, MARGIN)
    found = own_distances(rule, rows, labels)
    np.testing.assert_allclose(found[:4], 1 - np.cos(np.radians([20, 20, 1, 1])), atol=1e-12)
    assert np.isnan(found[4])
    alone = People(turned([[0.0]])[0], np.array([1]), HEIGHT, FURTHER, CROWD, MARGIN)
    assert np.isnan(own_distances(alone, turned([0.0]), np.array([0]))).all()


def test_opposite_faces_have_no_middle():
    rule = rule_of([0, 180])
    assert np.isfinite(scaled(rule.means)).all()
    assert rule.assign(turned([0])).cluster == -1


def test_rows_of_another_length_are_refused():
    with pytest.raises(ValueError, match=r"shape \(n, 2\), as the people were found in"):
        rule_of([0, 0]).assign(np.ones((1, 3)))
