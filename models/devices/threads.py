"""Independent fits on all cores: one Python thread a core, one thread of linear algebra in each.

A fit is many small products. Split over cores each, they wait for each other; whole fits side by side do not.
NumPy and BLAS let go of Python's lock while they compute. Results do not depend on the number of threads.
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
    """``[function(item) for item in items]`` on n_threads threads, None for one a core of this process.

    The first exception of ``function`` is raised, in the order of the items. Raises ValueError where
    n_threads is below 1.
    """
    n_threads = len(os.sched_getaffinity(0)) if n_threads is None else n_threads
    if n_threads < 1:
        raise ValueError(f"n_threads must be at least 1, received {n_threads}.")
    # Filters belong to the whole process: set within the threads, they would undo each other.
    with threadpool_limits(1), tolerated_warnings():
        if n_threads == 1:
            return [function(item) for item in items]
        # OpenMP's limit, unlike BLAS's, is each thread's own.
        with ThreadPoolExecutor(n_threads, initializer=threadpool_limits, initargs=(1,)) as pool:
            return list(pool.map(function, items))


@contextmanager
def tolerated_warnings() -> Iterator[None]:
    """Without the warnings of fits that say nothing which is not told otherwise."""
    with warnings.catch_warnings():
        # Told by ``converged_``; of k-means also where rows are fewer than they look.
        warnings.simplefilter("ignore", ConvergenceWarning)
        # Of spectral clustering: a graph in several parts is what well separated groups look like.
        warnings.filterwarnings("ignore", "Graph is not fully connected", UserWarning)
        # Affinity propagation of two rows, or of rows all as far apart: one group, or one each.
        warnings.filterwarnings("ignore", "All samples have mutually equal", UserWarning)
        # Affinity propagation of scikit-learn 1.5 on NumPy 2.4.
        warnings.filterwarnings("ignore", "Passing more than 2 positional", DeprecationWarning)
        yield
