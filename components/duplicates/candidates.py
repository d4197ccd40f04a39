"""Which photos may show one picture: near neighbours among descriptors, never all pairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from components.duplicates.descriptor import CROPS, LENGTH, mirrored
from schemas.samples import batches_of

NEAREST = 6  # photos that are looked up for each crop and its mirror image
A_PHOTO = 12  # candidates that are kept for each photo
LEAST_COSINE = 0.8  # of the descriptors of two that may be one picture
EXACT_PHOTOS = 2000  # above so many photos the search looks into cells, and not at every descriptor
QUERIES = 1024  # photos that are looked up at a time
SEED = 1234  # of the cells' centres


Pair = tuple[int, int, bool]  # the lower index, the higher one, whether one is mirrored


@dataclass(frozen=True)
class Candidate:
    """The whole of photo ``second``, or its mirror image, looks like a crop of photo ``first``, by index."""

    first: int
    second: int
    crop: int
    mirror: bool
    cosine: float


def candidates(described: np.ndarray, nearest: int = NEAREST, a_photo: int = A_PHOTO) -> list[Candidate]:
    """The pairs of n photos worth registering, each once mirrored and once not at most, sorted by index.

    Args:
        described: (n, 16, 63) float32, the descriptors of each photo's crops.
        nearest: photos that are looked up for each crop.
        a_photo: candidates kept for each photo, the most alike.

    Raises ImportError without faiss.
    """
    n = len(described)
    if n < 2:
        return []
    index = _index(np.ascontiguousarray(described[:, 0]))
    best: dict[Pair, Candidate] = {}
    for part in batches_of(n, QUERIES):
        for candidate in _of_photos(index, described[part], part.start, min(nearest + 1, n)):
            low, high = sorted((candidate.first, candidate.second))
            pair = low, high, candidate.mirror
            if pair not in best or best[pair].cosine < candidate.cosine:
                best[pair] = candidate
    return _few_each(best, n, a_photo)


def _index(wholes: np.ndarray) -> Any:
    """An index of whole photos: by every descriptor for few, for many by cells (inverted lists)."""
    try:
        import faiss
    except ImportError as error:
        raise ImportError(
            "The search for duplicates needs faiss-cpu, which is not installed. Fix: make setup, or pip "
            "install faiss-cpu."
        ) from error
    flat = faiss.IndexFlatIP(LENGTH)
    if len(wholes) <= EXACT_PHOTOS:
        flat.add(wholes)
        return flat
    cells = int(4 * np.sqrt(len(wholes)))
    index = faiss.IndexIVFFlat(flat, LENGTH, cells, faiss.METRIC_INNER_PRODUCT)
    index.cp.seed, index.cp.niter, index.cp.min_points_per_centroid = SEED, 10, 1
    index.train(wholes)
    index.add(wholes)
    index.nprobe = max(8, cells // 24)
    return index


def _of_photos(index: Any, described: np.ndarray, start: int, nearest: int) -> list[Candidate]:
    """What is near to the crops of some photos, of which the first has the index ``start``."""
    found = []
    for mirror in (False, True):
        queries = mirrored(described) if mirror else described
        flat = np.ascontiguousarray(queries.reshape(-1, LENGTH))
        cosines, others = index.search(flat, nearest)
        own = start + np.repeat(np.arange(len(described)), len(CROPS))
        rows, columns = np.nonzero((cosines >= LEAST_COSINE) & (others >= 0) & (others != own[:, None]))
        found += [
            Candidate(
                int(own[row]), int(others[row, column]), row % len(CROPS), mirror, float(cosines[row, column])
            )
            for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        ]
    return found


def _few_each(best: dict[Pair, Candidate], n: int, a_photo: int) -> list[Candidate]:
    """Those that are among the most alike of one of their two photos, in order of the pair."""
    taken = np.zeros(n, np.int64)
    kept = []
    for pair in sorted(best, key=lambda pair: (-best[pair].cosine, pair)):
        low, high, _ = pair
        if min(taken[low], taken[high]) < a_photo:
            taken[low] += 1
            taken[high] += 1
            kept.append(pair)
    return [best[pair] for pair in sorted(kept)]
