"""The clusterers, one line for each; ``CLUSTERERS`` is the one place to add one.

An entry's class is a scikit-learn estimator with ``predict(x)`` and ``fit(x, y=None, groups=None)``, where
``groups`` are the photos of the rows. Once fitted, it has ``labels_`` (n,) with -1 for noise,
``n_clusters_``, ``confidence_`` (n,) from 0 to 1, ``converged_``, ``inertia_`` (or None), and ``rule_``, the
``models.clustering.rules.assignment.Rule`` that assigns new points, here and in the served graph.
``n_parameters(n_clusters, d)`` counts the free parameters of its density, and is None without one. Example::

    clusterer = CLUSTERERS["gmm"].build(40, 0, covariance_type="tied").fit(embeddings)
    clusterer.rule_.assign(new_embeddings).confidence

Importing this does not import scikit-learn, because the command reads it for its help.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.entry import Entry

COVARIANCE_TYPES = ("full", "tied", "diag", "spherical")
LINKAGES = ("ward", "average")
AFFINITIES = ("self-tuning", "rbf")  # of a graph that is grouped spectrally
GROUPINGS = ("njw", "umap")  # how a subspace of a consensus is grouped
VOTES = ("all", "best_of_run")  # which groupings vote for a consensus
THRESHOLD = "threshold"  # the variant of agglomerative that cuts its tree by height
REG_COVAR = 1e-3  # added to every variance, a share of the data's mean variance

Variant = str | None


@dataclass(frozen=True)
class ClustererEntry(Entry):
    """A clusterer and what it can do.

    ``takes_number``: it takes ``n_clusters``; ``finds_number`` are the variants that can do without it.
    ``variants`` are the variants that the search tries, each with its options; if ``variants_setting`` is
    given, the setting of that name says which of them. ``options`` always apply. ``settings``: those of the
    search that it takes. ``of_network``: those that the network decides, by its setting or property of that
    name; a network without it leaves it at 0. ``reads_groups``: the network has told the groups, so that fits
    on other rows or from other seeds are the same, and say nothing. ``starts_from``: the argument for what
    the search computes once for several candidates. ``shares_rows``: its ``fit`` takes ``SharedRows``.
    ``most_rows``: with more rows, its n x n matrix takes more than 4 GB, or it takes minutes.
    """

    takes_number: bool = True
    finds_number: tuple[Variant, ...] = ()
    variants: Mapping[Variant, Mapping[str, Any]] = field(default_factory=lambda: {None: {}})
    variants_setting: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    settings: tuple[str, ...] = ()
    of_network: tuple[str, ...] = ()
    reads_groups: bool = False
    starts_from: str = ""
    shares_rows: bool = False
    most_rows: int | None = None

    def build(self, n_clusters: int | None, random_state: int | None, **options: Any) -> Any:
        """The unfitted estimator; ``n_clusters`` is ignored by one that does not take it."""
        told = {"n_clusters": n_clusters} if self.takes_number else {}
        return self.load()(**told, random_state=random_state, **{**self.options, **options})


CLUSTERERS = {
    "kmeans": ClustererEntry(
        "models.clustering.kmeans:KMeansClusterer", settings=("reg_covar",), starts_from="initial_means"
    ),
    "minibatch_kmeans": ClustererEntry(
        "models.clustering.kmeans:KMeansClusterer",
        options={"mini_batch": True},
        settings=("reg_covar",),
        starts_from="initial_means",
    ),
    "gmm": ClustererEntry(
        "models.clustering.gaussian_mixture:GaussianMixtureClusterer",
        variants={kind: {"covariance_type": kind} for kind in COVARIANCE_TYPES},
        variants_setting="covariance_types",
        settings=("reg_covar",),
        starts_from="initial_means",
        shares_rows=True,
    ),
    "bayesian_gmm": ClustererEntry(
        "models.clustering.bayesian_mixture:BayesianMixtureClusterer",
        finds_number=("spherical",),
        variants={"spherical": {"covariance_type": "spherical"}},
        settings=("reg_covar",),
    ),
    "spectral": ClustererEntry("models.clustering.spectral:SpectralClusterer", starts_from="coordinates"),
    "csc": ClustererEntry(
        "models.subspaces.consensus:ConsensusClusterer",
        settings=(
            "n_subspaces",
            "subspace_noise",
            "n_neighbors",
            "votes",
            "grouping",
            "affinity",
            "clusters_each",
        ),
        of_network=("subspace_dim",),
    ),
    "softmax": ClustererEntry(
        "models.subspaces.softmax:SoftmaxClusterer",
        takes_number=False,
        finds_number=(None,),
        of_network=("n_logits",),
        reads_groups=True,
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
    "people": ClustererEntry(
        "models.clustering.people:PeopleClusterer",
        takes_number=False,
        finds_number=(None,),
        most_rows=30_000,
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
