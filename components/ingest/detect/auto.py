"""The default detector: MTCNN's cascade by cheap looks first, for faces of all sizes and turns."""

from dataclasses import replace

import numpy as np

from components.ingest.detect import mtcnn
from components.ingest.detect.looks import LONG_SIDE, Look, Search, joined, on_reduced, turned
from components.ingest.detect.mtcnn import Detections
from components.ingest.detect.networks import Networks
from components.ingest.detect.tape import CELL
from components.ingest.detect.upright import distinct, eye_angles, upright
from components.ingest.settings import IngestSettings

QUICK_LONG_SIDE, QUICK_SHARE = 480, 0.1  # of the first look's copy; its smallest face in shares of that
SECOND_LONG_SIDE, SECOND_SHARE = 800, 0.08  # of the look with lower thresholds, if the first is not sure
SMALL_SHARE = 1.2 * QUICK_SHARE  # the largest face of the look for small ones
PROPOSAL_SCORE = 0.8  # of both first looks; the cascade by itself asks 0.6
SMALL_STEP = 0.6  # between the sizes of the look for small faces, for which the cascade takes 0.709
SURE_SCORE = 0.95
TILTS = (-30.0, 30.0)  # degrees; the cascade itself finds faces tilted by 25 or so
QUARTERS = (180.0, 90.0, -90.0)


def make_auto(settings: IngestSettings, networks: Networks) -> Look:
    """Looks for large faces on a small copy, and for small ones on a larger; the faces of both count.

    If they find nothing that is sure, others follow until one does: with lower thresholds, tilted, turned
    by quarters; the faces of all count. Where most faces lie on their side or upside down, the
    picture is turned, and the first looks are taken at it turned.
    """

    def quick(reduced: np.ndarray, scale: float) -> Detections:
        smallest = max(QUICK_SHARE * max(reduced.shape[:2]), settings.min_face * scale)
        return mtcnn.detect(networks, reduced, smallest, PROPOSAL_SCORE)

    def second(reduced: np.ndarray, scale: float) -> Detections:
        smallest = max(CELL, SECOND_SHARE * max(reduced.shape[:2]), settings.min_face * scale)
        return mtcnn.detect(networks, reduced, smallest)

    def small(reduced: np.ndarray, scale: float) -> Detections:
        smallest, largest = max(CELL, settings.min_face * scale), SMALL_SHARE * max(reduced.shape[:2])
        return mtcnn.detect(networks, reduced, smallest, PROPOSAL_SCORE, largest, SMALL_STEP)

    def both(image: np.ndarray, degrees: float = 0.0) -> Detections:
        looks = ((QUICK_LONG_SIDE, quick), (LONG_SIDE, small))
        found = [on_reduced(image, side, _at(degrees, search)) for side, search in looks]
        return upright(networks, image, joined(found), settings)

    further: list[tuple[int, Search]] = [(SECOND_LONG_SIDE, second)]
    further += [(QUICK_LONG_SIDE, turned(degrees, quick)) for degrees in (*TILTS, *QUARTERS)]

    def search(image: np.ndarray) -> Detections:
        best = both(image)
        if not _sure(best):
            for side, look in further:
                found = upright(networks, image, on_reduced(image, side, look), settings)
                unsettled = (found if len(found) else best).unsettled
                best = replace(distinct(joined([best, found])), unsettled=unsettled)
                if _sure(best):
                    break
        quarter = _quarter(best)
        return distinct(joined([best, both(image, quarter)])) if quarter else best

    return search


def _at(degrees: float, search: Search) -> Search:
    return turned(degrees, search) if degrees else search


def _sure(found: Detections) -> bool:
    return bool(found.scores.max(initial=0.0) >= SURE_SCORE)


def _quarter(found: Detections) -> float:
    """The quarter turn, in degrees counterclockwise, that brings most of the faces upright; 0 for none."""
    quarters = (np.round(eye_angles(found) / 90.0) % 4).astype(int)
    if not len(quarters):
        return 0.0
    counts = np.bincount(quarters, minlength=4)
    return (0.0, 90.0, 180.0, -90.0)[int(counts.argmax())]
