"""The data of a report: plain arrays, dicts and lists, read from a finished run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from components.face_table import FaceTable
from components.report.nearest_people import NearestPeople
from models.clustering.rules.mixture import Mixture


@dataclass
class GroupedFaces(FaceTable):
    """The faces of a run with what its evaluation says of each.

    ``cluster`` is int (n,), negative for a face that the clusterer left out. ``probability`` is float (n,) in
    [0, 1], the posterior of that cluster, or NaN if there is none. ``unknown`` is bool (n,), true if the face
    is unlike those that the model was fitted on. Raises ValueError if lengths differ.
    """

    cluster: np.ndarray = field(default_factory=lambda: np.zeros(0, int))
    probability: np.ndarray = field(default_factory=lambda: np.zeros(0))
    unknown: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))

    def __post_init__(self) -> None:
        needless = ("examples", "found")  # these may be empty
        lengths = {name: len(value) for name, value in vars(self).items() if name not in needless}
        if len(set(lengths.values())) > 1:
            raise ValueError(
                "The arrays of the faces differ in length. Expected one entry a face in each of them, "
                f"received {lengths}. Build them from the same list of faces."
            )


@dataclass(frozen=True)
class Reconstructions:
    """Pictures as the network saw them and as it reconstructed them, both uint8 (m, h, w, 3).

    Raises:
        ValueError: the shapes differ, or are not (m, h, w, 3).
    """

    originals: np.ndarray
    reconstructed: np.ndarray

    def __post_init__(self) -> None:
        shapes = np.shape(self.originals), np.shape(self.reconstructed)
        if shapes[0] != shapes[1] or len(shapes[0]) != 4 or shapes[0][3] != 3:
            raise ValueError(
                "Originals and reconstructions cannot be paired. Expected two arrays of the same shape "
                f"(m, h, w, 3), received {shapes[0]} and {shapes[1]}."
            )


@dataclass(frozen=True)
class ReportData:
    """Everything that a report shows. What is empty or None is left out of the page; it is not an error.

    Attributes:
        recipe: name, paper, what.
        settings: flat dict of the recipe's settings.
        versions: package to version.
        credits: sentences that name the owners of data and weights.
        created: ISO 8601 time.
        ingest: totals: files, with_faces, no_face, duplicate, rejected, faces, reasons {reason: count}.
        files: one dict for each file found: path, status, reason, n_faces, duplicate_of.
        faces: the faces, and what the evaluation says of each.
        projection: float (m, 2), t-SNE of some faces' embeddings.
        projection_index: int (m,), which faces those are.
        tightness: cluster to the mean distance of its embeddings from their centre, as a share of that of
            all faces from the centre of all; 0 for a single face, smaller is tighter.
        history: one dict for each epoch: epoch, loss, val_loss, seconds, images_per_second, learning_rate,
            and each loss term by its name, for validation with val_ before it.
        figures: fit_seconds, and the model's own figures about its latents.
        reconstructions: some originals and their reconstructions.
        latents: pictures of ``components.evaluate.pictures.latents.latent_pictures``.
        protocol: figures of the paper's own protocol, ``components.evaluate.judging.cifar_protocol``.
        selection: space {name, dimension, n, kept_variance}, criterion, candidates (list of dicts), chosen
            (index into them), reasons (list of str), and elbow and seeds as in
            ``components.evaluate.search.selection``.
        metrics: split to {name: value}; an unknown value is None.
        roc: curves: name, protocol, fpr, tpr, auc, eer, n_pos, n_neg.
        verdict: blessed, reasons, rules, baseline.
        points: float (n, m), the faces in the clusterer's space.
        familiarity: float (n,), how well each face is known, of ``models.clustering.rules.assignment``.
        quality: float (n,), how well each face can show who it is, of
            ``components.evaluate.figures.quality``; None if it is not known.
        weakest: str (n,), the measure of quality in which each face is lowest; None as for quality.
        mixture: the rule in that space, if it is a mixture.
        nearest: whom the faces in no group are most like, if there are such faces and the rule tells it.
        evidence: intervals, seeds, health, pairs, rounds, slices, reference embeddings, simulated, threshold,
            quality, as in ``components.evaluate.evaluation`` and ``requested_facts``, and occlusion, as in
            ``components.evaluate.judging.occlusion``; each may be missing.
        occlusion: pictures of ``components.occlude.pictures.pictured``, empty without a study.
        small: arrays of ``components.evaluate.pictures.small_pictures``, empty in a run of others; its facts
            are ``small_pictures`` of the evidence.
        card: the card of ``components.assemble.model_card``, empty if there is none.

    Raises:
        ValueError: projection and projection_index differ in length, or point outside the faces; or points
            or familiarity do not have one row for each face.
    """

    recipe: Mapping[str, Any]
    created: str
    faces: GroupedFaces
    settings: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    credits: Sequence[str] = ()
    ingest: Mapping[str, Any] = field(default_factory=dict)
    files: Sequence[Mapping[str, Any]] = ()
    projection: np.ndarray | None = None
    projection_index: np.ndarray | None = None
    tightness: Mapping[int, float] = field(default_factory=dict)
    history: Sequence[Mapping[str, Any]] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    reconstructions: Reconstructions | None = None
    latents: Mapping[str, np.ndarray] = field(default_factory=dict)
    protocol: Mapping[str, Any] | None = None
    selection: Mapping[str, Any] | None = None
    metrics: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    roc: Sequence[Mapping[str, Any]] | None = None
    verdict: Mapping[str, Any] | None = None
    points: np.ndarray | None = None
    familiarity: np.ndarray | None = None
    quality: np.ndarray | None = None
    weakest: np.ndarray | None = None
    mixture: Mixture | None = None
    nearest: NearestPeople | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    occlusion: Mapping[str, np.ndarray] = field(default_factory=dict)
    small: Mapping[str, np.ndarray] = field(default_factory=dict)
    card: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        points = np.zeros((0, 2)) if self.projection is None else np.asarray(self.projection)
        index = np.zeros(0, int) if self.projection_index is None else np.asarray(self.projection_index)
        if points.ndim != 2 or points.shape[1:] != (2,) or len(points) != len(index):
            raise ValueError(
                "The projection cannot be drawn. Expected points (m, 2) and m indices of faces, received "
                f"{points.shape} and {index.shape}."
            )
        if len(index) and not 0 <= index.min() <= index.max() < len(self.faces):
            raise ValueError(
                "The projection points at faces that do not exist. Expected indices in "
                f"[0, {len(self.faces)}), received {index.min()} to {index.max()}."
            )
        for name, values in (("points", self.points), ("familiarity", self.familiarity)):
            if values is not None and len(values) != len(self.faces):
                raise ValueError(
                    f"The {name} cannot belong to these faces. Expected one row for each of "
                    f"{len(self.faces)} faces, received {len(values)}. Read both from the same run."
                )
