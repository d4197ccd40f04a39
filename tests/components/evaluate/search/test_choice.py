"""Criteria are only compared where they can be, and the choice tells its reasons."""

from dataclasses import replace

import pytest

from components.evaluate.search.choice import choose
from components.evaluate.search.criteria import Candidate


def candidate(**changes):
    plain = Candidate(
        "gmm", "tied", 10, "pca(128->2)", 683, 59, aic=9385.3, bic=9652.4, cv_log_likelihood=-6.8
    )
    return replace(plain, **{"cv_folds": ((-6.8, -6.7, -6.9),)} | changes)


def test_criteria_of_two_spaces_cannot_be_compared():
    ours, theirs = candidate().criterion("bic"), candidate(space="pixels(12288)").criterion("bic")
    with pytest.raises(ValueError, match="different spaces, different rows or different n"):
        ours.gain_over(theirs)
    with pytest.raises(ValueError, match=r"bic 9652.4 \(n = 683, 59 parameters, pca\(128->2\)\)"):
        choose([candidate(), candidate(n=500)], "bic")
    with pytest.raises(ValueError, match="different criteria"):
        ours.gain_over(candidate().criterion("aic"))


def test_less_bic_is_better():
    assert candidate().criterion("bic").gain_over(candidate(bic=9700.0).criterion("bic")) == pytest.approx(
        47.6
    )


def test_choose_tells_how_sure_it_is():
    near = candidate(n_clusters=8, cv_log_likelihood=-6.81, cv_folds=((-6.81, -6.69, -6.94),))
    far = candidate(n_clusters=2, cv_log_likelihood=-7.8, cv_folds=((-7.8, -7.7, -7.9),))
    dropped = candidate(n_clusters=50, dropped="too many", cv_log_likelihood=None)
    chosen, reasons = choose([dropped, far, near, candidate()])
    assert chosen == 3
    assert "gmm (tied), 10 clusters" in reasons[0]
    assert "2 of them, the best included" in reasons[1]
    assert "8 to 10 clusters" in reasons[1]
    assert reasons[2].startswith("1 of 4 candidates were dropped")
    assert choose([far, candidate()])[1][1].startswith("No other lies within one standard error")


def test_kinds_with_shapes_of_their_own_are_evidence_only():
    fitting_tails = candidate(variant="diag", n_clusters=2, cv_log_likelihood=-5.0)
    chosen, reasons = choose([fitting_tails, candidate()])
    assert chosen == 1
    assert "gmm (diag), 2 clusters has cv_log_likelihood -5" in reasons[2]
    assert choose([fitting_tails, candidate()], among="all")[0] == 0
    assert choose([fitting_tails])[0] == 0
    with pytest.raises(ValueError, match="Unknown choose_among 'some'"):
        choose([candidate()], among="some")


def test_choose_refuses_nonsense():
    with pytest.raises(ValueError, match="Unknown criterion 'gap'"):
        choose([candidate()], "gap")
    with pytest.raises(ValueError, match="No elbow in 0 candidates of kmeans"):
        choose([candidate()], "elbow")
    with pytest.raises(ValueError, match="No candidate has the criterion 'silhouette'.* Ask for fewer"):
        choose([candidate(dropped="too many")], "silhouette")
    with pytest.raises(
        ValueError, match=r"No candidate has the criterion 'silhouette'.* criterion=(\w+ or )*bic"
    ):
        choose([candidate()], "silhouette")
    with pytest.raises(ValueError, match="Unknown criterion 'elbow'"):
        candidate().criterion("elbow")


def test_the_fewest_within_errors_are_of_the_best_ones_kind():
    few = candidate(n_clusters=8, cv_log_likelihood=-6.81, cv_folds=((-6.81, -6.69, -6.94),))
    other = candidate(clusterer="kmeans", variant=None, n_clusters=2, cv_log_likelihood=-6.81)
    far = candidate(n_clusters=2, cv_log_likelihood=-7.8, cv_folds=((-7.8, -7.7, -7.9),))
    chosen, reasons = choose([candidate(), far, few, other], standard_errors=1.0)
    assert chosen == 2
    assert "the fewest of its kind within 1 standard errors" in reasons[2]
    assert choose([candidate(), far, few, other])[0] == 0


def test_the_consensus_is_the_median_of_three_criteria():
    ten = candidate(bic=9700.0, icl=9900.0)
    eight = candidate(
        n_clusters=8, cv_log_likelihood=-6.9, cv_folds=((-6.9, -6.8, -7.0),), bic=9600.0, icl=9800.0
    )
    five = candidate(
        n_clusters=5, cv_log_likelihood=-7.2, cv_folds=((-7.2, -7.1, -7.3),), bic=9650.0, icl=9700.0
    )
    chosen, reasons = choose([ten, eight, five], "consensus")
    assert chosen == 1
    assert "cross-validation asks for 10" in reasons[0]
    assert "BIC asks for 8" in reasons[0]
    assert "ICL asks for 5" in reasons[0]
    assert reasons[0].endswith("the median is 8.")


def test_the_elbow_is_kmeans_furthest_from_the_chord():
    curve = [
        candidate(clusterer="kmeans", variant=None, n_clusters=k, inertia=inertia)
        for k, inertia in ((1, 100.0), (2, 40.0), (3, 35.0), (4, 31.0))
    ]
    chosen, reasons = choose([candidate(), *curve], "elbow")
    assert chosen == 2
    assert "Elbow of the inertia (P0, equation 5) over 1 to 4 clusters" in reasons[0]
