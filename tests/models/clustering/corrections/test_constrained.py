"""Groups under constraints: whatever was said holds, and nothing else changes for it."""

import subprocess
import sys
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.clustering.corrections import dividing
from models.clustering.corrections.constrained import (
    CUTS,
    average_grouped,
    face_graph,
    grouped,
    with_constraints,
)
from models.clustering.corrections.neighbours import find_neighbours
from models.clustering.rows import unit_rows


def people(sizes=(8, 6, 5), spread=0.02, seed=0, d=24):
    """Unit rows around one direction for each person, and who they are."""
    generator = np.random.default_rng(seed)
    who = np.repeat(np.arange(len(sizes)), sizes)
    centres = unit_rows(generator.standard_normal((len(sizes), d)))
    return unit_rows(centres[who] + spread * generator.standard_normal((len(who), d))).astype(np.float32), who


def same_partition(one, other):
    return (one[:, None] == one).tolist() == (other[:, None] == other).tolist()


def check(found, n, anchors=None, apart=None, pairs_together=None, pairs_apart=None):
    """All that ``Found`` promises."""
    labels = found.labels
    anchors = np.full(n, -1) if anchors is None else np.asarray(anchors)
    assert labels.shape == (n,)
    assert labels.dtype == np.int64
    k = labels.max(initial=-1) + 1
    assert found.anchor_of.shape == (k,)
    _, first = np.unique(labels[labels >= 0], return_index=True)
    assert (np.diff(first) > 0).all()
    assert len(first) == k
    sizes = np.bincount(labels[labels >= 0], minlength=k)
    assert ((sizes > 1) | (found.anchor_of >= 0)).all()
    held = np.flatnonzero(anchors >= 0)
    assert (labels[held] >= 0).all()
    assert (found.anchor_of[labels[held]] == anchors[held]).all()
    named = found.anchor_of[found.anchor_of >= 0]
    assert sorted(named.tolist()) == sorted(set(anchors[held].tolist()))
    for face, anchor in () if apart is None else apart:
        assert labels[face] < 0 or found.anchor_of[labels[face]] != anchor
    for one, other in () if pairs_together is None else pairs_together:
        assert one == other or labels[one] == labels[other] >= 0
    for one, other in () if pairs_apart is None else pairs_apart:
        assert labels[one] < 0 or labels[one] != labels[other]


@st.composite
def verdicts(draw, n):
    """Verdicts of n faces of hidden people, so that they never contradict each other."""
    truth = np.array(draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)))
    known = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    pair = st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=12)
    told, rejected = (
        draw(pair),
        draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, 5)), max_size=12)),
    )
    return {
        "anchors": np.where(known, truth, -1),
        "apart": np.array([(f, a) for f, a in rejected if truth[f] != a]).reshape(-1, 2).astype(int),
        "pairs_together": np.array([p for p in told if truth[p[0]] == truth[p[1]]])
        .reshape(-1, 2)
        .astype(int),
        "pairs_apart": np.array([p for p in told if truth[p[0]] != truth[p[1]]]).reshape(-1, 2).astype(int),
    }


@settings(max_examples=150, deadline=None)
@given(
    data=st.data(), n=st.integers(1, 24), distance=st.sampled_from([0.1, 0.6, 1.2, 2.1]), photos=st.booleans()
)
def test_whatever_was_said_holds(data, n, distance, photos):
    said = data.draw(verdicts(n))
    x = people((n,), spread=data.draw(st.sampled_from([0.0, 0.05, 0.5])))[0]
    of = np.array(data.draw(st.lists(st.integers(0, 5), min_size=n, max_size=n))) if photos else None
    check(grouped(find_neighbours(x, 6), distance, photos=of, **said), n, **said)


@settings(max_examples=150, deadline=None)
@given(data=st.data(), n=st.integers(1, 24))
def test_any_labels_are_made_to_obey(data, n):
    said = data.draw(verdicts(n))
    labels = np.array(data.draw(st.lists(st.integers(-1, 4), min_size=n, max_size=n)))
    found = with_constraints(labels, **said, x=people((n,), 0.3)[0])
    check(found, n, **said)
    again = with_constraints(found.labels, **said, x=people((n,), 0.3)[0])
    np.testing.assert_array_equal(again.labels, found.labels)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), n=st.integers(2, 24))
def test_groups_too_large_to_be_divided_obey_by_the_fewest_moved(data, n):
    said = data.draw(verdicts(n))
    kept = find_neighbours(people((n,), spread=0.05)[0], 6)
    with mock.patch.object(dividing, "MOST", 0):
        check(grouped(kept, 1.2, **said), n, **said)


