"""Which number of groups is found in small pictures, where none is given: by P2's rule, and by our criteria.

    python -m benchmarks.image_k SET [--seed 0] [--keep FOLDER]

P2's rule is asked of each member of CSC to the letter, in a subspace and among the unit rows of
eigenvectors; wMetaC's median silhouette of all groupings, each of the number that the rule found in it. The
criteria of the house are asked of a Gaussian mixture in UMAP's space of scattering, with which the route of
our own begins, 2 to 20 groups. Labels are not read. Prints a line of JSON.
"""

import argparse
import json
import tempfile
from pathlib import Path

from benchmarks.image_data import SETS, pictures_of
from benchmarks.image_run import embedded, fitted, network_of
from benchmarks.image_ways import WAYS
from pipeline.runners.tensorflow_environment import before_tensorflow

NUMBERS = "2-20"
CHOOSERS = (
    "cv_log_likelihood",
    "bic",
    "icl",
    "silhouette",
    "davies_bouldin",
    "calinski_harabasz",
    "consensus",
)


def by_the_paper(images, seed, kept):
    """What P2's rule finds in every member, in both spaces, and wMetaC in all groupings."""
    from models.subspaces.choice_of_k import SPACES, choice_of_k
    from models.subspaces.consensus import ConsensusClusterer, mean_columns

    model, embeddings, _ = network_of(WAYS["csc"], images, seed, kept)
    dim = model.settings.subspace_dim
    members = mean_columns(embeddings.shape[1], dim).reshape(-1, dim)
    found = {
        space: [
            choice_of_k(embeddings[:, columns], space, random_state=seed).n_clusters for columns in members
        ]
        for space in SPACES
    }
    consensus = ConsensusClusterer(n_clusters=None, random_state=seed, subspace_dim=dim).fit(embeddings)
    return found | {"consensus": int(consensus.n_clusters_)}


def by_our_criterion(images, seed):
    """The number that each criterion chooses among all that are tried; the house's is the first."""
    from components.evaluate.search.choice import choose
    from components.evaluate.search.selection import cluster
    from components.evaluate.search.settings import SelectionSettings
    from models.catalog import build_model
    from models.clustering.rows import Rows

    side, channels = images.shape[1], images.shape[3]
    model = fitted(build_model("scattering", side=side, channels=channels, edge="zero"), images)
    asked = SelectionSettings(
        clusterers=("gmm",),
        covariance_types=("full",),
        n_clusters=NUMBERS,
        choose_among="all",
        reduction="umap",
        whiten=False,
        pca_variance=1.0,
        max_dimension=100,
        random_state=seed,
    )
    tried = cluster(Rows(embedded(model, images), None), asked).selection.candidates
    return {name: tried[choose(tried, name, "all")[0]].n_clusters for name in CHOOSERS}


def main():
    """Prints both."""
    command = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    command.add_argument("set", choices=sorted(SETS))
    command.add_argument("--seed", type=int, default=0)
    command.add_argument("--keep", type=Path)
    options = command.parse_args()
    before_tensorflow()
    images = pictures_of(options.set)[0]
    with tempfile.TemporaryDirectory() as folder:
        told = by_the_paper(images, options.seed, options.keep or Path(folder))
    print(
        json.dumps(
            {"set": options.set, "seed": options.seed, **told, "ours": by_our_criterion(images, options.seed)}
        )
    )


if __name__ == "__main__":
    main()
