"""Where the tree of people is cut: by what is known of the recogniser, and the strangers of these photos."""

import numpy as np
import pytest

from models.clustering.linkage import people_cut
from models.clustering.linkage.people_cut import (
    DEVIATIONS,
    FALSE,
    HIGHEST,
    LOWEST,
    PRIOR,
    STRANGERS,
    TAIL,
    people_height,
    within_reach,
)

CENTRE, DEVIATION = 0.849, 0.0360  # LFW's


def height_of(monkeypatch, n, centre=CENTRE, deviation=DEVIATION):
    monkeypatch.setattr(people_cut, "strangers", lambda unit, generator: (centre, deviation))
    return people_height(np.zeros((n, 2)))


def test_at_the_cut_a_face_has_so_many_strangers_within_reach(monkeypatch):
    found = height_of(monkeypatch, 2531)
    assert LOWEST < found.height < HIGHEST
    assert within_reach(found.height, 2531, CENTRE, DEVIATION) == pytest.approx(STRANGERS)
    assert (found.centre, found.deviation) == (CENTRE, DEVIATION)
    assert found.height == pytest.approx(PRIOR, abs=0.002)  # LFW's is nearly what is known


def test_strangers_are_as_rare_as_is_known():
    at = 1 - CENTRE - DEVIATIONS * DEVIATION
    assert within_reach(at, 1000, CENTRE, DEVIATION) == pytest.approx(1000 * FALSE)
    assert within_reach(at + DEVIATION / TAIL, 1000, CENTRE, DEVIATION) == pytest.approx(1000 * FALSE * np.e)
    assert within_reach(2.0, 1000, CENTRE, DEVIATION) == 1000  # never more than there are


def test_a_larger_library_and_people_more_alike_are_cut_lower(monkeypatch):
    usual = height_of(monkeypatch, 2500).height
    assert height_of(monkeypatch, 5000).height < usual
    assert height_of(monkeypatch, 2500, centre=CENTRE + 0.003).height == pytest.approx(usual - 0.003)


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
