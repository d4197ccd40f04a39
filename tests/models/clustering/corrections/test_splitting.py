"""One person's faces stay one; those of several are parted, with the evidence."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from models.clustering.corrections.splitting import (
    LEAST,
    PRIOR_PAIRS,
    SHARE,
    bic,
    distance_needed,
    people_apart,
    split,
)
from models.clustering.rows import unit_rows


def faces(sizes, between, within, seed=0, d=64):
    """Unit rows of people so far apart, about, each of faces so far apart."""
    generator = np.random.default_rng(seed)
    who = np.repeat(np.arange(len(sizes)), sizes)
    own = between / np.sqrt(2) * unit_rows(generator.standard_normal((len(sizes), d)))
    noise = within / np.sqrt(2 * d) * generator.standard_normal((len(who), d))
    return unit_rows(np.eye(1, d) + own[who] + noise).astype(np.float32), who


@pytest.mark.parametrize("sizes", [(12, 9), (30, 4), (10, 8, 6), (5, 5, 5, 5, 5, 5)])
def test_people_are_parted(sizes):
    x, who = faces(sizes, 0.55, 0.25)
    best = split(x)[0]
    assert best.advised
    assert best.parts == len(sizes)
    assert adjusted_rand_score(who, best.labels) == 1
    assert (np.diff(np.bincount(best.labels)) <= 0).all()
    assert best.evidence.within < best.evidence.between
    assert best.evidence.apart >= best.evidence.needed == LEAST
    assert "two people" in best.evidence.words


def test_one_person_is_not_parted_but_shown_what_there_is():
    x = faces((40,), 0.0, 0.25)[0]
    ways = split(x)
    assert ways
    assert not any(way.advised for way in ways)
    assert "as one person would be" in ways[0].evidence.words
    assert all(way.labels.shape == (40,) and way.labels.max() + 1 == way.parts for way in ways)


def test_at_most_so_many_parts_are_offered():
    x = faces((6,) * 5, 0.55, 0.2)[0]
    assert all(way.parts <= 3 for way in split(x, max_parts=3))
    with pytest.raises(ValueError, match="max_parts of at least 2"):
        split(x, max_parts=1)


@pytest.mark.parametrize("n", [1, 3])
def test_too_few_faces_are_no_parts(n):
    assert split(faces((n,), 0, 0.3)[0]) == []


def test_equal_faces_are_no_parts():
    assert split(np.repeat(faces((1,), 0, 0)[0], 9, axis=0)) == []


def test_a_single_stray_face_is_no_part():
    x = faces((20, 1), 0.55, 0.2)[0]
    assert not any(way.advised for way in split(x))


def test_a_library_of_people_further_apart_asks_for_more():
    """A prior of so many pairs: between what is known and SHARE of the 1% nearest of the library's own."""
    assert distance_needed(None) == distance_needed(np.empty(0)) == LEAST
    assert distance_needed(np.full(PRIOR_PAIRS, 0.8)) == pytest.approx((LEAST + SHARE * 0.8) / 2)
    assert distance_needed(np.full(10**6, 0.8)) == pytest.approx(SHARE * 0.8, abs=1e-3)
    x = faces((12, 9), 0.45, 0.2)[0]
    assert split(x)[0].advised
    library = split(x, np.full(5000, 0.9))
    assert not any(way.advised for way in library)
    assert library[0].evidence.nearer_people == 0
    assert "Of pairs of your other people 0.0% are nearer than that" in library[0].evidence.words


def test_how_far_people_are_apart_allows_for_their_sizes():
    """Of one face each it is the distance itself; of many it is that of the faces, not of the means."""
    x = unit_rows(np.random.default_rng(0).standard_normal((3, 5)))
    expected = [np.linalg.norm(x[a] - x[b]) for a, b in ((0, 1), (0, 2), (1, 2))]
    np.testing.assert_allclose(people_apart(x, np.array([4, 7, 9])), expected, atol=1e-9)
    assert people_apart(x, np.array([4, 4, -1])).shape == (0,)
    assert people_apart(x, np.full(3, -1)).shape == (0,)


def test_bic_is_that_of_gaussians_of_one_round_variance():
    """In one dimension, against scikit-learn's for one part, whose number of parameters is the same."""
    from sklearn.mixture import GaussianMixture

    x = np.random.default_rng(0).standard_normal((50, 1))
    whole = GaussianMixture(1, covariance_type="spherical", reg_covar=0).fit(x)
    assert bic(x, np.zeros(50, int)) == pytest.approx(whole.bic(x))
