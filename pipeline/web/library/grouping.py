"""Groups an account's faces anew, under all that was said of them, and keeps the neighbours found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.web import texts
from pipeline.web.library.arrays import Faces
from pipeline.web.library.refused import Refused
from pipeline.web.library.told import Told
from pipeline.web.models import Account, KeptNeighbours

if TYPE_CHECKING:
    from models.clustering.corrections.constrained import Found
    from models.clustering.corrections.neighbours import Neighbours

# The clusterers that are offered, and the most faces of each: the others take memory with their square.
CLUSTERERS = {
    "chinese_whispers": 200_000,
    "people": 10_000,
    "average_linkage": 10_000,
    "hdbscan": 20_000,
    "affinity_propagation": 2_000,
}
WITH_DISTANCE = ("chinese_whispers", "people", "average_linkage")
SAMPLE = 3_000  # faces that the distance of an unknown space is found from


def check_clusterer(clusterer: str, n: int, distance: float | None) -> None:
    """Raises Refused for an unknown clusterer, a distance that it does not take, or too many faces."""
    if clusterer not in CLUSTERERS:
        raise Refused(f"Unknown clusterer {clusterer[:40]!r}. Expected one of: {', '.join(CLUSTERERS)}.")
    if distance is not None and (clusterer not in WITH_DISTANCE or not 0 < distance < 2):
        raise Refused(texts.WRONG_DISTANCE.format(clusterer=clusterer))
    if n > CLUSTERERS[clusterer]:
        raise Refused(texts.TOO_MANY_FACES.format(clusterer=clusterer, most=CLUSTERERS[clusterer], n=n))


def group(
    account: Account, space: str, faces: Faces, told: Told, clusterer: str, distance: float | None
) -> Found:
    """Groups the faces by a clusterer of ``CLUSTERERS``; ``distance`` None is its own.

    Raises Refused as ``check_clusterer``.
    """
    from models.clustering.corrections.constrained import average_grouped, grouped

    check_clusterer(clusterer, len(faces), distance)
    verdicts: Any = {
        "anchors": told.anchors,
        "apart": told.apart,
        "pairs_together": told.together,
        "pairs_apart": told.pairs_apart,
    }
    if clusterer == "chinese_whispers":
        near = neighbours_of(account, space, faces)
        cut = distance or own_distance(space, faces.x)
        return grouped(near, cut, photos=faces.photo, **verdicts)
    height = None if distance is None else height_of(clusterer, distance)
    x = np.asarray(faces.x, np.float64)
    return average_grouped(x, height, clusterer=clusterer, photos=faces.photo, **verdicts)


def height_of(clusterer: str, distance: float) -> float:
    """The height at which a clusterer's tree is cut for a distance between unit rows: 1 minus the cosine."""
    return distance**2 / 2


def own_distance(space: str, x: np.ndarray) -> float:
    """The longest edge between two faces of one person: what was measured for a known space, else as found.

    ``models.clustering.graphs.edge_threshold`` finds it from the rows (n, d) themselves.
    """
    from models.clustering.corrections.distances import DISTANCES
    from models.clustering.corrections.neighbours import find_neighbours
    from models.clustering.graphs.edge_threshold import edge_threshold

    known = DISTANCES.get(space.rpartition("-")[0])
    if known is not None:
        return known
    rows = x if len(x) <= SAMPLE else x[np.random.default_rng(0).choice(len(x), SAMPLE, replace=False)]
    if len(rows) < 2:
        return 1.0
    near = find_neighbours(rows)
    return float(edge_threshold(rows, near.distance, near.index))


def neighbours_of(account: Account, space: str, faces: Faces) -> Neighbours:
    """The nearest neighbours among the faces: the kept ones, with those of faces that came since.

    Where some of the kept faces went they are found anew.
    """
    from models.clustering.corrections.neighbours import Neighbours, add_neighbours, find_neighbours

    kept = KeptNeighbours.objects.filter(owner=account, space=space).first()
    ids = faces.face.astype("<i8").tobytes()
    if kept is not None and ids.startswith(bytes(kept.faces)):
        n = len(kept.faces) // faces.face.itemsize
        found = add_neighbours(Neighbours.from_bytes(bytes(kept.bytes)), faces.x[:n], faces.x[n:])
        if n == len(faces):
            return found
    else:
        found = find_neighbours(faces.x)
    KeptNeighbours.objects.update_or_create(
        owner=account, space=space, defaults={"faces": ids, "bytes": found.to_bytes()}
    )
    return found
