"""What decides a training run; it imports nothing heavy, so that the command can check it."""

import dataclasses

DTYPE_POLICIES = ("auto", "float32", "mixed_bfloat16", "mixed_float16")
JIT_CHOICES = ("auto", "on", "off")
SCHEDULES = ("constant", "cosine", "warmup_cosine")
NOISES = ("none", "gaussian", "masking")
SKETCH_DECODERS = ("mse", "mixture")
# Every model of the catalog with the side in pixels of the pictures that it reads; 0: it reads strokes.
IMAGE_SIZES = {
    "cae": 64,
    "dae": 64,
    "vae": 64,
    "aae": 64,
    "simclr_face": 64,
    "cifar_cae": 64,
    "resnet18_ae": 128,
    "sketch_rnn": 0,
    "pixels": 64,
    "pca": 64,
    "hd_lbp": 192,
    "pretrained_face": 150,
    "imagenet_lite": 224,
    "resnet50": 224,
}


@dataclasses.dataclass(frozen=True)
class TrainingSettings:
    """What decides a training run; a model takes from it what its constructor names.

    ``batch_size`` is the largest; fewer images make it smaller (``training_data.batch_size_for``).
    Network, optimizer and batch size are P0's; ``epochs`` is what two cores do in a few minutes, and
    training ends after ``max_minutes`` too where that is not 0. ``clipnorm`` bounds the norm of all
    gradients together, ``ema`` averages the weights with that momentum; 0 switches either off.
    ``base_filters`` 0 is the width of the paper's table, ``blocks`` the residual blocks of each stage,
    ``weights_path`` a pretrained model's file, empty for the one that it finds itself, ``block_dim`` the
    principal axes of each block of a local descriptor, ``rounds`` those of pseudo-identities, at most.
    """

    model: str = "cae"
    latent_dim: int = 128
    base_filters: int = 0
    crop: str = "face"
    batch_size: int = 512
    epochs: int = 4
    max_minutes: float = 0.0
    learning_rate: float = 1e-3
    beta_1: float = 0.9
    schedule: str = "constant"
    clipnorm: float = 0.0
    ema: float = 0.0
    patience: int = 10
    dtype: str = "auto"
    jit: str = "auto"
    seed: int = 0

    blocks: int = 2
    noise: str = "none"
    noise_level: float = 0.1
    beta: float = 1.0
    kl_warmup_epochs: float = 1.0
    adversarial_weight: float = 0.1
    discriminator_penalty: float = 50.0
    paper_linear: bool = False
    dropout: float = 0.3
    temperature: float = 0.2
    same_person: float = 0.02
    weights_path: str = ""

    block_dim: int = 128
    rounds: int = 3

    rnn_units: int = 128
    sketch_decoder: str = "mixture"
    stretch: float = 0.0
    point_noise: float = 0.0
    stroke_plan: float = 0.0

    @classmethod
    def from_dict(cls, values):
        """Settings from a larger dict; names that are no field here are left out."""
        names = {field.name for field in dataclasses.fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in names})
