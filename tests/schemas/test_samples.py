import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from schemas.samples import batches_of, evenly_spread


@given(st.integers(0, 20_000), st.integers(0, 300), st.booleans())
def test_ends_are_among_them_and_gaps_differ_by_one(n, most, nearest):
    chosen = evenly_spread(n, most, nearest)
    assert len(chosen) == min(n, most)
    if len(chosen) > 1:
        assert (chosen[0], chosen[-1]) == (0, n - 1)
        gaps = np.diff(chosen)
        assert gaps.min() >= 1  # none twice
        assert gaps.max() - gaps.min() <= (2 if nearest else 1)


def test_of_few_all():
    np.testing.assert_array_equal(evenly_spread(5, 9), np.arange(5))
    assert evenly_spread(10, 4).tolist() == [0, 3, 6, 9]
    assert evenly_spread(4, 3).tolist() == [0, 1, 3]
    assert evenly_spread(4, 3, nearest=True).tolist() == [0, 2, 3]


@given(st.integers(0, 500), st.integers(1, 60))
def test_batches_are_all_things_once_in_their_order(n, size):
    parts = list(batches_of(n, size))
    assert [i for part in parts for i in range(n)[part]] == list(range(n))
    assert all(part.stop - part.start == size for part in parts[:-1])
    assert all(0 < part.stop - part.start <= size for part in parts)
