"""Criteria are only compared where they can be, and the choice tells its reasons."""

from dataclasses import replace

import pytest

from components.evaluate.search.choice import best_kinds, best_of, choose
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


def kmeans(k, inertia, **changes):
    return candidate(clusterer="kmeans", variant=None, n_clusters=k, inertia=inertia, **changes)


def test_the_elbow_needs_three_numbers_of_kmeans_that_were_not_dropped():
    three = [kmeans(1, 100.0), kmeans(2, 40.0), kmeans(3, 35.0)]
    assert choose(three, "elbow")[0] == 1
    assert choose([kmeans(2, 40.0), kmeans(1, 100.0), kmeans(3, 0.0)], "elbow")[0] == 0
    for lost in (kmeans(2, 40.0, dropped="no"), kmeans(2, None), candidate(inertia=40.0)):
        with pytest.raises(ValueError, match="No elbow in 2 candidates"):
            choose([three[0], lost, three[2]], "elbow")


def test_kinds_are_sorted_by_their_best_candidates_and_those_without_the_criterion_are_left_out():
    found = [
        candidate(clusterer="a", bic=9.0), candidate(clusterer="b", bic=None), candidate(clusterer="c", bic=5.0),
        candidate(clusterer="a", bic=7.0), candidate(clusterer="d", bic=6.0), candidate(clusterer="c", bic=8.0),
    ]  # fmt: skip
    variant = candidate().variant
    assert best_kinds(found, "bic") == [("c", variant), ("d", variant), ("a", variant)]
    assert best_kinds([], "bic") == []


def test_rivals_are_those_within_one_standard_error_and_all_their_numbers_are_told():
    """The folds of the best have a spread of 0.1: a standard error of the difference of 0.1 / sqrt(3)."""
    best = candidate(n_clusters=9, cv_log_likelihood=-6.8, cv_folds=((-6.7, -6.8, -6.9),))

    def behind(by, k):
        folds = tuple(value - by + d for value, d in zip((-6.7, -6.8, -6.9), (0.1, 0.0, -0.1), strict=True))
        return candidate(n_clusters=k, cv_log_likelihood=-6.8 - by, cv_folds=(folds,))

    error = 0.1 / 3**0.5
    near, further, far = behind(0.9 * error, 12), behind(0.95 * error, 4), behind(1.5 * error, 2)
    _, reasons = choose([best, near, further, far])
    assert "3 of them" in reasons[1]
    assert "4 to 12 clusters" in reasons[1]
    _, alone = choose([best, far])
    assert alone[1] == "No other lies within one standard error of the difference to it."
    # By itself the best wins; with two standard errors the fewest of its kind.
    assert choose([best, near, further, far])[0] == 0
    assert choose([best, near, further, far], standard_errors=2.0)[0] == 3
    # The consensus asks cross-validation for the fewest within one.
    votes = [replace(one, bic=1.0 * i, icl=1.0 * i) for i, one in enumerate([best, near, further, far])]
    assert "cross-validation asks for 4" in choose(votes, "consensus")[1][0]


def test_where_nobody_has_the_criterion_five_reasons_and_the_others_are_told():
    without = [candidate(n_clusters=k, bic=None, aic=1.0, dropped=None) for k in range(2, 9)]
    with pytest.raises(
        ValueError, match=r"No candidate has the criterion 'bic'.*Choose by criterion=.*aic"
    ) as raised:
        best_of(without, "bic")
    assert str(raised.value).count(": no bic") == 5
    with pytest.raises(ValueError, match=r"too few rows.*Ask for fewer clusters"):
        best_of([candidate(dropped="too few rows")], "bic")


def test_of_equal_candidates_the_first_is_chosen():
    alike = [candidate(n_clusters=k) for k in (7, 5, 9)]
    assert choose(alike)[0] == 0
    assert best_of(alike, "bic") is alike[0]
