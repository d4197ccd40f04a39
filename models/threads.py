"""Independent fits on all cores: one Python thread a core, one thread of linear algebra in each.

A fit is many small products. Split over cores each, they wait for each other; whole fits side by side do not.
NumPy and BLAS let go of Python's lock while they compute. Results do not depend on the number of threads.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

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
    with threadpool_limits(1):
        if n_threads == 1:
            return [function(item) for item in items]
        # OpenMP's limit, unlike BLAS's, is each thread's own.
        with ThreadPoolExecutor(n_threads, initializer=threadpool_limits, initargs=(1,)) as pool:
            return list(pool.map(function, items))
