"""Work on threads: results in order, errors raised, nothing left limited."""

import threading

import pytest
from threadpoolctl import threadpool_info

from models.devices.threads import in_threads
from tests.patience import PATIENCE


def blas_threads():
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


@pytest.mark.parametrize("n_threads", [1, 2, None])
def test_results_keep_the_order_of_the_items(n_threads):
    assert in_threads(lambda value: value**2, range(7), n_threads) == [v**2 for v in range(7)]


def test_two_run_at_once():
    barrier = threading.Barrier(2, timeout=PATIENCE)
    assert sorted(in_threads(lambda _: barrier.wait(), range(2), 2)) == [0, 1]


def test_linear_algebra_has_one_thread_meanwhile():
    before = blas_threads()
    inside = in_threads(lambda _: blas_threads(), range(3), 2)
    assert {count for counts in inside for count in counts} == {1}
    assert blas_threads() == before


def test_errors_are_raised():
    with pytest.raises(ZeroDivisionError):
        in_threads(lambda value: 1 / value, [1, 0], 2)


def test_no_thread_is_an_error():
    with pytest.raises(ValueError, match="n_threads must be at least 1, received 0"):
        in_threads(abs, [1], 0)
