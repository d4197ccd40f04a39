"""The settings of the models of small pictures, one class a model: also what the papers leave open."""

from __future__ import annotations

from typing import Any

from pydantic import model_validator
from typing_extensions import Self

from models.inputs.settings import PictureSettings
from models.subspaces.view_limits import ViewLimits
from schemas.settings import setting, wrong

SCALES = ("image", "set", "none")
VARIANCES = ("softmax", "log")
FEATURES = ("autoencoders", "pixels", "scattering")
EDGES = ("mirrored", "zero")
OPTIMIZERS = ("sgd", "adam")


class SubspaceSettings(PictureSettings):
    """What the members of a consensus are: their flattening, filter and variational autoencoder."""

    side: int = setting(28, "height and width of the pictures that are read", unit="pixels", ge=8, le=64)
    channels: int = setting(1, "1 for grey pictures, 3 for colours", ge=1, le=3)
    scale: str = setting(
        "image", "what is stretched to 0 and 1: each image (P2), all together, or nothing", choices=SCALES
    )
    features: str = setting(
        "autoencoders",
        "what the filter reads: the bottlenecks of autoencoders (P2), pixels, or scattering",
        choices=FEATURES,
    )
    filter: bool = setting(True, "whether features that one factor explains are left out")
    n_members: int = setting(10, "members of the consensus, each from new weights (P2: 10)", ge=1, le=50)
    n_flattenings: int = setting(10, "autoencoders of a member, side by side (P2: 10)", ge=1, le=50)
    n_features: int = setting(500, "features of one autoencoder (P2: 500)", ge=2, le=4096)
    share: float = setting(0.5, "share of the features that the filter keeps (P2: 250 of 500)", gt=0, le=1)
    relative_error: bool = setting(False, "whether the filter divides a feature's error by its size")
    n_filters: int = setting(32, "filters of the one convolution", ge=1, le=512)
    flatten_epochs: int = setting(4, "passes of an autoencoder over what it is shown", unit="epochs", ge=1)
    most_shown: int = setting(
        20_000, "pictures, drawn for each autoencoder, that it learns from", unit="pictures", ge=16
    )
    subspace_dim: int = setting(15, "numbers of the mean, and of the variance", ge=1, le=512)
    hidden_units: int = setting(64, "units between features and latents", ge=1, le=4096)
    n_decoders: int = setting(2, "decoders, each on its own noise", ge=1, le=10)
    variance: str = setting(
        "softmax", "how the variance is made: softmax, or a log-variance", choices=VARIANCES
    )
    noise: float = setting(0.25, "of the latents, in deviations", ge=0, le=10)
    warm_up_epochs: int = setting(10, "passes with the absolute error alone", unit="epochs", ge=0)
    vae_epochs: int = setting(20, "passes with the loss", unit="epochs", ge=1)
    steps_an_epoch: int = setting(50, "batches that the features are cut into", unit="batches", ge=1)


class ScatteringSettings(PictureSettings):
    """Wavelet scattering, and principal axes of it."""

    n_scales: int = setting(2, "scales of wavelets; places lie 2^n_scales pixels apart", ge=1, le=5)
    n_angles: int = setting(8, "directions of wavelets, over half a turn", ge=1, le=32)
    edge: str = setting("mirrored", "what lies beyond a picture: its mirror image, or nothing", choices=EDGES)
    latent_dim: int = setting(100, "principal axes; with fewer pictures one less than these", ge=1)

    @model_validator(mode="after")
    def _check_side(self) -> Self:
        least = 2 ** (self.n_scales + 1)
        if self.side < least:
            raise wrong(type(self), "side", self.side, f"at least {least} with n_scales={self.n_scales}")
        return self


class PatchKMeansSettings(PictureSettings):
    """How near the patches of a picture are to centroids of patches (Coates and Ng 2011)."""

    side: int = setting(32, "side of a picture", unit="pixels", ge=1, le=256)
    channels: int = setting(3, "1 for grey pictures, 3 for colours", ge=1, le=3)
    patch: int = setting(6, "side of a patch", unit="pixels", ge=2, le=16)
    n_centroids: int = setting(300, "centroids of patches", ge=2, le=4096)
    latent_dim: int = setting(100, "principal axes; with fewer pictures one less than these", ge=1)

    @model_validator(mode="after")
    def _check_patch(self) -> Self:
        if self.side <= self.patch:
            raise wrong(type(self), "side", self.side, f"at least {self.patch + 1} with patch={self.patch}")
        return self


TEACHERS: dict[str, type[PictureSettings]] = {
    "scattering": ScatteringSettings,
    "patch_kmeans": PatchKMeansSettings,
}


