"""How sure a face is in its group: by the means, one row at a time."""

import numpy as np
import pytest

from models.clustering.corrections.confidence import confidence
from models.clustering.rows import unit_rows


def slow(x, labels):
    """The same by its definition, in float64."""
    out = np.zeros(len(x))
    for i, own in enumerate(labels):
        others = [j for j in range(len(x)) if labels[j] == own and j != i]
        if own < 0 or not others:
            continue

        def far(rows, i=i):
            mean = x[rows].astype(float).mean(axis=0)
            return np.linalg.norm(x[i] - mean / np.linalg.norm(mean))

        next_one = [far(np.flatnonzero(labels == g)) for g in set(labels[labels >= 0]) - {own}]
        b = min(next_one, default=2.0)
        out[i] = max(0.0, 1 - far(others) / b)
    return out


def test_it_is_what_it_says():
    generator = np.random.default_rng(0)
    labels = generator.choice([-1, 0, 3, 4, 17], 60)
    x = unit_rows(generator.standard_normal((18, 8))[labels] + 0.7 * generator.standard_normal((60, 8)))
    labels[:1] = 99  # alone
    found = confidence(x.astype(np.float32), labels)
    np.testing.assert_allclose(found, slow(x, labels), atol=1e-5)
    assert (found[labels < 0] == 0).all()
    assert found[0] == 0
    assert 0 < found.max() <= 1


def test_a_face_among_others_is_not_sure():
    x = np.array([[1, 0], [1, 0], [0, 1], [0, 1], [0, 1]], np.float32)
    found = confidence(x, np.array([0, 0, 1, 1, 0]))
    assert found[4] == 0  # it is where the other group is
    assert found[2] == pytest.approx(1)


def test_one_group_is_measured_against_the_furthest():
    x = np.array([[1, 0], [0, 1]], np.float32)
    np.testing.assert_allclose(confidence(x, np.array([5, 5])), 1 - np.sqrt(2) / 2, atol=1e-6)


def test_nobody_grouped_and_nobody_at_all():
    assert confidence(np.eye(3, dtype=np.float32), np.full(3, -1)).tolist() == [0, 0, 0]
    assert confidence(np.empty((0, 4), np.float32), np.empty(0, int)).shape == (0,)
    with pytest.raises(ValueError, match=r"Expected x \(n, d\) and labels \(n,\)"):
        confidence(np.eye(3), np.zeros(2, int))
