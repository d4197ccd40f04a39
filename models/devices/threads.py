"""Runs independent fits on all cores: one Python thread per core, each with one thread of linear algebra.

A fit is many small products. If each product is split over the cores, they wait for each other; whole fits
side by side do not. NumPy and BLAS release Python's lock while they compute. Results do not depend on the
number of threads.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_threads(
    function: Callable[[Item], Result], items: Iterable[Item], n_threads: int | None = None
) -> list[Result]:
    """``[function(item) for item in items]`` on n_threads threads; None for one per core of this process.

    If ``function`` raises, the first exception in the order of the items is raised here. Raises ValueError if
    n_threads is below 1.
    """
    n_threads = len(os.sched_getaffinity(0)) if n_threads is None else n_threads
    if n_threads < 1:
        raise ValueError(f"n_threads must be at least 1, received {n_threads}.")
    # Warning filters belong to the whole process: threads that set them would undo each other's.
    with threadpool_limits(1), tolerated_warnings():
        if n_threads == 1:
            return [function(item) for item in items]
        # OpenMP's limit, unlike BLAS's, is each thread's own.
        with ThreadPoolExecutor(n_threads, initializer=threadpool_limits, initargs=(1,)) as pool:
            return list(pool.map(function, items))


@contextmanager
def tolerated_warnings() -> Iterator[None]:
    """Silences the warnings of fits that only repeat what is reported elsewhere."""
    with warnings.catch_warnings():
        # ``converged_`` reports this; k-means also warns if there are fewer distinct rows than clusters.
        warnings.simplefilter("ignore", ConvergenceWarning)
        # From affinity propagation of two rows, or of rows all equally far apart: one group, or one each.
        warnings.filterwarnings("ignore", "All samples have mutually equal", UserWarning)
        # From affinity propagation in scikit-learn 1.5 on NumPy 2.4.
        warnings.filterwarnings("ignore", "Passing more than 2 positional", DeprecationWarning)
        yield