def moved(before, after):
    """The fewest faces that moved: all but those of the best assignment of groups (each face alone its own)."""
    from scipy.optimize import linear_sum_assignment

    before, after = (np.where(one < 0, 1000 + np.arange(len(one)), one) for one in (before, after))
    rows, columns = (np.unique(one, return_inverse=True)[1] for one in (before, after))
    shared = np.zeros((rows.max() + 1, columns.max() + 1))
    np.add.at(shared, (rows, columns), 1)
    one, other = linear_sum_assignment(shared, maximize=True)
    return len(before) - int(shared[one, other].sum())


def partitions(n):
    """Every partition of n faces, as labels."""
    if n == 0:
        yield ()
        return
    for rest in partitions(n - 1):
        for label in range(max(rest, default=-1) + 2):
            yield (*rest, label)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_no_other_labels_that_obey_move_fewer_for_faces_apart(data):
    """Against all partitions, where no faces are said to be together (then the two steps are one)."""
    n = 6
    labels = np.array(data.draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
    pairs = np.array(data.draw(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=6)))
    pairs = pairs.reshape(-1, 2).astype(int)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    found = with_constraints(labels, None, None, None, pairs, people((n,), 0.3)[0])
    allowed = [np.array(p) for p in partitions(n) if all(p[a] != p[b] for a, b in pairs)]
    assert moved(labels, found.labels) == min(moved(labels, one) for one in allowed)


def test_people_are_found_and_a_stranger_is_alone():
    x, who = people()
    x = np.concatenate([x, -x[:1]])
    found = grouped(find_neighbours(x, 7), 0.6)
    assert same_partition(found.labels[:-1], who)
    assert found.labels[-1] == -1
    assert (found.anchor_of == -1).all()


def test_the_same_seed_gives_the_same_groups():
    x = people((40,), 0.12)[0]
    kept = find_neighbours(x, 5)
    one, other = (grouped(kept, 0.8, seed=3, pairs_apart=np.array([[0, 1]])) for _ in range(2))
    np.testing.assert_array_equal(one.labels, other.labels)


def test_few_confirmed_faces_name_the_whole_person():
    x, who = people((20, 15))
    anchors = np.full(35, -1)
    anchors[[2, 5]] = 7
    found = grouped(find_neighbours(x, 10), 0.6, anchors=anchors)
    assert same_partition(found.labels, who)
    assert found.anchor_of.tolist() == [7, -1]


def test_a_rejected_face_leaves_alone_and_the_others_keep_the_name():
    x = people((12,))[0]
    anchors = np.array([4] * 2 + [-1] * 10)
    found = grouped(find_neighbours(x, 11), 0.6, anchors=anchors, apart=np.array([[11, 4]]))
    assert found.labels.tolist() == [0] * 11 + [-1]
    assert found.anchor_of.tolist() == [4]


def taken_for_one():
    """Two people of 15 faces, .11 apart at most within each, and .38 to .47 across."""
    x, who = people((15, 15), 0.04)
    between = unit_rows(x[:15].mean(axis=0, keepdims=True) + x[15:].mean(axis=0, keepdims=True))
    return unit_rows(0.35 * x + between).astype(np.float32), who


def test_rejected_faces_leave_and_those_alike_are_together():
    """At .6 both are one group. The weights across are half of those within: nobody else leaves."""
    x, _ = taken_for_one()
    kept = find_neighbours(x, 29)
    assert grouped(kept, 0.6).labels.max() == 0
    anchors = np.where(np.arange(30) < 3, 1, -1)
    rejected = np.arange(15, 24)
    apart = np.stack([rejected, np.ones(9, int)], axis=1)
    found = grouped(kept, 0.6, anchors=anchors, apart=apart)
    assert np.flatnonzero(found.labels == 1).tolist() == rejected.tolist()
    assert np.flatnonzero(found.labels == 0).tolist() == np.setdiff1d(np.arange(30), rejected).tolist()
    assert found.anchor_of.tolist() == [1, -1]


def test_two_faces_told_apart_are_parted():
    x, _ = taken_for_one()
    found = grouped(find_neighbours(x, 29), 0.6, pairs_apart=np.array([[3, 22]]))
    assert found.labels[3] != found.labels[22]
    assert (found.labels >= 0).sum() >= 29


