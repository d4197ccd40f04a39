"""What a run of small pictures shows of itself: maps before and after, means of groups, disputes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from components.evaluate.search.projection import MAX_ROWS, has_umap, lay_out
from components.face_table import FaceTable
from models.clustering.rules.assignment import Rule
from models.clustering.rules.exemplar_columns import ExemplarColumns
from schemas.samples import evenly_spread

ON_MAP = 5000  # pictures, with UMAP; of t-SNE, which is slower, as many as elsewhere
MOST_SIDE = 64  # pixels: larger pictures are compared and averaged at this size


def small_pictures(
    faces: FaceTable,
    estimator: Any,
    fitted: np.ndarray,
    arrays: dict[str, np.ndarray],
    random_state: int = 0,
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The facts and the pictures of a finished choice on n small pictures; it reads no labels.

    Args:
        faces: the pictures.
        estimator: the fitted clusterer.
        fitted: (m,), which pictures it was fitted on, in the order of its ``labels_``.
        arrays: ``points`` (n, m) and ``cluster`` (n,) of ``components.evaluate.evaluation.evaluate``.
        random_state: of the maps.

    Returns:
        Facts for JSON: ``map`` (method, n, dimensions and seconds of both maps), ``served`` (fitted
        pictures, and how many of them the rule puts elsewhere than the fit did) and ``consensus``, None
        without one. Arrays: ``map_rows`` (r,), which pictures are on the maps, ``map_before`` and
        ``map_after`` (r, 2); ``mean_groups`` (k,) and ``mean_pictures``, uint8 (k, h, w, 1 or 3), RGB; and of
        a consensus ``dispute`` and ``accord`` (n,), NaN where a picture was not fitted on.

    Raises:
        ValueError: a picture cannot be decoded.
    """
    rows = evenly_spread(len(faces), ON_MAP if has_umap() else MAX_ROWS)
    pixels, means = pixels_and_means(faces.chips, rows, arrays["cluster"])
    about, maps = before_and_after(pixels, seen_by(estimator.rule_, arrays["points"][rows]), random_state)
    facts: dict[str, Any] = {
        "map": about,
        "served": served(estimator.labels_, arrays["cluster"][fitted]),
        "consensus": None,
    }
    shown = {"map_rows": rows, **maps, **means}
    consensus = getattr(estimator, "consensus_", None)
    if consensus is not None:
        facts["consensus"] = accord(consensus)
        for name, values in (("dispute", consensus.weights), ("accord", consensus.agreement)):
            shown[name] = np.full(len(faces), np.nan)
            shown[name][fitted] = values
    return facts, shown


def served(labels: np.ndarray, assigned: np.ndarray) -> dict[str, int]:
    """How many fitted pictures the rule for new ones, ``assigned`` (n,), puts elsewhere than ``labels``."""
    return {"fitted": len(labels), "elsewhere": int(np.sum(labels != assigned))}


def accord(consensus: Any) -> dict[str, Any]:
    """How far the groupings of a ``models.subspaces.wmetac.Consensus`` agree.

    ``groupings``; ``pictures``; ``unanimous``, the pictures that all groupings put into the same cluster of
    the consensus; and ``weights``, the smallest, the three quartiles and the largest.
    """
    weights = np.quantile(consensus.weights, (0, 0.25, 0.5, 0.75, 1))
    return {
        "groupings": int(consensus.n_partitions),
        "pictures": len(consensus.weights),
        "unanimous": int(np.sum(consensus.agreement == 1)),
        "weights": [float(weight) for weight in weights],
    }


def seen_by(rule: Rule, points: np.ndarray) -> np.ndarray:
    """What the rule compares of points (n, m): all of it, or some columns."""
    return rule.chosen(points) if isinstance(rule, ExemplarColumns) else points


def before_and_after(
    pixels: np.ndarray, seen: np.ndarray, random_state: int = 0
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Maps of the same pictures by their pixels (r, p) and by what the clusterer sees of them (r, d).

    Returns ``method``, ``n``, ``dimensions`` and ``seconds``, the last two of both maps, and ``map_before``
    and ``map_after``, float32 (r, 2).
    """
    about: dict[str, Any] = {"n": len(pixels), "dimensions": [], "seconds": []}
    maps = {}
    for name, rows in (("map_before", pixels), ("map_after", seen)):
        began = time.perf_counter()
        maps[name], about["method"] = lay_out(rows, random_state)
        about["seconds"].append(time.perf_counter() - began)
        about["dimensions"].append(rows.shape[1])
    return about, maps


def pixels_and_means(
    chips: Sequence[bytes], rows: np.ndarray, clusters: np.ndarray
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The pixels (r, h * w * c) float32, 0 to 1, of the pictures ``rows``, and the mean of each cluster.

    The means are ``mean_groups`` (k,) and ``mean_pictures``, uint8 (k, h, w, c), RGB; what is in no cluster
    (-1) has none. All are as large as the first picture, and in colours if one is.
    """
    height, width = decoded(chips[0]).shape[:2]
    groups = np.unique(clusters[clusters >= 0])
    sums = np.zeros((len(groups), height, width, 3))
    drawn = np.empty((len(rows), height, width, 3), np.uint8)
    place = {int(row): number for number, row in enumerate(rows)}
    number = {int(group): at for at, group in enumerate(groups)}
    coloured = False
    for row, chip in enumerate(chips):
        picture = decoded(chip)
        coloured = coloured or picture.shape[2] == 3
        if picture.shape[:2] != (height, width):
            picture = sized(picture, height, width)
        if row in place:
            drawn[place[row]] = picture
        if clusters[row] >= 0:
            sums[number[int(clusters[row])]] += picture
    channels = 3 if coloured else 1
    counts = np.array([np.sum(clusters == group) for group in groups]).reshape(-1, 1, 1, 1)
    means = np.round(sums[..., :channels] / np.maximum(counts, 1)).astype(np.uint8)
    pixels = drawn[..., :channels].reshape(len(rows), -1).astype(np.float32) / 255
    return pixels, {"mean_groups": groups, "mean_pictures": means}


def decoded(chip: bytes) -> np.ndarray:
    """A small picture from its PNG: uint8 (h, w, 1), or RGB (h, w, 3); no side is above 64 pixels.

    Raises ValueError if the bytes are no picture.
    """
    picture = cv2.imdecode(np.frombuffer(chip, np.uint8), cv2.IMREAD_UNCHANGED) if chip else None
    if picture is None:
        raise ValueError(
            f"A picture of {len(chip)} bytes cannot be decoded. Expected a PNG, as the ingest writes it. "
            "Run the ingest again."
        )
    picture = picture[:, :, np.newaxis] if picture.ndim == 2 else picture[:, :, ::-1]
    height, width = picture.shape[:2]
    shrink = max(height, width) / MOST_SIDE
    return picture if shrink <= 1 else sized(picture, round(height / shrink), round(width / shrink))


def sized(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """A picture (h, w, c) scaled as a whole to (height, width, c)."""
    scaled = cv2.resize(
        np.ascontiguousarray(picture), (max(width, 1), max(height, 1)), interpolation=cv2.INTER_AREA
    )
    return scaled.reshape(max(height, 1), max(width, 1), -1)
