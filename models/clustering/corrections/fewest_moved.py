"""Any labels, made to obey what people said with the fewest faces moved."""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linear_sum_assignment, milp
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

from models.clustering.corrections.constraints import Constraints
from models.clustering.rows import rows_by_value


def homes(labels: np.ndarray, rules: Constraints, distinct: bool = True) -> np.ndarray:
    """The label (b,) of each bundle with the fewest of its faces moved, by labels (n,) of faces; -1 is alone.

    A bundle takes the label that most of its faces have, the lowest of equals. Two bundles with anchors never
    take the same one: among these it is the assignment that moves the fewest faces (linear sum assignment),
    and one for which no label is left, or none that its faces have, gets a new one. They may if not
    ``distinct``.
    """
    n, b = len(labels), len(rules.anchor)
    own = np.where(labels < 0, labels.max(initial=-1) + 1 + np.arange(n), labels)  # a face alone has its own
    values, own = np.unique(own, return_inverse=True)
    shared = csr_matrix((np.ones(n), (rules.bundle, own)), shape=(b, len(values)))
    shared.sum_duplicates()
    row = np.repeat(np.arange(b), np.diff(shared.indptr))
    order = np.lexsort((shared.indices, -shared.data, row))
    out = shared.indices[order[shared.indptr[:-1]]].astype(np.int64) if b else np.empty(0, np.int64)
    held = np.flatnonzero(rules.anchor >= 0)
    if distinct and len(held):
        assigned = _assignment(csr_matrix(shared[held]))
        free = np.flatnonzero(assigned < 0)
        assigned[free] = len(values) + np.arange(len(free))
        out[held] = assigned
    return np.unique(out, return_inverse=True)[1].astype(np.int64)


def _assignment(shared: csr_matrix) -> np.ndarray:
    """A column for each row, no column twice, with the largest sum: (rows,), -1 for none above 0."""
    rows, columns = shared.shape
    out = np.full(rows, -1, np.int64)
    edges = shared.tocoo()
    ends = coo_matrix((np.ones(edges.nnz), (edges.row, edges.col + rows)), shape=(rows + columns,) * 2)
    part = connected_components(ends, directed=False)[1]
    for members in rows_by_value(part[:rows]):
        block = csr_matrix(shared[members])
        used = np.unique(block.indices)
        worth = block[:, used].toarray()
        one, other = linear_sum_assignment(worth, maximize=True)
        good = worth[one, other] > 0
        out[members[one[good]]] = used[other[good]]
    return out


def obeying(labels: np.ndarray, rules: Constraints, nearness: np.ndarray) -> np.ndarray:
    """labels (b,) of bundles, of which the fewest faces are made alone so that none shares one it must not.

    A bundle with an anchor stays, if its label holds no other one with one; then the one of most faces does.
    It is a weighted vertex cover of the pairs that must be apart, solved exactly, label by label (SciPy's
    ``milp``). Of equally many faces those of the least ``nearness`` (b,) to their label are moved.
    """
    pairs = clashes(labels, rules)
    leaving: list[int] = []
    for part in rows_by_value(labels[pairs[:, 0]]) if len(pairs) else ():
        leaving.extend(_cover(pairs[part], rules, nearness))
    out = labels.copy()
    out[leaving] = labels.max(initial=-1) + 1 + np.arange(len(leaving))
    return np.unique(out, return_inverse=True)[1].astype(np.int64)


def clashes(labels: np.ndarray, rules: Constraints) -> np.ndarray:
    """Pairs of bundles that have the same of labels (b,) and must not: (p, 2), the lower first."""
    pairs = [rules.apart[labels[rules.apart[:, 0]] == labels[rules.apart[:, 1]]]]
    held = np.flatnonzero(rules.anchor >= 0)
    for rows in rows_by_value(labels[held]) if len(held) else ():
        one, other = np.triu_indices(len(rows), 1)
        pairs.append(np.stack([held[rows[one]], held[rows[other]]], axis=1))
    return np.unique(np.concatenate(pairs), axis=0)


def _cover(pairs: np.ndarray, rules: Constraints, nearness: np.ndarray) -> list[int]:
    """The bundles that leave, so that of each of pairs (p, 2) in one label at most one stays."""
    members, ends = np.unique(pairs, return_inverse=True)
    ends = ends.reshape(-1, 2)
    faces = rules.sizes[members].astype(float)
    held = rules.anchor[members] >= 0
    stays = np.zeros(len(members))
    if held.any():
        stays[np.lexsort((nearness[members], faces, held))[-1]] = 1
    rank = np.argsort(np.argsort(nearness[members], kind="stable"))
    rows = np.repeat(np.arange(len(ends)), 2)
    matrix = csr_matrix((np.ones(ends.size), (rows, ends.ravel())), shape=(len(ends), len(members)))
    found = milp(
        faces + rank / (len(members) + 1) ** 2,  # all ranks together are less than a face
        integrality=np.ones(len(members)),
        bounds=Bounds(0, 1 - stays),
        constraints=[LinearConstraint(matrix, lb=1)],
        options={"mip_rel_gap": 0.0},
    )
    if found.x is None:
        raise RuntimeError(f"Which faces to set apart could not be chosen: {found.message}")
    return members[found.x > 0.5].tolist()
