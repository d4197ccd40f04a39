"""Every rule of RULES: its file, that of the earlier code, and what each must answer."""

import numpy as np
import pytest

from models.clustering.rules.assignment import LOWEST, RULES, rule_from, unknown_below
from models.clustering.rules.exemplar_columns import ExemplarColumns
from models.clustering.rules.exemplars import Exemplars
from models.clustering.rules.largest_logit import largest_logit_of
from models.clustering.rules.mixture import Mixture, spherical_mixture
from models.clustering.rules.nearest_mean import averages_of
from models.clustering.rules.people import people_of
from tests.models.planted import blobs

X, LABELS = (values.astype(kind) for values, kind in zip(blobs(n=40), (np.float64, np.int64), strict=True))
MEANS = np.stack([X[j == LABELS].mean(axis=0) for j in range(4)])
LOGITS = largest_logit_of(X, np.array([1, 2]))  # of two classes
EXAMPLES = {
    "mixture": spherical_mixture(MEANS, 1.0),
    "exemplars": Exemplars(X, LABELS, np.arange(len(X)), 7.5),
    "exemplar_columns": ExemplarColumns(X[:, [2, 0]], LABELS, np.arange(len(X)), np.array([2, 0]), 3),
    "averages": averages_of(X, LABELS, X.mean(axis=0), 0.9),
    "largest_logit": LOGITS[1],
    "people": people_of(X, LABELS, 0.5, 0.6, 5, 0.01),
}
# What the files of the earlier code held, which told no kind.
EARLIER = {
    "mixture": {"weights", "means", "precisions_cholesky", "covariance_type"},
    "exemplars": {"rows", "clusters", "index", "reach"},
    "exemplar_columns": {"rows", "clusters", "index", "columns", "dimension"},
    "averages": {"directions", "sums", "sizes", "origin", "reach"},
    "largest_logit": {"logits", "means", "sizes"},
    "people": {"means", "sizes", "reach", "further", "crowd", "margin"},
}


@pytest.fixture(params=sorted(RULES))
def kind(request):
    return request.param


def same(one, other):
    assert type(one) is type(other)
    for name, value in vars(one).items():
        np.testing.assert_array_equal(getattr(other, name), value)


def test_the_table_names_the_class_and_the_graph_of_each_kind(kind):
    assert RULES[kind].load() is type(EXAMPLES[kind])
    assert EXAMPLES[kind].kind == kind
    served = RULES[kind].served.load()(EXAMPLES[kind])(X)
    np.testing.assert_array_equal(served["cluster"], EXAMPLES[kind].assign(X).cluster)


def test_a_rule_is_read_back_from_among_other_arrays(kind, tmp_path):
    np.savez(tmp_path / "clustering.npz", reduction_mean=np.zeros(3), **EXAMPLES[kind].arrays())
    with np.load(tmp_path / "clustering.npz", allow_pickle=False) as arrays:
        same(EXAMPLES[kind], rule_from(arrays))


def test_a_file_of_the_earlier_code_is_read(kind):
    arrays = {name: np.asarray(getattr(EXAMPLES[kind], name)) for name in EARLIER[kind]}
    same(EXAMPLES[kind], rule_from({"reduction_mean": np.zeros(3), "unknown_below": np.zeros(()), **arrays}))


def test_arrays_of_no_rule_and_of_an_unknown_one_are_errors():
    with pytest.raises(
        ValueError, match=r"No rule .* unknown_below.*one of: mixture, exemplar_columns, exemplars, averages"
    ):
        rule_from({"unknown_below": np.zeros(())})
    with pytest.raises(
        ValueError,
        match="Unknown rule 'tree'. Expected one of: averages, exemplar_columns, exemplars, largest_logit, mixture",
    ):
        rule_from({"rule": np.asarray("tree")})


def test_only_a_mixture_has_a_density():
    assert {kind for kind, rule in EXAMPLES.items() if rule.density is not None} == {"mixture"}
    assert EXAMPLES["mixture"].density is EXAMPLES["mixture"]


def test_fitted_rows_are_as_familiar_as_the_others_of_their_cluster_are(kind):
    rule = EXAMPLES[kind]
    labels = LOGITS[0] if kind == "largest_logit" else LABELS
    own = rule.own_familiarity(X, labels)
    told = rule.assign(X).familiarity
    assert (own <= told + 1e-9).all()  # a row makes itself no less familiar
    by_rows = np.quantile(own, 0.01)
    assert unknown_below(rule, X, labels) == (-rule.reach if kind == "people" else by_rows)


def test_where_no_row_has_another_to_compare_with_nothing_is_unknown():
    alone = Exemplars(X[:3], np.arange(3), np.arange(3))
    assert np.isnan(alone.own_familiarity(X[:3], np.arange(3))).all()
    assert unknown_below(alone, X[:3], np.arange(3)) == LOWEST


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_points_that_are_not_finite_or_of_another_length_are_errors(kind, bad):
    with pytest.raises(ValueError, match="1 of 2 rows hold NaN or infinity"):
        EXAMPLES[kind].assign(np.array([[0.0, 0.0, 0.0], [1.0, bad, 0.0]]))
    with pytest.raises(ValueError, match=r"shape \(n, 3\)"):
        EXAMPLES[kind].assign(np.zeros((2, 2)))


def test_a_mixture_of_one_dead_component_gives_it_no_point():
    mixture = Mixture(np.array([1.0, 0.0]), np.array([[0.0], [5.0]]), np.ones((2, 1, 1)))
    assert mixture.assign(np.array([[5.0]])).cluster.tolist() == [0]
