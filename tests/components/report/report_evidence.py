"""The evaluator's evidence on a small run, by the evaluator's own functions: true to its form by that."""

from typing import Any

import numpy as np
from sklearn.mixture import GaussianMixture

from components.evaluate.figures.bands import roc_band, verification_intervals
from components.evaluate.figures.collapse import effective_rank, mega_cluster
from components.evaluate.figures.intervals import label_intervals, spread_over_seeds
from components.evaluate.figures.metrics import cluster_metrics, label_metrics
from components.evaluate.figures.slices import label_slices, verification_slices
from components.evaluate.figures.verification import figures_of, score_pairs
from components.evaluate.judging.simulated_protocol import PAPER
from components.evaluate.judging.two_samples import compare_sets
from components.evaluate.search.criteria import Candidate
from components.pairs.files import Pairs
from models.clustering.clusterers import CLUSTERERS
from models.clustering.linkage.elbow import chord_distances
from models.clustering.rules.mixture import Mixture, from_scikit_learn, mixture_posterior

DRAWS = 20  # of the bootstrap: its width is not looked at here


def evidence_of(
    codes: np.ndarray, labels: list[str], clusters: np.ndarray, held: np.ndarray
) -> dict[str, Any]:
    """Every fact beside the choice, for codes (n, d), their people and clusters; ``held`` bool (n,)."""
    groups = [("yes", "no")[int(label[1:]) % 3 == 0] for label in labels]
    scored = score_pairs(codes, {f"{i}": i for i in range(len(codes))}, pairs_of(labels))
    of_pairs = [(groups[a], groups[b]) for a, b in rows_of_pairs(labels)]
    eval_labels = [label for label, inside in zip(labels, held, strict=True) if inside]
    runs = [cluster_metrics(codes, np.roll(clusters, shift)) for shift in range(3)]
    return {
        "intervals": {
            "eval": label_intervals(eval_labels, clusters[held], DRAWS),
            "all": label_intervals(labels, clusters, DRAWS),
        },
        "seeds": {
            "silhouette": spread_over_seeds([run["silhouette"] for run in runs], runs),
            "ari": spread_over_seeds([0.41, 0.44, None], runs),
        },
        "health": health_of(codes, clusters),
        "pairs": {
            "figures": figures_of(scored),
            **verification_intervals(scored, DRAWS),
            "roc": roc_band(scored, DRAWS),
            "slices": {"glasses": verification_slices(scored, of_pairs, DRAWS)},
        },
        "rounds": rounds_of(labels, clusters),
        "quality": FOUNDERS,
        "slices": {"glasses": label_slices(labels, clusters, groups, DRAWS)},
        "reference_embeddings": references_of(eval_labels, clusters[held]),
        "simulated": simulated_of(codes[:, :2]),
        "threshold": threshold_of(codes),
    }


def threshold_of(codes: np.ndarray) -> dict[str, Any]:
    """What telling people apart in the codes was chosen by; every tenth face shares a photo with the next."""
    photo = np.arange(len(codes))
    photo[1::10] = photo[:-1:10][: len(photo[1::10])]
    return CLUSTERERS["average_linkage"].build(None, 0).fit(codes, groups=photo).threshold_.facts()


def rows_of_pairs(labels: list[str]) -> list[tuple[int, int]]:
    """Every fourth face with the next one, and with one of somebody else."""
    n = len(labels)
    return [(i, (i + step) % n) for i in range(0, n - 1, 4) for step in (1, 57)]


def pairs_of(labels: list[str]) -> Pairs:
    rows = rows_of_pairs(labels)
    return Pairs(
        [str(a) for a, _ in rows],
        [str(b) for _, b in rows],
        np.array([labels[a] == labels[b] for a, b in rows]),
        np.arange(len(rows)) // 40,
    )


def health_of(codes: np.ndarray, clusters: np.ndarray) -> dict[str, Any]:
    return {
        "held_out": {"log_likelihood": -31.2, "one_gaussian": -38.9, "gain": 7.7, "standard_error": 1.1, "n": 80},
        "stability": 0.61,
        "stability_interval": [0.55, 0.66],
        "effective_rank": effective_rank(codes),
        "dimension": 128,
        "mega_cluster": mega_cluster(codes, clusters),
    }  # fmt: skip


FOUNDERS = {
    "n_founders": 224,
    "n_train": 320,
    "with": {"ari": 0.5, "pairwise_f": 0.52, "bcubed_f": 0.6, "n_clusters": 30, "n_noise": 4},
    "without": {"ari": 0.48, "pairwise_f": 0.5, "bcubed_f": 0.59, "n_clusters": 33, "n_noise": 2},
}


