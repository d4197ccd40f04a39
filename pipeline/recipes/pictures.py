"""The recipes of small pictures: all of them are grouped, as P2's chapter 5 does."""

from typing import Any

from components.evaluate.search.settings import ConsensusSelection, SelectionSettings
from components.ingest.settings import ImageSettings
from models.pretrained.settings import PixelsSettings
from models.subspaces.settings import (
    DecDASettings,
    PatchKMeansSettings,
    SubspaceSettings,
    TaughtByGroupsSettings,
)
from pipeline.recipes.recipe import Recipe

PICTURES = "--images FILE.npz, USPS's FILE.h5, DIR of IDX files or of pictures; else 5,000 digits of MNIST"
# The members' blocks as they are: ten classes, and nothing to choose by a density of 300 numbers.
CONSENSUS = ConsensusSelection(
    clusterers=("csc",),
    n_clusters="10",
    criterion="silhouette",
    choose_among="all",
    reduction="uncentred",
    whiten=False,
)
CSC: dict[str, Any] = {
    "paper": "P2",
    "subject": "picture",
    "model": "csc",
    "selection": CONSENSUS,
}

OWN = "no paper: our own route to what its chapter 5 asks for"
# The embeddings as they are.
AS_IT_IS: dict[str, Any] = {"n_clusters": "10", "reduction": "none", "whiten": False}
# The network has told the groups: its logits are the last numbers of an embedding.
TOLD = SelectionSettings(clusterers=("softmax",), reduction="uncentred", whiten=False)
TAUGHT: dict[str, Any] = {
    "paper": "P2",
    "follows": OWN,
    "subject": "picture",
    "model": "taught_by_groups",
    "selection": TOLD,
}

PICTURE_RECIPES = (
    Recipe(
        name="digits-pixels",
        paper="P2",
        follows="a reference for its chapter 5: no network, k-means on the pixels",
        what=f"small pictures ({PICTURES}) grouped by their pixels",
        minutes=2,
        subject="picture",
        model="pixels",
        ingest=ImageSettings(),
        network=PixelsSettings(side=28, channels=1),
        selection=SelectionSettings(clusterers=("kmeans",), **AS_IT_IS),
    ),
    Recipe(
        name="csc-mnist",
        follows="section 5.3 to the letter: consensus subspace clustering of handwritten digits",
        what=f"small pictures ({PICTURES}) flattened, filtered and encoded a hundred times; 30 groupings of "
        "their subspaces, and one consensus",
        minutes=20,
        paper_figure="accuracy 0.86, NMI 0.81 on MNIST's 70,000",
        ingest=ImageSettings(),
        **CSC,
    ),
    Recipe(
        name="csc-usps",
        follows="section 5.3 to the letter, on USPS",
        what="as csc-mnist, of the 9,298 digits of USPS (--images usps.h5)",
        minutes=20,
        paper_figure="accuracy 0.83, NMI 0.79",
        ingest=ImageSettings(source="usps"),
        network=SubspaceSettings(side=16),
        **CSC,
    ),
    Recipe(
        name="csc-cifar10",
        follows="section 5.3 to the letter, on CIFAR-10",
        what="as csc-mnist, of pictures in colours (--images DIR, a folder a class)",
        minutes=60,
        paper_figure="accuracy 0.15, NMI 0.11",
        ingest=ImageSettings(source="folder"),
        network=SubspaceSettings(side=32, channels=3),
        **CSC,
    ),
    Recipe(
        name="digits-best",
        what=f"small pictures ({PICTURES}) grouped by UMAP of their wavelet scattering and a mixture; the "
        "groups teach a small network",
        minutes=3,
        our_figure="accuracy 0.988, NMI 0.967 on MNIST's 70,000, three seeds; 0.984, 0.954 on USPS's 9,298, "
        "five seeds",
        ingest=ImageSettings(),
        network=TaughtByGroupsSettings(edge="zero"),
        **TAUGHT,
    ),
    Recipe(
        name="pictures-best",
        paper="P2",
        follows=OWN,
        what="pictures in colours (--images DIR, a folder a class) grouped by a spectral cut of k-means "
        "features of their patches",
        minutes=5,
        subject="picture",
        model="patch_kmeans",
        ingest=ImageSettings(source="folder"),
        network=PatchKMeansSettings(side=32, channels=3),
        selection=SelectionSettings(clusterers=("spectral",), **AS_IT_IS),
    ),
    Recipe(
        name="digits-dec-da",
        paper="P2",
        follows="a comparator for its chapter 5, beyond the papers: IDEC-DA (Guo, Zhu, Liu and Yin, 2018)",
        what=f"small pictures ({PICTURES}) encoded by an autoencoder whose code is taught to fall "
        "into groups, by pictures that are moved a little",
        minutes=300,
        paper_figure="of its authors: accuracy 0.985, NMI 0.960 on MNIST's 70,000",
        subject="picture",
        model="dec_da",
        ingest=ImageSettings(),
        selection=TOLD,
    ),
    Recipe(
        name="digits-n2d",
        paper="P2",
        follows="a comparator for its chapter 5, beyond the papers: N2D (McConville and others, 2019)",
        what=f"small pictures ({PICTURES}) encoded in 10 numbers by an autoencoder, folded by UMAP and "
        "grouped by a Gaussian mixture; nothing is served, for UMAP knows these pictures alone",
        minutes=20,
        paper_figure="of N2D's authors: accuracy 0.672, NMI 0.684 on Fashion-MNIST's 70,000",
        subject="picture",
        model="dec_da",
        ingest=ImageSettings(),
        network=DecDASettings(
            augmentation=False, pretrain_optimizer="adam", pretrain_epochs=1000, clustering_steps=0
        ),
        selection=SelectionSettings(
            clusterers=("gmm",),
            covariance_types=("full",),
            n_clusters="10",
            reduction="umap",
            max_dimension=10,
            whiten=False,
            pca_variance=1.0,
        ),
    ),
)
