"""wMetaC: a case worked out by hand, its formulas with n x n numbers, and what must not matter."""

import itertools
import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from models.subspaces.wmetac import FLOOR, cluster_codes, cluster_similarity, image_weights, wmetac

PARTITIONS = st.tuples(st.integers(1, 12), st.integers(1, 5), st.integers(1, 4), st.integers(0, 10_000))


def drawn(n, c, most, seed, noise=False):
    return np.random.default_rng(seed).integers(-1 if noise else 0, most, size=(n, c))


def noisy_copies(truth, c, wrong, seed):
    """(n, c): the truth under other names, with a share of the images somewhere else in each."""
    generator = np.random.default_rng(seed)
    k = truth.max() + 1
    columns = []
    for _ in range(c):
        moved = generator.random(len(truth)) < wrong
        labels = np.where(moved, generator.integers(k, size=len(truth)), truth)
        columns.append(generator.permutation(k)[labels] * 7 + 3)
    return np.column_stack(columns)


def plain(partitions):
    """(w, s) by n x n numbers, as the paper has them; an image is together with itself, noise with nothing."""
    n, c = partitions.shape
    together = np.zeros((n, n))
    for column in partitions.T:
        together += (column[:, None] == column) & (column[:, None] >= 0)
    together /= c
    np.fill_diagonal(together, 1)
    w = (4 / n * (together * (1 - together)).sum(axis=1) + FLOOR) / (1 + FLOOR)
    clusters = []
    for column in partitions.T:
        told = column[column >= 0]
        for value in dict.fromkeys(told.tolist()):  # in the order of the first images
            clusters.append(column == value)
    s = np.array([[w[p & q].sum() / w[p | q].sum() for q in clusters] for p in clusters])
    return w, s


def ward_d(distances, k):
    """The k groups, as sets, of R's ward.D: Lance and Williams' update on the distances as they are."""
    groups = [{i} for i in range(len(distances))]
    d = {frozenset((i, j)): distances[i, j] for i, j in itertools.combinations(range(len(distances)), 2)}
    alive = list(range(len(groups)))
    while len(alive) > k:
        i, j = min(itertools.combinations(alive, 2), key=lambda pair: d[frozenset(pair)])
        new = len(groups)
        groups.append(groups[i] | groups[j])
        alive = [a for a in alive if a not in (i, j)]
        a, b = len(groups[i]), len(groups[j])
        for other in alive:
            c = len(groups[other])
            d[frozenset((new, other))] = (
                (a + c) * d[frozenset((i, other))]
                + (b + c) * d[frozenset((j, other))]
                - c * d[frozenset((i, j))]
            ) / (a + b + c)
        alive.append(new)
    return {frozenset(groups[a]) for a in alive}


def groups_of(labels):
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)}


def test_six_images_three_partitions_and_a_dissenter_by_hand():
    """The third partition alone puts image 2 with the others.

    a_ij is 1 within {0, 1} and within {3, 4, 5}, 2/3 between image 2 and {0, 1}, 1/3 between it and {3, 4, 5},
    else 0. So a (1 - a) is 2/9 between image 2 and every other, else 0: its sum is 10/9 for image 2, else
    2/9. w = (4/6 sum + 1/100) / (101/100) is 2027/2727 for image 2 (v), else 427/2727 (u).

    The clusters are A = {0, 1, 2} and B = {3, 4, 5} twice, then C = {0, 1} and D = {2, 3, 4, 5}:
    s(A, C) = 2u / (2u + v) = 854/2881, s(A, D) = v / (5u + v) = 2027/4162, s(B, D) = 3u / (3u + v) = 1281/3308,
    and 0 for A and B, B and C, C and D.

    ward.D on 1 - s: first each A and each B with its like, at 0. By the update, the pair of A is then
    4/3 (1 - 854/2881) = .938 from C, 4/3 (1 - 2027/4162) = .684 from D and 2 from the pair of B, which is
    4/3 (1 - 1281/3308) = .817 from D and 4/3 from C. So D joins A at .684. The three are then
    (3 * .938 + 2 * 1 - .684) / 4 = 1.033 from C and (4 * 2 + 3 * .817 - 2 * .684) / 5 = 1.817 from B: C joins.
    The meta-clusters are {A, A, C, D} and {B, B}. Images 0, 1 and 2 give 3 votes of 3 to the first, the
    others 2 of 3 to the second.
    """
    partitions = np.array([[0, 5, 0], [0, 5, 0], [0, 5, 1], [1, 2, 1], [1, 2, 1], [1, 2, 1]])
    u, v = Fraction(427, 2727), Fraction(2027, 2727)
    assert u == (Fraction(4, 6) * Fraction(2, 9) + Fraction(1, 100)) / Fraction(101, 100)
    assert v == (Fraction(4, 6) * Fraction(10, 9) + Fraction(1, 100)) / Fraction(101, 100)
    ac, ad, bd = Fraction(854, 2881), Fraction(2027, 4162), Fraction(1281, 3308)
    s = [  # A, B, A, B, C, D
        [1, 0, 1, 0, ac, ad],
        [0, 1, 0, 1, 0, bd],
        [1, 0, 1, 0, ac, ad],
        [0, 1, 0, 1, 0, bd],
        [ac, 0, ac, 0, 1, 0],
        [ad, bd, ad, bd, 0, 1],
    ]
    found = wmetac(partitions, 2)
    np.testing.assert_allclose(found.weights, np.array([u, u, v, u, u, u], float), rtol=1e-15)
    np.testing.assert_allclose(found.similarity, np.array(s, float), rtol=1e-15)
    np.testing.assert_array_equal(found.meta_clusters, [0, 1, 0, 1, 0, 0])
    np.testing.assert_array_equal(found.labels, [0, 0, 0, 1, 1, 1])
    np.testing.assert_array_equal(found.agreement, [1, 1, 1, 2 / 3, 2 / 3, 2 / 3])
    assert found.n_clusters == 2


