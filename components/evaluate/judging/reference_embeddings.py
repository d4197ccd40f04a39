"""The same procedure on embeddings without training: raw pixels, their principal axes, a recogniser."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from sklearn.decomposition import PCA

from components.evaluate.figures.intervals import label_intervals
from components.evaluate.figures.metrics import label_metrics
from components.evaluate.figures.roc import verification_roc
from components.evaluate.figures.verification import verify
from components.evaluate.search.folds import build_kind, fitted_on
from components.evaluate.search.reduction import fit_reduction
from components.evaluate.search.selection import Clustering
from components.evaluate.search.settings import SelectionSettings
from components.face_table import FaceTable, photo_rows
from components.pairs.files import Pairs
from models.clustering.rows import Rows
from models.inputs.preprocessing import images_from_chips
from schemas.samples import batches_of

SIDE = 64
AXES = 128
BATCH = 64
FIGURES = ("ari", "ami", "pairwise_f", "bcubed_f")


def reference_embeddings(
    faces: FaceTable,
    embeddings: np.ndarray,
    clusters: np.ndarray,
    clustering: Clustering,
    settings: SelectionSettings,
    crop: str,
    pairs: Pairs | None = None,
) -> list[dict[str, Any]]:
    """The model's own row, then one for each reference: verification and grouping of the eval split.

    ``clusters`` (n,) are those that the model serves, and its row's. A reference is grouped by the clusterer
    and the number of clusters that were chosen for the model, fitted on all train faces in the space of its
    own principal axes. Labels only judge. ``crop`` is the part of a chip that the model sees. A reference
    that is not installed, or that can't be grouped, has the reason in ``missing`` instead of figures.
    """
    rows = [judged("this model", embeddings, clusters, faces, pairs)]
    pixels = pixels_of(faces.chips, crop)
    axes, whitened = principal(pixels, faces.span("train"))
    for name, values in (("pixels", pixels), ("PCA", axes), ("whitened PCA", whitened)):
        rows.append(reference(name, values, faces, clustering, settings, pairs))
    if crop != "whole":
        try:
            values = recognised(faces.chips)
        except (ModuleNotFoundError, FileNotFoundError) as error:
            rows.append({"name": "pretrained_face", "missing": str(error)})
        else:
            rows.append(reference("pretrained_face", values, faces, clustering, settings, pairs))
    return rows


def pixels_of(chips: Sequence[bytes], crop: str) -> np.ndarray:
    """Pixels of encoded chips, cropped as the model's are, to 64x64: (n, 12,288) float32 in [0, 1]."""
    return in_batches(chips, lambda part: images_from_chips(part, crop, SIDE))


def in_batches(chips: Sequence[bytes], call: Callable[[tf.Tensor], Any]) -> np.ndarray:
    """The results of ``call`` on chips, batch by batch, each flattened: (n, values) float32."""
    out = np.empty((0, 0), np.float32)
    for part in batches_of(len(chips), BATCH):
        found = np.asarray(call(tf.constant(chips[part]))).reshape(part.stop - part.start, -1)
        if not part.start:
            out = np.empty((len(chips), found.shape[1]), np.float32)
        out[part] = found
    return out


def principal(pixels: np.ndarray, train: slice) -> tuple[np.ndarray, np.ndarray]:
    """Pixels on the first 128 principal axes of the train rows, and the same divided by their deviations.

    Both are (n, at most 128) float32; there are fewer axes if there are fewer train rows.
    """
    rows = pixels[train].copy()  # which the fit may centre in place
    limit = max(1, min(AXES, len(rows) - 1))
    pca = PCA(limit, svd_solver="randomized", random_state=0, copy=False).fit(rows)
    del rows
    axes = pca.transform(pixels).astype(np.float32)
    deviations = np.sqrt(np.maximum(pca.explained_variance_, 1e-12)).astype(np.float32)
    return axes, axes / deviations


def recognised(chips: Sequence[bytes]) -> np.ndarray:
    """Embeddings (n, 128) of dlib's recogniser, which was trained on people's names.

    Raises ModuleNotFoundError or FileNotFoundError if its weights are not installed.
    """
    from models.pretrained.pretrained_face import SIDE as RECOGNISED_SIDE
    from models.pretrained.pretrained_face import PretrainedFace

    network = PretrainedFace()

    def encode(part: tf.Tensor) -> tf.Tensor:
        return network.encode(images_from_chips(part, "recogniser", RECOGNISED_SIDE))

    takes = [tf.TensorSpec((None,), tf.string)]
    return in_batches(chips, tf.function(encode, input_signature=takes, autograph=False))


def reference(
    name: str,
    embeddings: np.ndarray,
    faces: FaceTable,
    clustering: Clustering,
    settings: SelectionSettings,
    pairs: Pairs | None,
) -> dict[str, Any]:
    """The row of embeddings (n, d) that are grouped here, or why they could not be."""
    try:
        clusters = grouped(embeddings, faces, clustering, settings)
    except (ValueError, np.linalg.LinAlgError) as error:
        return {"name": name, "dimension": embeddings.shape[1], "missing": str(error)}
    return judged(name, embeddings, clusters, faces, pairs)


def judged(
    name: str, embeddings: np.ndarray, clusters: np.ndarray, faces: FaceTable, pairs: Pairs | None
) -> dict[str, Any]:
    """One row: name, dimension, auc over pairs of the eval split, and how its clusters agree with labels.

    With ``pairs`` it also has the figures of ``verify`` on them. ``intervals`` are 95%, over identities.
    """
    rows = faces.rows("eval")
    labels = [faces.labels[i] for i in rows]
    clusters = clusters[rows]
    found, sure = label_metrics(labels, clusters), label_intervals(labels, clusters)["intervals"]
    row: dict[str, Any] = {
        "name": name,
        "dimension": embeddings.shape[1],
        "n": len(rows),
        "n_clusters": len(np.unique(clusters[clusters >= 0])),
        "auc": verification_roc(embeddings[rows], labels, "identity").auc,
        **{figure: found[figure] for figure in FIGURES},
        "intervals": {figure: sure[figure] for figure in FIGURES if figure in sure},
    }
    if pairs is not None:
        row["verification"] = verify(embeddings, photo_rows(faces), pairs)
    return row


def grouped(
    embeddings: np.ndarray, faces: FaceTable, clustering: Clustering, settings: SelectionSettings
) -> np.ndarray:
    """Clusters of all embeddings (n, d) by the chosen kind and number, fitted on the train rows."""
    train = faces.span("train")
    reduction = fit_reduction(
        embeddings[train],
        settings.pca_variance,
        settings.max_dimension,
        settings.whiten,
        settings.random_state,
    )
    points = reduction.transform(embeddings)
    best = clustering.selection.best
    asked = None if best.finds_number else best.n_clusters
    unfitted = build_kind(best.kind, asked, settings.random_state, settings)
    estimator = fitted_on(Rows(points[train], faces.photos()[train]), unfitted)
    clusters: np.ndarray = estimator.rule_.assign(points).cluster
    return clusters
