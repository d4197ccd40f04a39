"""The ways in which ``benchmarks.image_clustering`` groups pictures: a recipe each, and what is set in it."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Way:
    """A recipe, the row's title, and the settings of ``network`` and ``selection`` that are changed in it.

    ``model`` is another model than the recipe's, with its own defaults.
    ``side`` and ``channels`` are always the set's.
    """

    recipe: str
    title: str
    network: dict[str, Any] = field(default_factory=dict)
    selection: dict[str, Any] = field(default_factory=dict)
    model: str = ""


def csc(title, network=None, **selection):
    """CSC with these changes."""
    return Way("csc-mnist", title, network or {}, selection)


LATENT = {"n_subspaces": 1, "subspace_noise": 0.0}
SPECTRAL = {"clusterers": ("spectral",)}
PATCHES = {"teacher": "patch_kmeans", "mirrored": True}
SHORT = {"pretrain_epochs": 50, "clustering_steps": 4000}


def dec(title, augmentation, reconstruction, **shortened):
    """One of the four of deep embedded clustering."""
    switches = {"augmentation": augmentation, "reconstruction": reconstruction}
    return Way("digits-dec-da", title, {**switches, **shortened})


WAYS = {
    "kmeans": Way("digits-pixels", "k-means on pixels"),
    "csc": csc("CSC to the letter"),
    "own": Way("digits-best", "our own: taught by groups of scattering, UMAP and a mixture"),
    "own-pictures": Way("pictures-best", "our own: NJW on features of patches"),
    "patches-taught": Way("digits-best", "taught by groups of patches, UMAP and a mixture", PATCHES),
    "patches": Way("digits-pixels", "k-means on features of patches", model="patch_kmeans"),
    "scattering-njw": Way("digits-pixels", "NJW on scattering", {"edge": "zero"}, SPECTRAL, "scattering"),
    "csc-no-flatten": csc("CSC, no flatten", {"features": "pixels"}),
    "csc-no-filter": csc("CSC, no filter", {"filter": False}),
    "csc-long": csc("CSC, autoencoders of 20 epochs in place of 4", {"flatten_epochs": 20}),
    "csc-rbf": csc("CSC, affinity of all pairs", affinity="rbf"),
    "csc-12": csc("CSC, K = 12", n_clusters="12"),
    "csc-best": csc("CSC, each member's best grouping votes", votes="best_of_run"),
    "csc-relative": csc("CSC, the filter's error relative", {"relative_error": True}),
    "csc-latent": csc("CSC, latent means in place of samples", **LATENT),
    "csc-more": csc("CSC, 30 clusters a grouping, cut at K", clusters_each=30),
    "csc-scattering": csc("CSC, scattering in place of flatten", {"features": "scattering"}),
    "csc-umap": csc("CSC, UMAP and a mixture in place of NJW", grouping="umap", **LATENT),
    "csc-both": csc(
        "CSC, scattering, UMAP and a mixture", {"features": "scattering"}, grouping="umap", **LATENT
    ),
    "n2d": Way("digits-n2d", "N2D"),
    "n2d-short": Way("digits-n2d", "N2D, 50 epochs", {"pretrain_epochs": 50}),
    "dec": dec("DEC", False, False),
    "idec": dec("IDEC", False, True),
    "dec-da": dec("DEC-DA", True, False),
    "idec-da": dec("IDEC-DA", True, True),
    "idec-da-short": dec("IDEC-DA, 50 epochs and 4,000 steps", True, True, **SHORT),
    "dec-short": dec("DEC, 50 epochs and 4,000 steps", False, False, **SHORT),
}
