"""The settings of the models that tell people apart, one class a model."""

from models.autoencoders.settings import MOST_FILTERS, LatentSettings
from schemas.settings import setting


class BlockSettings(LatentSettings):
    """What embeddings of registered patches share."""

    block_dim: int = setting(128, "principal axes of each of the 85 blocks of the descriptor", ge=1)
    rounds: int = setting(1, "rounds of pseudo-identities, at most", ge=0)


class PatchCAESettings(BlockSettings):
    """A small autoencoder over patches of the face."""

    base_filters: int = setting(64, "filters of the patches' convolution", ge=1, le=MOST_FILTERS)
    noise_level: float = setting(0.5, "deviation of the Gaussian noise on a patch while training", ge=0, lt=1)


class PseudoFaceSettings(LatentSettings):
    """Table I's encoder of P0, taught by groups of the same faces."""

    base_filters: int = setting(
        128, "filters of the first convolution, doubled by each next one", ge=1, le=MOST_FILTERS
    )
    teacher_dim: int = setting(600, "numbers of the embedding that finds the groups", ge=1)
    block_dim: int = setting(128, "principal axes of each of the 85 blocks of that embedding", ge=1)
    margin: float = setting(
        0.3, "by how much a face has to be nearer its own group than any other", unit="radians", ge=0, lt=1
    )
    fused: float = setting(
        0.0,
        "share of the network in an embedding that has the teacher's too; 0: no teacher",
        ge=0,
        lt=1,
    )
