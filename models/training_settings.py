"""What decides a training run; it imports nothing heavy, so that the command can check it."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from models.catalog import model_entry
from models.entry import Trained
from schemas.settings import Settings, setting

if TYPE_CHECKING:
    from models.trained import TrainedModel

DTYPE_POLICIES = ("auto", "float32", "mixed_bfloat16", "mixed_float16")
JIT_CHOICES = ("auto", "on", "off")
MOST_SEED = 2**31 - 1  # NumPy takes twice as much; draws after the first have seeds that are larger by some
SCHEDULES = ("constant", "cosine", "warmup_cosine")


class FitSettings(Settings):
    """What decides the fit of a model that no gradient changes."""

    seed: int = setting(0, "of all that is drawn at random", ge=0, le=MOST_SEED)


class TrainingSettings(FitSettings):
    """What decides the training of a network; the optimizer is P0's, and so is the largest batch, 512."""

    batch_size: int = setting(
        0, "pictures a step; 0: the model's largest, smaller for fewer pictures", unit="pictures", ge=0
    )
    epochs: int = setting(4, "passes over the training faces, at most", unit="epochs", ge=1)
    max_minutes: float = setting(0.0, "training ends after so long; 0: no limit", unit="minutes", ge=0)
    learning_rate: float = setting(1e-3, "of Adam, at its highest", gt=0)
    beta_1: float = setting(0.9, "of Adam", ge=0, lt=1)
    schedule: str = setting("constant", "of the learning rate", choices=SCHEDULES)
    clipnorm: float = setting(0.0, "bound of the norm of all gradients together; 0: none", ge=0)
    ema: float = setting(0.0, "momentum of the average of the weights; 0: none", ge=0, lt=1)
    patience: int = setting(
        10, "training ends when the validation loss has not fallen for so long", unit="epochs", ge=1
    )
    dtype: str = setting(
        "auto", "precision; auto: 16 bits where the machine computes faster in them", choices=DTYPE_POLICIES
    )
    jit: str = setting("auto", "whether XLA compiles the training step", choices=JIT_CHOICES)


@dataclasses.dataclass(frozen=True)
class TrainingPlan:
    """A network by name, its own settings, those of its training or fit, and its line in its table."""

    model: str
    network: Settings
    training: FitSettings
    entry: Trained

    def as_dict(self) -> dict[str, Any]:
        """All of it as one flat dict, ready for JSON."""
        return {"model": self.model, **self.network.model_dump(), **self.training.model_dump()}

    def changed(self, **values: Any) -> "TrainingPlan":
        """A copy with other values, of another ``model`` of the catalog too; names that it lacks go."""

        def line(name: str) -> Trained:
            return self.entry if name == self.model else model_entry(name)

        return plan_of({**self.as_dict(), **values}, line)

    def build(self) -> "TrainedModel":
        """The untrained network."""
        return self.entry.build(self.training.seed, **self.network.model_dump())


def plan_of(values: Mapping[str, Any], line: Callable[[str], Trained] = model_entry) -> TrainingPlan:
    """The plan in a flat dict with ``model``; what is missing has its default, other names are left out.

    ``line`` finds a network's line by its name; without it, it is an embedding model of the catalog. Raises
    ValueError, one line, for an unknown model or an impossible value.

    >>> plan_of({"model": "vae", "latent_dim": 64, "epochs": 20}).network.beta
    1.0
    """
    name = values["model"]
    entry = line(name)
    kind = TrainingSettings if entry.learns else FitSettings
    return TrainingPlan(name, entry.settings.picked(values), kind.picked(values), entry)