@pytest.mark.parametrize(("few", "many"), [(1, 1), (1, 9), (2, 5)])
def test_a_group_of_two_anchors_is_divided_by_who_is_nearer(few, many):
    x, who = taken_for_one()
    anchors = np.full(30, -1)
    anchors[:many], anchors[20 : 20 + few] = 8, 3
    found = grouped(find_neighbours(x, 29), 0.6, anchors=anchors)
    assert same_partition(found.labels, who)
    assert found.anchor_of.tolist() == [8, 3]
    found = average_grouped(x, 1.9, clusterer="average_linkage", anchors=anchors)
    assert same_partition(found.labels, who)
    assert found.anchor_of.tolist() == [8, 3]


def test_a_confirmed_face_that_is_alone_keeps_its_name():
    x = people((1, 1, 3))[0]
    found = grouped(find_neighbours(x), 0.5, anchors=np.array([9, -1, -1, -1, -1]))
    assert found.labels.tolist() == [0, -1, 1, 1, 1]
    assert found.anchor_of.tolist() == [9, -1]


def test_one_photo_is_evidence_against_and_no_rule():
    """Two alike in one photo stay apart; the same two, with photos of their own beside them, are one person."""
    x = unit_rows(np.array([[1, 0.0], [1, 0.45]])).astype(np.float32)
    far = float(np.linalg.norm(x[0] - x[1]))
    kept = find_neighbours(x, 1)
    limit = far / np.sqrt(0.4)  # the weight is 1 - .4, and in one photo .1
    assert grouped(kept, limit).labels.tolist() == [0, 0]
    assert grouped(kept, limit, photos=np.array([1, 1])).labels.tolist() == [0, 0]
    limit = far / np.sqrt(0.6)  # the weight is .4, and in one photo -.1
    assert grouped(kept, limit).labels.tolist() == [0, 0]
    assert grouped(kept, limit, photos=np.array([1, 1])).labels.tolist() == [-1, -1]
    more = np.concatenate([x, unit_rows(x.mean(axis=0, keepdims=True))]).astype(np.float32)
    assert grouped(find_neighbours(more, 2), limit, photos=np.array([1, 1, 2])).labels.tolist() == [0, 0, 0]


def test_weights_fall_from_1_to_0_and_photos_count_against():
    x = people((9,), 0.2)[0]
    graph = face_graph(find_neighbours(x, 8), 0.9).toarray()
    length = np.linalg.norm(x[:, None] - x[None], axis=2)
    expected = np.where(length < 0.9, 1 - (length / 0.9) ** 2, 0)
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(graph, expected, atol=1e-5)
    photos = face_graph(find_neighbours(x, 8), 0.9, np.array([0, 0, 0, 1, 2, 3, 4, 5, 5])).toarray()
    against = np.zeros((9, 9))
    for one, other in ((0, 1), (0, 2), (1, 2), (7, 8)):
        against[one, other] = against[other, one] = -0.5
    np.testing.assert_allclose(photos - graph, against, atol=1e-12)


def test_no_faces_no_groups():
    found = grouped(find_neighbours(np.empty((0, 8), np.float32)), 0.5)
    assert found.labels.shape == (0,)
    assert with_constraints(np.empty(0, int), None, None, None, None, np.empty((0, 8))).labels.shape == (0,)
    assert found.anchor_of.shape == (0,)


@pytest.mark.parametrize("clusterer", sorted(CUTS))
def test_every_clusterer_obeys(clusterer):
    x, who = people((10, 10, 10), 0.03)
    said = {
        "anchors": np.where(np.arange(30) % 10 == 0, who, -1),
        "apart": np.array([[5, 0]]),
        "pairs_together": np.array([[1, 2], [12, 13]]),
        "pairs_apart": np.array([[3, 4], [21, 22]]),
    }
    height = {"people": 0.3, "average_linkage": 0.6, "chinese_whispers": 0.6}.get(clusterer)
    found = average_grouped(x, height, clusterer=clusterer, **said)
    check(found, 30, **said)
    assert found.labels[5] not in found.labels[[0, 1, 2, 6, 7, 8, 9]] or found.labels[5] == -1


def test_a_height_for_a_clusterer_without_one_is_refused():
    x = people()[0]
    for clusterer, height in (("hdbscan", 0.3), ("kmeans", None)):
        with pytest.raises(ValueError, match="Expected one of people"):
            average_grouped(x, height, clusterer=clusterer)


def test_importing_them_loads_no_tensorflow():
    names = "constrained neighbours matching splitting calibration confidence assigning"
    code = "import sys\n" + "\n".join(
        f"import models.clustering.corrections.{name}" for name in names.split()
    )
    code += "\nprint([m for m in ('tensorflow', 'keras', 'tfx', 'apache_beam') if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "[]"