def test_of_equal_votes_the_lower_number_wins_and_empty_ones_drop_out():
    """Two partitions that share nothing but halves: at K = 4 every cluster is a meta-cluster of its own.

    Every image has one vote for one of the first partition's and one for one of the second's. They are
    numbered by the votes of image 0, then of image 1: {0, 1} before {0, 2}, before {1, 3}, before {2, 3}.
    """
    partitions = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    found = wmetac(partitions, 4)
    np.testing.assert_array_equal(found.labels, [0, 0, 1, 2])
    np.testing.assert_array_equal(found.meta_clusters, [0, -1, 1, 2])
    np.testing.assert_array_equal(found.agreement, [0.5] * 4)
    assert found.n_clusters == 3


@settings(max_examples=200, deadline=None)
@given(PARTITIONS, st.booleans())
def test_weights_and_similarities_are_those_of_the_n_by_n_formulas(drawing, noise):
    partitions = drawn(*drawing, noise)
    if (partitions < 0).all():
        return
    codes, m = cluster_codes(partitions)
    w, s = plain(partitions)
    weights = image_weights(codes, m)
    np.testing.assert_allclose(weights, w, rtol=1e-12)
    np.testing.assert_allclose(cluster_similarity(codes, m, weights), s, rtol=0, atol=1e-12)


@settings(max_examples=100, deadline=None)
@given(PARTITIONS, st.booleans(), st.integers(1, 6))
def test_every_image_is_where_most_of_its_clusters_are(drawing, noise, k):
    partitions = drawn(*drawing, noise)
    if (partitions < 0).all():
        return
    codes, m = cluster_codes(partitions)
    found = wmetac(partitions, min(k, m))
    assert ((found.weights > 0) & (found.weights <= 1)).all()
    assert sorted(set(found.labels.tolist()) - {-1}) == list(range(found.n_clusters))
    np.testing.assert_array_equal(found.labels == -1, (partitions < 0).all(axis=1))
    meta = [*found.meta_clusters.tolist(), None]
    for image, label in enumerate(found.labels.tolist()):
        votes = [meta[code] for code in codes[image] if code < m]
        counts = {number: votes.count(number) for number in votes if number >= 0}  # -1 may be several
        if label >= 0:
            assert counts[label] == max(counts.values())
            assert label == min(
                number for number in counts if counts[number] == counts[label] and number >= 0
            )
            assert found.agreement[image] == pytest.approx(counts[label] / partitions.shape[1])
        else:
            assert found.agreement[image] == 0


@pytest.mark.parametrize("seed", range(5))
def test_meta_clusters_are_those_of_ward_d(seed):
    partitions = noisy_copies(np.arange(80) % 4, 6, 0.4, seed)
    found = wmetac(partitions, 4)
    assert found.n_clusters == 4
    assert groups_of(found.meta_clusters) == ward_d(1 - plain(partitions)[1], 4)


