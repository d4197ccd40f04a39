"""The settings of the autoencoders, and of the networks made of their parts, one class a model."""

from schemas.settings import Settings, setting

MOST_LATENTS, MOST_FILTERS = 2**14, 2**10  # of P0's widths, one layer has then 4 GB, and training 16
NOISES = ("none", "gaussian", "masking")
SHORTCUTS = ("before_relu", "after_relu")


class LatentSettings(Settings):
    """What every network with an embedding of free size has."""

    latent_dim: int = setting(128, "numbers of an embedding", ge=1, le=MOST_LATENTS)


class NoiseSettings(Settings):
    """What is done to the pictures that a denoising model reads while it trains (P4's review)."""

    noise: str = setting("none", "what corrupts the input while training", choices=NOISES)
    noise_level: float = setting(
        0.1, "deviation of Gaussian noise, or share of pixels that are masked", ge=0, lt=1
    )


class CAESettings(LatentSettings, NoiseSettings):
    """P0's tables I and II."""

    base_filters: int = setting(
        128, "filters of the first convolution, doubled by each next one", ge=1, le=MOST_FILTERS
    )


class DAESettings(CAESettings):
    """The same, the input corrupted."""

    noise: str = setting("gaussian", "what corrupts the input while training", choices=NOISES[1:])


class VAESettings(CAESettings):
    """P0's equation 3."""

    beta: float = setting(1.0, "weight of the divergence from the prior", ge=0)
    kl_warmup_epochs: float = setting(1.0, "time over which that weight grows from 0", unit="epochs", ge=0)


class AAESettings(CAESettings):
    """P0's table III and equation 4."""

    adversarial_weight: float = setting(0.1, "weight of the generator's loss", ge=0)
    discriminator_penalty: float = setting(
        50.0, "weight of the squared gradient of the discriminator at the prior's codes (R1)", ge=0
    )
    paper_linear: bool = setting(False, "no activations in the discriminator, as table III is printed")


class SimCLRFaceSettings(LatentSettings):
    """Table I's encoder, trained by contrast."""

    base_filters: int = setting(
        128, "filters of the first convolution, doubled by each next one", ge=1, le=MOST_FILTERS
    )
    temperature: float = setting(0.2, "of the contrastive loss", gt=0)
    same_person: float = setting(
        0.02, "share of all other faces that are taken for the same person", ge=0, lt=1
    )


class CifarCAESettings(NoiseSettings):
    """P1's small convolutional autoencoder."""

    base_filters: int = setting(
        32, "filters of the first convolution, doubled by each next one", ge=1, le=MOST_FILTERS
    )
    dropout: float = setting(0.3, "share of values that dropout sets to 0", ge=0, lt=1)


class ResNet18AESettings(LatentSettings, NoiseSettings):
    """P4's residual autoencoder."""

    base_filters: int = setting(
        64, "filters of the first stage, doubled by each next one", ge=1, le=MOST_FILTERS
    )
    blocks: int = setting(2, "residual blocks of each stage", ge=1, le=100)
    shortcut: str = setting(
        "before_relu",
        "where a block adds its input: before its last ReLU, as He et al. do, or after it, as P4 prints it",
        choices=SHORTCUTS,
    )
