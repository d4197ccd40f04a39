"""The clusterer csc: subspaces drawn from blocks of means and variances, grouped, and their consensus."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from models.clustering.rules.served_rules import served_rule
from models.subspaces.consensus import ConsensusClusterer, best_of_each, mean_columns, mutual_agreement
from tests.models.planted import blobs

DIM = 3


@pytest.fixture(scope="module")
def planted():
    """Two members that see the same four groups of 80 rows, each with its own variances: (80, 12)."""
    x, truth = blobs(n=80)
    generator = np.random.default_rng(3)
    blocks = []
    for _ in range(2):
        turn, _ = np.linalg.qr(generator.standard_normal((DIM, DIM)))
        blocks += [x @ turn, generator.uniform(0.01, 0.05, x.shape)]
    return np.concatenate(blocks, axis=1), truth


def fitted(x, **options):
    return ConsensusClusterer(**{"n_clusters": 4, "random_state": 0, "subspace_dim": DIM, **options}).fit(x)


def test_each_member_gives_its_subspaces_and_all_of_them_vote(planted):
    x, truth = planted
    found = fitted(x)
    assert found.partitions_.shape == (80, 2 * 3)
    assert adjusted_rand_score(truth, found.labels_) == 1
    assert found.consensus_.agreement.shape == (80,)
    assert fitted(x, n_subspaces=5).partitions_.shape == (80, 10)


def test_the_same_seed_gives_the_same_groups_and_noise_makes_the_draws_differ(planted):
    x, _ = planted
    one, two = fitted(x, subspace_noise=2.0), fitted(x, subspace_noise=2.0)
    np.testing.assert_array_equal(one.partitions_, two.partitions_)
    np.testing.assert_array_equal(one.labels_, two.labels_)


def test_new_rows_go_by_the_means_alone(planted):
    x, _ = planted
    found = fitted(x)
    other = x.copy()
    variances = np.setdiff1d(np.arange(x.shape[1]), mean_columns(x.shape[1], DIM))
    other[:, variances] = 9.0
    np.testing.assert_array_equal(found.predict(other), found.labels_)
    served = served_rule(found.rule_)(other)
    np.testing.assert_array_equal(served["cluster"], found.labels_)


def test_of_each_member_the_grouping_that_agrees_best_may_vote():
    same = np.repeat(np.arange(4), 5)
    other = np.tile(np.arange(4), 5)
    partitions = np.column_stack([other, same, same, same, other, same])
    np.testing.assert_array_equal(best_of_each(partitions, 3), [1, 3])
    agreement = mutual_agreement(partitions)
    assert agreement[1] > agreement[0]
    np.testing.assert_array_equal(mutual_agreement(same[:, None]), [1])


def test_the_best_of_each_member_vote(planted):
    x, truth = planted
    found = fitted(x, votes="best_of_run")
    assert found.consensus_.similarity.shape == (2 * 4, 2 * 4)
    assert adjusted_rand_score(truth, found.labels_) == 1


def test_columns_of_means():
    np.testing.assert_array_equal(mean_columns(8, 2), [0, 1, 4, 5])
    np.testing.assert_array_equal(mean_columns(3, 0), [0, 1, 2])
    with pytest.raises(ValueError, match="Rows of 7 numbers are no blocks of 2 means"):
        mean_columns(7, 2)


def test_an_unknown_vote_names_the_known_ones(planted):
    with pytest.raises(ValueError, match="one of: all, best_of_run"):
        fitted(planted[0], votes="none")


def test_the_number_is_found_where_none_is_given(planted):
    x, _ = planted
    found = fitted(x, n_clusters=None)
    assert found.n_clusters_ == len(set(found.labels_.tolist()))
    assert found.n_clusters_ >= 2


def test_a_mixture_in_umaps_space_may_group_the_subspaces(planted):
    x, truth = planted
    found = fitted(x, grouping="umap", n_subspaces=1, subspace_noise=0.0)
    assert found.partitions_.shape == (80, 2)
    assert adjusted_rand_score(truth, found.labels_) == 1


def test_groupings_may_have_more_clusters_than_the_consensus(planted):
    x, _ = planted
    found = fitted(x, clusters_each=7)
    assert [len(set(one.tolist())) for one in found.partitions_.T] == [7] * 6
    assert found.n_clusters_ <= 4


def test_all_pairs_may_make_the_graph(planted):
    x, truth = planted
    assert adjusted_rand_score(truth, fitted(x, affinity="rbf").labels_) == 1


def test_an_unknown_grouping_names_the_known_ones(planted):
    with pytest.raises(ValueError, match="one of: njw, umap"):
        fitted(planted[0], grouping="none")