@pytest.mark.parametrize("seed", range(5))
def test_names_and_the_order_of_partitions_do_not_matter(seed):
    generator = np.random.default_rng(seed)
    partitions = noisy_copies(np.arange(90) % 5, 7, 0.4, seed)
    partitions[generator.random(partitions.shape) < 0.05] = -1
    found = wmetac(partitions, 5)
    names = np.append(generator.permutation(1000), -1)
    other = wmetac(names[partitions][:, generator.permutation(7)], 5)
    np.testing.assert_array_equal(other.labels, found.labels)
    np.testing.assert_array_equal(other.agreement, found.agreement)
    np.testing.assert_array_equal(other.weights, found.weights)
    order = generator.permutation(90)
    shuffled = wmetac(partitions[order], 5)  # equal votes may fall otherwise: the numbers go by the images
    np.testing.assert_array_equal(shuffled.weights, found.weights[order])
    np.testing.assert_array_equal(shuffled.agreement, found.agreement[order])


def test_many_that_err_by_themselves_are_right_together():
    truth = np.arange(600) % 6
    partitions = noisy_copies(truth, 15, 0.4, 0)
    found = wmetac(partitions, 6)
    alone = [adjusted_rand_score(truth, column) for column in partitions.T]
    assert adjusted_rand_score(truth, found.labels) > max(alone)
    # An image is put elsewhere if at most 7 of 15 votes are right. A vote is right with probability
    # 1 - .4 * 5/6 = 2/3: binomially 8.8% at most, and of 600 images less than 14% (five standard errors).
    wrong = 1 - np.mean([np.bincount(truth[found.labels == k]).max() for k in range(6)]) / 100
    assert wrong < 0.14


def test_the_number_is_found_by_the_median_silhouette():
    partitions = noisy_copies(np.arange(400) % 8, 9, 0.2, 1)
    assert wmetac(partitions, None).n_clusters == 8


@pytest.mark.parametrize(
    ("partitions", "labels"),
    [
        ([[4], [4], [4]], [0, 0, 0]),
        ([[4], [9], [4]], [0, 1, 0]),
        ([[4, 1], [4, 1], [4, 1]], [0, 0, 0]),
        ([[0, 0, 0]] * 3, [0, 0, 0]),
        ([[7]], [0]),
        ([[-1, 3], [2, 3], [2, -1], [-1, -1]], [0, 0, 1, -1]),
    ],
)
def test_few_clusters_are_grouped_without_a_number(partitions, labels):
    np.testing.assert_array_equal(wmetac(np.array(partitions), None).labels, labels)


def test_one_partition_stays_what_it_is():
    labels = np.random.default_rng(0).integers(5, size=(50, 1))
    found = wmetac(labels, 5)
    assert groups_of(found.labels) == groups_of(labels[:, 0])
    np.testing.assert_array_equal(found.weights, [FLOOR / (1 + FLOOR)] * 50)  # nothing is in dispute
    np.testing.assert_array_equal(found.similarity, np.eye(5))


def test_seventy_thousand_images_take_no_n_by_n_numbers():
    """n x n would be 39 GB. Here nothing is larger than numbers of n x C, and a dozen of these are held."""
    n, c, k = 70_000, 30, 10
    partitions = noisy_copies(np.arange(n) % k, c, 0.3, 0)
    tracemalloc.start()
    found = wmetac(partitions, k)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.n_clusters == k
    assert peak < 12 * n * c * 8 < 1e9


@pytest.mark.parametrize(
    "partitions",
    [np.zeros((3, 2)), np.zeros((0, 2), int), np.zeros((2, 0), int), np.zeros(3, int), np.full((3, 2), -2)],
)
def test_what_is_no_partition_is_an_error(partitions):
    with pytest.raises(ValueError, match=r"whole numbers of at least -1 .* Received .* Stack"):
        wmetac(partitions, 2)


def test_noise_alone_is_an_error():
    with pytest.raises(ValueError, match="every label is -1"):
        wmetac(np.full((4, 2), -1), None)


@pytest.mark.parametrize("k", [0, 5])
def test_more_clusters_than_there_are_is_an_error(k):
    with pytest.raises(ValueError, match=f"Cannot make {k} clusters of partitions with 4 clusters"):
        wmetac(np.array([[0, 1], [2, 3]]), k)


def test_too_many_clusters_are_an_error():
    with pytest.raises(ValueError, match="5001 clusters. .* at most 5000"):
        wmetac(np.arange(5001)[:, None], 5)


def test_weights_without_a_floor_are_an_error():
    with pytest.raises(ValueError, match="above 0, received 0"):
        wmetac(np.array([[0], [1]]), 2, floor=0.0)
