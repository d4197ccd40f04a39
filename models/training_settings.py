"""What decides a training run; it imports nothing heavy, so that the command can check it."""

import dataclasses

DTYPE_POLICIES = ("auto", "float32", "mixed_bfloat16", "mixed_float16")
JIT_CHOICES = ("auto", "on", "off")


@dataclasses.dataclass(frozen=True)
class TrainingSettings:
    """What decides a training run.

    ``batch_size`` is the largest; fewer images make it smaller (``training.batch_size_for``).
    Network, optimizer and batch size are P0's; ``epochs`` is what two cores do in a few minutes.
    """

    model: str = "cae"
    latent_dim: int = 128
    base_filters: int = 128
    image_size: int = 64
    crop: str = "face"
    batch_size: int = 512
    epochs: int = 4
    learning_rate: float = 1e-3
    patience: int = 10
    dtype: str = "auto"
    jit: str = "auto"
    seed: int = 0

    @classmethod
    def from_dict(cls, values):
        """Settings from a larger dict; names that are no field here are left out."""
        names = {field.name for field in dataclasses.fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in names})
