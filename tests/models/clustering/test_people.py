"""People of two faces and more, and who is left alone."""

import numpy as np
import pytest

from models.clustering.people import PeopleClusterer, cores_apart, of_two_and_more, with_faces
from models.clustering.rules.people import people_of
from tests.models.clustering.rules.test_people_rule import turned


def people(seed=0, noise=0.12):
    """A common direction, as a recogniser's embeddings have, and people around it: rows and who it is.

    Twelve people of 8 faces, 20 of one.
    """
    generator = np.random.default_rng(seed)
    who = np.concatenate([np.repeat(np.arange(12), 8), np.arange(12, 32)])
    common = np.eye(64)[0]
    own = generator.normal(size=(32, 64)) / 8
    rows = common + 0.45 * own[who] + noise * generator.normal(size=(len(who), 64)) / 8
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)), who


def test_who_is_seen_once_is_unknown_and_everybody_else_a_person():
    rows, who = people()
    found = PeopleClusterer(0).fit(rows)
    assert found.n_clusters_ == 12
    for person in range(12):
        (label,) = set(found.labels_[who == person].tolist())
        assert label >= 0
    assert (found.labels_[who >= 12] == -1).all()
    assert found.threshold_.photo_pairs == 0
    assert not found.threshold_.kept_apart
    assert found.threshold_.heights[-1] == 2 * found.threshold_.height


def test_two_faces_of_one_photo_may_be_one_person_and_are_counted():
    rows, who = people()
    photos = np.arange(len(rows))
    photos[1] = photos[0]  # a mirror
    found = PeopleClusterer(0).fit(rows, groups=photos)
    assert found.labels_[0] == found.labels_[1] >= 0
    assert (found.threshold_.photo_pairs, found.threshold_.photo_pairs_alike) == (1, 1)


def test_a_given_height_is_the_cut():
    rows, _ = people()
    found = PeopleClusterer(0, height=1e-9).fit(rows)
    assert found.n_clusters_ == 0
    assert (found.labels_ == -1).all()
    assert "was given" in found.threshold_.reason


def test_groups_of_one_are_nobody_and_the_others_are_named_by_their_first_rows():
    found = of_two_and_more(np.array([7, 3, 3, 9, 5, 5, 9, 9]))
    np.testing.assert_array_equal(found, [-1, 0, 0, 1, 2, 2, 1, 1])
    np.testing.assert_array_equal(of_two_and_more(np.arange(3)), [-1, -1, -1])


def test_a_group_of_many_people_is_cut_strictly():
    """Nine faces in cores of 4, 3 and 2: no core has half. Eight in one of 4 and four alone: it is a core."""
    labels = np.array([1] * 9 + [2] * 8 + [3] * 7)
    cores = np.array([1] * 4 + [2] * 3 + [3] * 2 + [4] * 4 + [5, 6, 7, 8] + [9, 10, 11, 12, 13, 14, 15])
    apart, strict, (said,) = cores_apart(labels, cores)
    assert [np.unique(apart[labels == one]).size for one in (1, 2, 3)] == [
        3,
        1,
        1,
    ]  # seven are too few to tell
    np.testing.assert_array_equal(strict, labels == 1)
    assert "groups 1, faces 9" in said
    assert not cores_apart(cores, cores)[1].any()


def test_people_who_look_alike_are_many_people():
    """Three people at .045 of each other, four faces each, and one whose eight faces surround a core."""

    def of_length_1(row):
        return row / np.linalg.norm(row)

    looks = np.eye(60)
    shared = looks[0] * np.sqrt(0.955)
    three = [shared + np.sqrt(0.045) * looks[k] for k in (1, 2, 3)]
    faces = [of_length_1(one + 0.1 * looks[4 + 4 * k + i]) for k, one in enumerate(three) for i in range(4)]
    other = [of_length_1(looks[30] + (0.1 if i < 4 else 0.2) * looks[31 + i]) for i in range(8)]
    found = PeopleClusterer(height=0.056).fit(np.array(faces + other))
    assert found.labels_.tolist() == [0] * 4 + [1] * 4 + [2] * 4 + [3] * 8
    assert "groups 1, faces 12" in found.threshold_.reason
    assert found.rule_.reach.tolist() == [0.046] * 3 + [0.056]
    assert found.rule_.further.tolist() == [0.046] * 3 + [pytest.approx(0.064)]


def test_a_person_whom_no_face_goes_to_is_none():
    rows, labels = turned([0, 0, 60, 60]), np.array([0, 0, 1, 1])
    rule = people_of(rows, labels, 0.06, 0.07, 5, 0.01)
    kept = with_faces(rule, np.array([1, 1, -1]))
    np.testing.assert_allclose(kept.means, turned([60]))
    assert kept.sizes.tolist() == [2]
    assert len(with_faces(rule, np.array([-1])).means) == 1
