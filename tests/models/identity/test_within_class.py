"""Likenesses that no group had a say in itself: folds of groups, and the maps that they are compared by."""

import numpy as np
import pytest

from models.clustering.rows import unit_rows
from models.identity import within_class
from models.identity.sure_groups import grouped, sure_groups_by
from models.identity.within_class import FOLDS, cross_fitted, folds_of, whitened_within


def some_faces(seed=0, people=12, of_each=4, dimension=8):
    who = np.repeat(np.arange(people), of_each)
    return np.random.default_rng(seed).standard_normal((len(who), dimension)).astype(np.float32), who


@pytest.mark.parametrize("seed", range(5))
def test_a_group_lies_in_one_fold_and_sure_ones_evenly(seed):
    labels = np.repeat(np.arange(9), 3)
    sure = labels < 4
    folds = folds_of(labels, sure, np.random.default_rng(seed))
    assert (folds.reshape(9, 3) == folds[::3, None]).all()
    assert len(set(folds[sure])) == 4  # two groups teach whichever two folds are left out
    assert set(folds) <= set(range(FOLDS))


def test_no_face_has_a_say_in_its_own_likenesses(monkeypatch):
    x, who = some_faces()
    taught = []
    monkeypatch.setattr(
        within_class,
        "whitened_within",
        lambda x, labels, chosen: taught.append(chosen) or whitened_within(x, labels, chosen),
    )
    sure = who < 10
    alike = cross_fitted(x, who, sure, np.random.default_rng(0))
    folds = folds_of(who, sure, np.random.default_rng(0))
    assert len(taught) == FOLDS * (FOLDS + 1) // 2
    for one in range(len(x)):
        for other in range(len(x)):
            (chosen,) = {
                chosen.tobytes(): chosen
                for chosen in taught
                if (chosen == (sure & (folds != folds[one]) & (folds != folds[other]))).all()
            }.values()
            assert not chosen[who == who[one]].any()
            assert not chosen[who == who[other]].any()
            a, b = unit_rows(x[[one, other]] @ whitened_within(x, who, chosen))
            assert alike[one, other] == pytest.approx(a @ b, abs=1e-5)
    np.testing.assert_array_equal(alike, alike.T)


def test_a_wrong_group_draws_its_faces_together_but_not_in_its_own_likenesses():
    """Groups of strangers: after what they teach they are far more alike than two others, by chance they are not."""
    x, who = some_faces(people=30, of_each=4, dimension=80)
    everybody = np.ones(len(x), bool)
    same = who[:, None] == who
    np.fill_diagonal(same, False)
    unit = unit_rows(x @ whitened_within(x, who, everybody))
    own = unit @ unit.T
    apart = cross_fitted(x, who, everybody, np.random.default_rng(0))
    deviation = apart[~same].std()
    assert own[same].mean() > 0.3
    # 180 pairs of independent directions: their mean is off by a fourteenth of a deviation, thrice that here.
    assert abs(apart[same].mean()) < 3 * deviation / np.sqrt(same.sum() / 2)


def test_groups_by_likenesses_are_those_above_the_cut():
    """Two pairs at .9 among strangers at 0, give or take: cut by 3.5 deviations of the lower half."""
    generator = np.random.default_rng(0)
    alike = 0.1 * generator.standard_normal((40, 40))
    alike = (alike + alike.T) / 2
    alike[0, 1] = alike[1, 0] = alike[2, 3] = alike[3, 2] = 0.9
    np.fill_diagonal(alike, 1)
    cut, labels, sure = sure_groups_by(alike, np.arange(40), generator)
    # the deviation is .1 / sqrt(2) and comes from 780 pairs: a quantile is off by some 5% of it
    assert cut == pytest.approx(3.5 * 0.1 / np.sqrt(2), rel=0.2)
    assert labels[0] == labels[1] != labels[2] == labels[3]
    assert sure[:4].all()
    again = grouped(alike, np.array([0, 0, *range(2, 40)]), cut)
    assert not again[2][:2].any()  # of one photo
