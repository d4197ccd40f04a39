"""Where the tree of people is cut: by what is known of the recogniser, and the strangers of these photos."""

import numpy as np
import pytest

from models.clustering.linkage import people_cut
from models.clustering.linkage.people_cut import (
    BETWEEN,
    CENTRE,
    DEVIATION,
    DEVIATIONS,
    FALSE,
    HIGHEST,
    LOWEST,
    PRIOR,
    STRANGERS,
    TAIL,
    likenesses,
    people_height,
    weight_of,
    within_reach,
)


def height_of(monkeypatch, n, centre=CENTRE, deviation=DEVIATION, alike=0.0):
    monkeypatch.setattr(people_cut, "likenesses", lambda unit, generator: (centre, deviation, alike))
    return people_height(np.zeros((n, 2)))


def test_at_the_cut_a_face_has_so_many_strangers_within_reach(monkeypatch):
    found = height_of(monkeypatch, 2531)
    assert LOWEST < found.height < HIGHEST
    assert within_reach(found.height, 2531, CENTRE, DEVIATION) == pytest.approx(STRANGERS)
    assert (found.centre, found.deviation) == (CENTRE, DEVIATION)


def test_strangers_are_as_rare_as_is_known():
    at = 1 - CENTRE - DEVIATIONS * DEVIATION
    assert within_reach(at, 1000, CENTRE, DEVIATION) == pytest.approx(1000 * FALSE)
    assert within_reach(at + DEVIATION / TAIL, 1000, CENTRE, DEVIATION) == pytest.approx(1000 * FALSE * np.e)
    assert within_reach(2.0, 1000, CENTRE, DEVIATION) == 1000  # never more than there are


def test_a_larger_library_and_people_more_alike_are_cut_lower(monkeypatch):
    usual = height_of(monkeypatch, 2500).height
    assert height_of(monkeypatch, 5000).height < usual
    weight = weight_of(0.0, 2500)
    assert height_of(monkeypatch, 2500, centre=CENTRE + 0.003).height == pytest.approx(usual - 0.003 * weight)


def test_the_fewer_people_there_are_the_less_their_likeness_counts(monkeypatch):
    """A third of all pairs are of one person where there are three people."""
    assert weight_of(1 / 3, 500) == pytest.approx(BETWEEN**2 / (BETWEEN**2 + DEVIATION**2 / 3))
    assert weight_of(0.0, 500) == weight_of(1 / 500, 500) > weight_of(0.01, 500) > weight_of(0.3, 500)
    many, few = (height_of(monkeypatch, 2500, CENTRE + 0.005, alike=alike) for alike in (0.0, 0.5))
    assert many.height < few.height
    assert "50.0% are one person" in few.reason


def test_relatives_are_no_strangers(monkeypatch):
    """Three of ten pairs are of one person; the others are normal, and their middle and spread are found."""
    strangers = np.random.default_rng(0).normal(0.8, 0.03, 70_000)
    relatives = np.full(30_000, 0.99)
    monkeypatch.setattr(
        people_cut, "random_cosines", lambda unit, generator: np.concatenate([strangers, relatives])
    )
    centre, deviation, alike = likenesses(np.zeros((9, 2)), np.random.default_rng(0))
    assert alike == pytest.approx(0.3, abs=1e-3)
    assert centre == pytest.approx(0.8, abs=5 * 1.26 * 0.03 / np.sqrt(70_000))  # of a median
    assert deviation == pytest.approx(0.03, rel=0.02)


def test_the_photos_move_the_cut_no_further_than_the_bounds(monkeypatch):
    high, low = height_of(monkeypatch, 100), height_of(monkeypatch, 10**6)
    assert (high.height, low.height) == (HIGHEST, LOWEST)
    for one in (high, low):
        assert f"moved to {one.height:.4f} by its bounds" in one.reason
    assert "moved to" not in height_of(monkeypatch, 2531).reason


def test_without_strangers_what_is_known_is_the_cut():
    for rows in (np.eye(2), np.ones((5, 2)) / np.sqrt(2)):
        found = people_height(rows)
        assert found.height == PRIOR
        assert np.isnan(found.centre)
        assert "Too few faces" in found.reason
