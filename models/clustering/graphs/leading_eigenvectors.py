"""The leading eigenvectors of a graph's normalised affinity, also where it falls into parts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.linalg
from scipy.sparse import csr_matrix, diags, eye, issparse
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh, splu

from models.clustering.graphs.chinese_whispers import in_order

NEGLIGIBLE = 1e-8  # share of both ends' degrees, below which an edge joins no parts
DENSE_ROWS = 500  # up to so many rows, the dense solution is the faster one
MOST_RESTARTS = 500  # of Lanczos, before the inverse is tried
TOLERANCE = 1e-10  # of an eigenvalue; the machine's own takes half more products
AWAY = 3.0  # what takes a known eigenvalue (0 or 1) below all others, which are at least -1
BEYOND = 1 + 1e-6  # the largest eigenvalue is 1


def leading_eigenvectors(
    affinity: csr_matrix | np.ndarray, n_vectors: int, random_state: int | None = 0
) -> tuple[np.ndarray, np.ndarray]:
    """The largest eigenvalues (k,), descending, and eigenvectors (n, k) of D^-1/2 A D^-1/2, k = n_vectors.

    A (n, n) is symmetric with numbers of at least 0, sparse or dense float64, of which the dense one is
    overwritten; D are its row sums. Every connected part has eigenvalue 1 and an eigenvector of its own,
    D^1/2 1 on its rows. These are not searched, because a Krylov space holds only one vector of an
    eigenvalue. They come first, mixed by a seeded rotation, by which the rows of a part have one direction of
    their own, even if there are more parts than vectors. A row without any edge is a part. So are rows whose
    edges to all others are below ``NEGLIGIBLE`` of both ends' degrees: their eigenvalue is 1 to about 1e-7.

    The others are found by ARPACK's Lanczos from a seeded start, on what the known vectors leave; if it does
    not converge, by the inverse of a sparse graph. Of any other eigenvalue that is exactly that of several
    vectors, as parts of nothing but equal rows have them, it finds one or more. Each vector's largest number
    is positive. Raises ValueError if n_vectors is not from 1 to n.
    """
    n = affinity.shape[0]
    if not 1 <= n_vectors <= n:
        raise ValueError(f"Expected a number of eigenvectors from 1 to {n}, the rows; received {n_vectors}.")
    degree = np.asarray(affinity.sum(axis=1)).ravel()
    part = parts_of(affinity, degree)
    root = np.where(degree > 0, np.sqrt(degree), 1.0)
    root /= np.sqrt(np.bincount(part, root**2))[part]
    m = int(part.max()) + 1
    generator = np.random.default_rng(random_state)
    turn = np.linalg.qr(generator.normal(size=(m, min(m, n_vectors))))[0]
    known = _signed(root[:, None] * turn[part])
    wanted = n_vectors - known.shape[1]
    if wanted == 0:
        return np.ones(n_vectors), known
    start = generator.normal(size=n)
    values, vectors = _beside(_normalised(affinity, degree), part, root, wanted, start)
    return np.concatenate([np.ones(m), values]), np.hstack([known, vectors])


def parts_of(affinity: csr_matrix | np.ndarray, degree: np.ndarray) -> np.ndarray:
    """The connected part of each row, int64 (n,), from 0, in the order of their first rows."""
    if not isinstance(affinity, np.ndarray):
        edges = affinity.tocoo()
        heavy = edges.data > NEGLIGIBLE * np.minimum(degree[edges.row], degree[edges.col])
        kept = csr_matrix((heavy[heavy], (edges.row[heavy], edges.col[heavy])), shape=affinity.shape)
        found = connected_components(kept, directed=False)[1]
    else:
        found = _dense_parts(affinity, degree)
    return in_order(found)


def _dense_parts(affinity: np.ndarray, degree: np.ndarray) -> np.ndarray:
    """A number for each row's part, by walking from row to row; a dense graph is through at once."""
    part = np.empty(len(affinity), np.int64)
    waiting = np.arange(len(affinity))
    while len(waiting):
        number, reached, waiting = waiting[0], [int(waiting[0])], waiting[1:]
        while reached:
            row = reached.pop()
            part[row] = number
            limit = NEGLIGIBLE * np.minimum(degree[row], degree[waiting])
            near = affinity[row, waiting] > limit
            reached.extend(waiting[near].tolist())
            waiting = waiting[~near]
    return part


def _normalised(affinity: csr_matrix | np.ndarray, degree: np.ndarray) -> csr_matrix | np.ndarray:
    """D^-1/2 A D^-1/2; rows without edges stay 0."""
    inverse = np.divide(1.0, np.sqrt(degree), out=np.zeros(len(degree)), where=degree > 0)
    if issparse(affinity):
        return (diags(inverse) @ affinity @ diags(inverse)).tocsr()
    affinity *= inverse[:, None]
    affinity *= inverse
    return affinity


def _beside(
    matrix: csr_matrix | np.ndarray, part: np.ndarray, root: np.ndarray, wanted: int, start: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The largest eigenvalues, descending, and vectors that are orthogonal to those of the parts."""
    n, m = len(part), int(part.max()) + 1

    def shadow(x: np.ndarray) -> np.ndarray:
        """What the parts' vectors hold of x (n,)."""
        return root * np.bincount(part, root * x, m)[part]

    if n <= DENSE_ROWS or 5 * wanted >= n:
        dense = matrix.copy() if isinstance(matrix, np.ndarray) else matrix.toarray()
        for number in range(m):
            rows = np.flatnonzero(part == number)
            dense[np.ix_(rows, rows)] -= AWAY * np.outer(root[rows], root[rows])
        values, vectors = scipy.linalg.eigh(dense, subset_by_index=[n - wanted, n - 1])
    else:
        values, vectors = _by_lanczos(matrix, shadow, wanted, start)
    order = np.argsort(-values, kind="stable")
    values, vectors = values[order], vectors[:, order]
    # A row of tiny degree has tiny numbers, of which roundings of the others' size leave nothing. This step
    # makes them anew from its neighbours' numbers.
    sure = values > 0.1
    vectors[:, sure] = (matrix @ vectors[:, sure]) / values[sure]
    return values, _signed(vectors)


def _by_lanczos(
    matrix: csr_matrix | np.ndarray,
    shadow: Callable[[np.ndarray], np.ndarray],
    wanted: int,
    start: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    n = matrix.shape[0]
    start = start - shadow(start)
    left = LinearOperator((n, n), matvec=lambda x: matrix @ x - AWAY * shadow(x), dtype=np.float64)
    try:
        restarts = MOST_RESTARTS if issparse(matrix) else None
        return eigsh(left, wanted, which="LA", v0=start, maxiter=restarts, tol=TOLERANCE)
    except ArpackNoConvergence:
        if not issparse(matrix):
            raise
    # Slow convergence is that of a long thin graph, which is easily inverted.
    solver = splu((BEYOND * eye(n) - matrix).tocsc())

    def inverted(x: np.ndarray) -> np.ndarray:
        x = solver.solve(x - shadow(x))
        return shadow(x) - x

    inverse = LinearOperator((n, n), matvec=inverted, dtype=np.float64)
    return eigsh(left, wanted, sigma=BEYOND, OPinv=inverse, v0=start, tol=TOLERANCE)


def _signed(vectors: np.ndarray) -> np.ndarray:
    """The columns, each with the sign by which its largest number is positive; of equal ones the first."""
    sizes = np.abs(vectors)
    first = (sizes >= sizes.max(axis=0) * (1 - 1e-6)).argmax(axis=0)
    return vectors * np.sign(vectors[first, np.arange(vectors.shape[1])])
