"""The clusterers: one line each, of names and facts alone; ``CLUSTERERS`` is the one place to add one.

An entry's class is an unfitted scikit-learn estimator with ``fit(x, y=None, groups=None)``, ``groups`` the
photos of the rows, and ``predict(x)``. Once fitted it has ``labels_`` (n,), -1 for noise, ``n_clusters_``,
``confidence_`` (n,), 0 to 1, ``converged_``, ``inertia_`` (or None), and ``rule_``, the
``models.clustering.rules.assignment.Rule`` by which new points are told, here and in the served graph.
``n_parameters(n_clusters, d)`` counts the free parameters of its density, and is None without one. Example::

    clusterer = CLUSTERERS["gmm"].build(40, 0, covariance_type="tied").fit(embeddings)
    clusterer.rule_.assign(new_embeddings).confidence

Importing this imports no scikit-learn: the command reads it for its help.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.entry import Entry

COVARIANCE_TYPES = ("full", "tied", "diag", "spherical")
LINKAGES = ("ward", "average")
THRESHOLD = "threshold"  # the variant of agglomerative that cuts its tree by height
REG_COVAR = 1e-3  # added to every variance, a share of the data's mean variance

Variant = str | None


@dataclass(frozen=True)
class ClustererEntry(Entry):
    """A clusterer and what it can do.

    ``takes_number``: it is told ``n_clusters``, and ``finds_number`` are the variants that can do without.
    ``variants`` are what the search tries of it, each with the options that make it; where
    ``variants_setting`` is named, that setting says which of them. ``options`` always hold. ``reg_covar``:
    it takes this setting. ``starts_from``: the argument by which it takes what the search has made for
    several candidates; ``shares_rows``: its ``fit`` takes ``SharedRows``. ``most_rows``: beyond, its n x n
    matrix takes more than 4 GB, or minutes.
    """

    takes_number: bool = True
    finds_number: tuple[Variant, ...] = ()
    variants: Mapping[Variant, Mapping[str, Any]] = field(default_factory=lambda: {None: {}})
    variants_setting: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    reg_covar: bool = False
    starts_from: str = ""
    shares_rows: bool = False
    most_rows: int | None = None

    def build(self, n_clusters: int | None, random_state: int | None, **options: Any) -> Any:
        """The unfitted estimator; a number is passed over by one that takes none."""
        told = {"n_clusters": n_clusters} if self.takes_number else {}
        return self.load()(**told, random_state=random_state, **{**self.options, **options})


CLUSTERERS = {
    "kmeans": ClustererEntry(
        "models.clustering.kmeans:KMeansClusterer", reg_covar=True, starts_from="initial_means"
    ),
    "minibatch_kmeans": ClustererEntry(
        "models.clustering.kmeans:KMeansClusterer",
        options={"mini_batch": True},
        reg_covar=True,
        starts_from="initial_means",
    ),
    "gmm": ClustererEntry(
        "models.clustering.gaussian_mixture:GaussianMixtureClusterer",
        variants={kind: {"covariance_type": kind} for kind in COVARIANCE_TYPES},
        variants_setting="covariance_types",
        reg_covar=True,
        starts_from="initial_means",
        shares_rows=True,
    ),
    "bayesian_gmm": ClustererEntry(
        "models.clustering.bayesian_mixture:BayesianMixtureClusterer",
        finds_number=("spherical",),
        variants={"spherical": {"covariance_type": "spherical"}},
        reg_covar=True,
    ),
    "spectral": ClustererEntry(
        "models.clustering.spectral:SpectralClusterer", starts_from="coordinates", most_rows=50_000
    ),
    "affinity_propagation": ClustererEntry(
        "models.clustering.affinity_propagation:AffinityPropagationClusterer",
        takes_number=False,
        finds_number=(None,),
        most_rows=8_000,
    ),
    "agglomerative": ClustererEntry(
        "models.clustering.agglomerative:AgglomerativeClusterer",
        finds_number=(THRESHOLD,),
        variants={**{kind: {"linkage": kind} for kind in LINKAGES}, THRESHOLD: {}},
        starts_from="tree",
        most_rows=20_000,
    ),
    "average_linkage": ClustererEntry(
        "models.clustering.average_linkage:AverageLinkageClusterer", finds_number=(None,), most_rows=30_000
    ),
    "dbscan": ClustererEntry(
        "models.clustering.dbscan:DBSCANClusterer", takes_number=False, finds_number=(None,)
    ),
    "hdbscan": ClustererEntry(
        "models.clustering.hdbscan:HDBSCANClusterer", takes_number=False, finds_number=(None,)
    ),
    "chinese_whispers": ClustererEntry(
        "models.clustering.chinese_whispers:ChineseWhispersClusterer",
        takes_number=False,
        finds_number=(None,),
    ),
    "infomap": ClustererEntry(
        "models.clustering.infomap:InfomapClusterer", takes_number=False, finds_number=(None,)
    ),
}