def rounds_of(labels: list[str], clusters: np.ndarray) -> list[dict[str, Any]]:
    """Rows before two rounds and after each, the second undone."""
    rows = []
    for number, moved in enumerate((3, 0, 0)):
        told = {"auc": 0.85 - moved / 100, "accuracy": 0.8, "accuracy_se": 0.01, "n_clusters": 30}
        rows.append({"round": number, **told, **label_metrics(labels, np.roll(clusters, moved))})
    return rows


def references_of(labels: list[str], clusters: np.ndarray) -> list[dict[str, Any]]:
    found, sure = label_metrics(labels, clusters), label_intervals(labels, clusters, DRAWS)["intervals"]
    names = ("ari", "ami", "pairwise_f", "bcubed_f")
    told = {
        "accuracy": 0.71,
        "accuracy_se": 0.012,
        "auc": 0.8,
        "eer": 0.27,
        "pairs": 200,
        "missing": 0,
        "tar": {},
    }
    row = {
        "dimension": 128,
        "n": len(labels),
        "n_clusters": 30,
        "auc": 0.83,
        **{name: found[name] for name in names},
        "intervals": {name: sure[name] for name in names},
        "verification": told,
    }
    return [
        {"name": "this model", **row},
        {"name": "pixels", **row, "dimension": 12288},
        {"name": "pretrained_face", "missing": "No module named 'face_recognition_models'."},
    ]


def elbow_of(ks: list[int], inertia: list[float]) -> dict[str, Any]:
    distance = chord_distances(np.array(ks), np.array(inertia))
    return {
        "n_clusters": ks,
        "inertia": inertia,
        "distance": distance.tolist(),
        "elbow": ks[int(distance.argmax())],
    }


def seeds_of(n: int, parameters: int, space: str) -> dict[str, Any]:
    values = [27_600.0 + 40 * (i % 4) for i in range(10)]
    return {
        "title": "gmm (diag), 38 clusters",
        "bic": values,
        "mean": float(np.mean(values)),
        "deviation": float(np.std(values, ddof=1)),
        "n": n,
        "n_parameters": parameters,
        "space": space,
    }


def fitted(points: np.ndarray, k: int) -> Mixture:
    return from_scikit_learn(GaussianMixture(k, random_state=0, reg_covar=1e-3).fit(points))


def simulated_of(points: np.ndarray) -> dict[str, Any]:
    """Two halves of points (n, 2) as two sets, in the form of ``simulated_protocol.p4_protocol``."""
    half = len(points) // 2
    parts = {"real": points[:half], "fake": points[half:]}
    mixtures = {name: fitted(part, 3) for name, part in parts.items()}
    spaces = {}
    for key, name in (("pca", "pca(20->2)"), ("tsne", "tsne(20->2)")):
        compared = compare_sets(
            parts["real"], parts["fake"], (mixtures["real"], mixtures["fake"]), name, n_samples=200
        )
        spaces[key] = {
            "points": np.round(points, 4).tolist(),
            "sets": {which: set_of(parts[which], mixtures[which], name) for which in parts},
            "comparison": compared,
            "trustworthiness": 0.93 if key == "tsne" else None,
            "servable": key == "pca",
        }
    labels = ["real"] * half + ["fake"] * (len(points) - half)
    return {"names": ["real", "fake"], "labels": labels, "paper": PAPER, "spaces": spaces, "unseen": {
        "rows": list(range(0, len(points), 4)), "clusters": [i % 3 for i in range(0, len(points), 4)],
    }}  # fmt: skip


def set_of(points: np.ndarray, mixture: Mixture, space: str) -> dict[str, Any]:
    def candidate(k: int) -> Candidate:
        return Candidate(
            "gmm", "full", k, space, len(points), 6 * k - 1, aic=900.0 + k, bic=950.0 + 2 * k,
            cv_log_likelihood=-2.2, cv_standard_error=0.05,
        )  # fmt: skip

    inverse = np.linalg.inv(mixture.precisions_cholesky)
    return {
        "n": len(points),
        "space": space,
        "candidates": [candidate(k).as_dict() for k in (1, 3, 10)],
        "chosen": 1,
        "paper_k": candidate(10).as_dict(),
        "seeds": seeds_of(len(points), 17, space),
        "means": mixture.means.tolist(),
        "covariances": (inverse.transpose(0, 2, 1) @ inverse).tolist(),
        "weights": mixture.weights.tolist(),
        "kmeans": candidate(10).as_dict() | {"clusterer": "kmeans", "variant": None, "n_parameters": 21},
        "assigned": mixture_posterior(mixture, points).argmax(axis=1).tolist(),
        "counts": [len(points) // 3] * 3,
        "mean_log_probability": -2.1,
    }
