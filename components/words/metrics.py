"""The names and meanings of the figures, for the report and the model's card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.words.text import decimal, printable
from models.catalog import MODELS

METRICS = {  # name: (title, what it says, which end is better)
    "n_clusters": ("Groups", "Groups that have at least one face of this split.", ""),
    "ari": (
        "Adjusted Rand index",
        "Agreement of groups and people over all pairs of faces: 0 is what chance gives, 1 is perfect.",
        "higher",
    ),
    "nmi": (
        "Normalised mutual information",
        "How much a group tells about the person, 0 to 1. It rises with the number of groups.",
        "higher",
    ),
    "pairwise_f": ("Pairwise F", "The harmonic mean of the two figures below, 0 to 1.", "higher"),
    "pairwise_precision": (
        "Pairwise precision",
        "Of all pairs of faces put into one group, the share that shows one person.",
        "higher",
    ),
    "pairwise_recall": (
        "Pairwise recall",
        "Of all pairs of faces of one person, the share that was put into one group.",
        "higher",
    ),
    "ami": (
        "Adjusted mutual information",
        "The same, with what chance gives taken off: 0 is chance, 1 is perfect.",
        "higher",
    ),
    "homogeneity": ("Homogeneity", "1 where every group holds one person only.", "higher"),
    "completeness": ("Completeness", "1 where every person is in one group only.", "higher"),
    "bcubed_f": ("BCubed F", "The harmonic mean of the two figures below, each face counted once.", "higher"),
    "bcubed_precision": (
        "BCubed precision",
        "Of the faces in a face's group, the share that shows the same person; the mean over faces.",
        "higher",
    ),
    "bcubed_recall": (
        "BCubed recall",
        "Of the faces of a face's person, the share that is in its group; the mean over faces.",
        "higher",
    ),
    "purity": ("Purity", "Share of faces that show the most frequent person of their group.", "higher"),
    "acc": ("Accuracy", "Share of faces right when each group is given one person, the best way.", "higher"),
    "merges": ("Merges", "Times that two groups have to be put together by hand.", "lower"),
    "moves": ("Moves", "Faces that have to be put into another group by hand.", "lower"),
    "repairs": ("Repairs", "Merges and moves together.", "lower"),
    "n_labelled": ("Labelled faces", "Faces whose person is known to the evaluation.", ""),
    "n_identities": ("People", "Different people among them.", ""),
    "n_noise": (
        "In no group",
        "Labelled faces that the clusterer left out; each counts as its own group.",
        "",
    ),
    "largest_cluster_share": ("Share of the largest group", "Of all faces of the split.", ""),
    "n_singletons": ("Groups of one", "Groups with a single face of this split.", ""),
    "n_silhouette": ("Faces of the silhouette", "Faces in a group, or a sample of them.", ""),
    "silhouette": (
        "Silhouette",
        "Own group against the nearest other one, −1 to 1. Compare only within one space.",
        "higher",
    ),
    "davies_bouldin": (
        "Davies-Bouldin index",
        "Spread within groups against the gaps between them. Compare only within one space.",
        "lower",
    ),
    "reconstruction_mse": (
        "Reconstruction error",
        "Mean squared error of the pixels, which run from 0 to 1.",
        "lower",
    ),
    "lines_apart": (
        "Lines apart",
        "Mean distance from a drawing's lines to those drawn again from its embedding, of 255.",
        "lower",
    ),
    "psnr": ("PSNR", "Peak signal to noise of the reconstructions, in dB, the mean over faces.", "higher"),
    "ssim": ("SSIM", "Structural similarity of the reconstructions, 1 for equal pictures.", "higher"),
}
BY_LOOK = (
    "An unsupervised autoencoder groups by look more than by identity: light, pose, hair and background "
    "weigh as much as the person does. One person can fall into several groups, and one group can hold "
    "several people."
)
BY_FACE = (
    "Faces are grouped by who is alike to the model: photos of one person in another light, pose or age can "
    "fall into several groups, and relatives, children and people of whom it knows few can share one."
)


def limit_of(model: str) -> str:
    """What the groups of a model of ``models.catalog.MODELS`` can't be relied on for, in a sentence."""
    entry = MODELS.get(model)
    return BY_LOOK if entry is None or entry.decodes else BY_FACE


def title_of(metric: str) -> str:
    """'Adjusted Rand index' for 'ari'."""
    short = {"auc": "AUC", "eer": "Equal error rate", "accuracy": "Verification accuracy"}
    return short.get(metric) or METRICS.get(metric, (metric.replace("_", " "),))[0]


def gap_words(gap: Mapping[str, Any] | None, column: str) -> str:
    """The largest gap of the attribute ``column`` in a sentence."""
    if not gap:
        return "No two of its groups can be compared."
    chance = (
        "their intervals overlap, so that it may be chance"
        if gap["overlap"]
        else "their intervals do not overlap"
    )
    high, low = (printable(str(gap[end])) for end in ("high", "low"))
    return (
        f"Largest gap: {decimal(gap['gap'])} in {title_of(gap['metric'])}, higher for {printable(column)} "
        f"\u201c{high}\u201d than for \u201c{low}\u201d; {chance}."
    )
