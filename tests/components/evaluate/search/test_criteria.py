"""Which end of each criterion is better, what may be compared, and a candidate in words and as JSON."""

from dataclasses import replace

import pytest

from components.evaluate.search.criteria import CRITERIA, Candidate, Criterion, title_of

PLAIN = Candidate("gmm", "tied", 3, "pca(9->4)", 100, 20)
MORE_IS_BETTER = {
    "cv_log_likelihood": True, "bic": False, "icl": False, "aic": False, "silhouette": True,
    "davies_bouldin": False, "calinski_harabasz": True, "prediction_strength": True, "stability": True,
}  # fmt: skip


@pytest.mark.parametrize("name", CRITERIA)
def test_the_gain_is_the_difference_in_the_better_direction(name):
    one, other = (Criterion(name, value, "s", 10, 2) for value in (7.0, 4.0))
    assert one.gain_over(other) == (3.0 if MORE_IS_BETTER[name] else -3.0)
    assert other.gain_over(one) == -one.gain_over(other)
    assert set(CRITERIA) == set(MORE_IS_BETTER)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "aic"}, "different criteria"),
        ({"space": "t"}, "Cannot compare"),
        ({"n": 9}, "n = 9"),
        ({"rows": "ab"}, "of rows ab"),
    ],
)
def test_what_has_another_unit_is_not_compared(change, words):
    one = Criterion("bic", 1.0, "s", 10, 2)
    with pytest.raises(ValueError, match=words):
        one.gain_over(replace(one, **change))


def test_a_criterion_in_a_sentence_has_no_fingerprint():
    """A reader of the report can do nothing with it."""
    told = str(Criterion("bic", 1.0, "pca(9->4)", 10, 2, "660114f0b9accf20"))
    assert told == "bic 1 (n = 10, 2 parameters, pca(9->4))"


def test_a_candidate_has_the_criteria_that_it_was_given():
    found = replace(PLAIN, bic=5.0, silhouette=float("nan"))
    assert found.criterion("bic") == Criterion("bic", 5.0, "pca(9->4)", 100, 20)
    assert found.criterion("silhouette") is found.criterion("aic") is None
    assert replace(found, dropped="too few").criterion("bic") is None
    with pytest.raises(ValueError, match=r"Unknown criterion 'gap'. Expected one of: cv_log"):
        found.criterion("gap")


def test_titles():
    assert title_of(("gmm", "tied")) == "gmm (tied)"
    assert title_of(("kmeans", None)) == "kmeans"
    assert PLAIN.title == "gmm (tied), 3 clusters"
    assert replace(PLAIN, n_clusters=1).title == "gmm (tied), 1 cluster"
    assert replace(PLAIN, n_clusters=0).title == "gmm (tied), 0 clusters"
    # Of one that finds its number and was dropped, the number is not known.
    finds = replace(PLAIN, clusterer="hdbscan", variant=None, finds_number=True)
    assert finds.title == "hdbscan, 3 clusters"
    assert replace(finds, dropped="no groups").title == "hdbscan"
    assert replace(PLAIN, dropped="too few").title == "gmm (tied), 3 clusters"


def test_as_json_it_has_lists_and_what_was_not_computed_is_none():
    found = replace(PLAIN, cv_folds=((1.0, 2.0), (3.0, 4.0)), stability_interval=(0.1, 0.9)).as_dict()
    assert found["cv_folds"] == [[1.0, 2.0], [3.0, 4.0]]
    assert found["stability_interval"] == [0.1, 0.9]
    plain = PLAIN.as_dict()
    assert plain["stability_interval"] is plain["bic"] is plain["dropped"] is None
    assert (plain["finds_number"], plain["seconds"], plain["cv_folds"]) == (False, 0.0, [])