class TaughtByGroupsSettings(PictureSettings):
    """Another embedding's groups, and the small network that they teach."""

    teacher: str = setting("scattering", "the embedding whose groups teach", choices=TEACHERS)
    n_groups: int = setting(10, "groups of the teacher, and so the most that there are", ge=2, le=1000)
    n_scales: int = setting(2, "of the teacher scattering: scales of wavelets", ge=1, le=5)
    n_angles: int = setting(8, "of the teacher scattering: directions of wavelets", ge=1, le=32)
    edge: str = setting("mirrored", "of the teacher scattering: what lies beyond a picture", choices=EDGES)
    patch: int = setting(6, "of the teacher patch_kmeans: side of a patch", unit="pixels", ge=2, le=16)
    n_centroids: int = setting(300, "of the teacher patch_kmeans: centroids of patches", ge=2, le=4096)
    teacher_dim: int = setting(100, "principal axes of the teacher", ge=1)
    umap_dim: int = setting(10, "dimensions of the space of the teacher's groups", ge=1, le=100)
    umap_neighbors: int = setting(15, "neighbours of a picture in that space's graph", ge=2, le=200)
    n_init: int = setting(10, "starts of the mixture, the best of which is taken", ge=1, le=100)
    asked: int = setting(10, "neighbours that are asked whether a picture is sure", ge=1, le=100)
    agreement: float = setting(0.9, "share of them in its own group, that makes it sure", ge=0, le=1)
    rounds: int = setting(3, "lessons: the first by the teacher's groups, then by its own", ge=1, le=20)
    sure: float = setting(0.8, "an answer of the network that teaches the next round, at least", ge=0, le=1)
    n_views: int = setting(4, "random views of a picture, whose answers are averaged", ge=1, le=100)
    passes: int = setting(5, "passes of a round over what teaches it, at least", unit="epochs", ge=1)
    steps: int = setting(300, "batches of a round, at least", unit="batches", ge=1)
    batch: int = setting(128, "pictures of a step", unit="pictures", ge=2)
    step_size: float = setting(2e-3, "Adam's at the start; it falls along a cosine", gt=0, lt=1)
    n_filters: int = setting(
        32, "filters of the first convolution; the others have twice as many", ge=1, le=512
    )
    hidden_units: int = setting(64, "numbers before the logits", ge=1, le=4096)
    rotation: float = setting(15.0, "of a view, at most", unit="degrees", ge=0, le=180)
    shift: float = setting(0.1, "of a view, a share of the side, at most", ge=0, le=1)
    scale: float = setting(0.15, "of a view, larger or smaller by this share at most", ge=0, lt=1)
    shear: float = setting(0.2, "of a view, pixels across a pixel down, at most", ge=0, le=1)
    mirrored: bool = setting(False, "whether half of the views are mirror images")

    @model_validator(mode="after")
    def _check_teacher(self) -> Self:
        TEACHERS[self.teacher](**self.of_teacher())
        return self

    def of_teacher(self) -> dict[str, Any]:
        """The settings of the teacher."""
        names = set(TEACHERS[self.teacher].model_fields) - {"latent_dim"}
        return {"latent_dim": self.teacher_dim, **{name: getattr(self, name) for name in sorted(names)}}

    @property
    def n_logits(self) -> int:
        """How many of an embedding's last numbers are logits."""
        return self.n_groups

    @property
    def limits(self) -> ViewLimits:
        """Those of random views."""
        return ViewLimits(self.rotation, self.shift, self.scale, self.shear, self.mirrored)


class DecDASettings(PictureSettings):
    """Deep embedded clustering; the two switches make DEC, IDEC, DEC-DA and IDEC-DA."""

    augmentation: bool = setting(True, "whether pictures are moved a little while they teach (the -DA)")
    reconstruction: bool = setting(True, "whether the decoder goes on learning beside the groups (the I)")
    n_groups: int = setting(10, "groups that the code is taught to fall into", ge=2, le=1000)
    hidden_units: int = setting(500, "units of the first two layers, and the last two", ge=1, le=4096)
    wide_units: int = setting(2000, "units of the layer before the code, and after it", ge=1, le=8192)
    code_units: int = setting(10, "numbers of the code", ge=1, le=512)
    pretrain_epochs: int = setting(
        500, "passes of the autoencoder over all pictures (published: 500)", unit="epochs", ge=0
    )
    pretrain_optimizer: str = setting(
        "sgd", "of the autoencoder: sgd at rate 1 (DEC), or adam at .001 (N2D)", choices=OPTIMIZERS
    )
    clustering_steps: int = setting(
        20_000, "batches that teach the groups, at most (published: 20,000); 0: the code alone", ge=0
    )
    update_interval: int = setting(
        0, "batches between two targets; 0: as published, 140, and 30 up to 20,000 pictures", ge=0
    )
    least_changed: float = setting(0.001, "share of changed labels below which no more is taught", ge=0, lt=1)
    divergence_weight: float = setting(
        0.1, "of the groups beside the reconstruction, where that goes on", gt=0, le=100
    )
    shift: float = setting(0.1, "of a picture, at most, a share of its side", ge=0, le=0.5)
    rotation: float = setting(10.0, "of a picture, at most", unit="degrees", ge=0, le=180)

    @property
    def n_logits(self) -> int:
        """How many of an embedding's last numbers are logits of groups; without clustering none are."""
        return self.n_groups if self.clustering_steps else 0

    @property
    def limits(self) -> ViewLimits:
        """Those of random views."""
        return ViewLimits(self.rotation, self.shift, 0.0, 0.0, mirrored=False)
