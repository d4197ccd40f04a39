"""The optimizer and the learning-rate schedule that a run's settings ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras

if TYPE_CHECKING:
    from models.training_settings import TrainingSettings


WARMUP_SHARE = 0.1  # of all steps


def build_optimizer(settings: TrainingSettings, steps: int) -> keras.optimizers.Optimizer:
    """Adam as ``settings`` ask for it, for a run of ``steps`` steps."""
    return keras.optimizers.Adam(
        learning_rate_of(settings, steps),
        beta_1=settings.beta_1,
        global_clipnorm=settings.clipnorm or None,
        use_ema=settings.ema > 0,
        ema_momentum=settings.ema or 0.99,
    )


def learning_rate_of(
    settings: TrainingSettings, steps: int
) -> float | keras.optimizers.schedules.LearningRateSchedule:
    """A constant, or Keras' cosine to 0 over all ``steps``; a warm-up takes the first tenth of them."""
    if settings.schedule == "constant":
        return settings.learning_rate
    if settings.schedule == "cosine":
        return keras.optimizers.schedules.CosineDecay(settings.learning_rate, steps)
    warmup = max(1, round(WARMUP_SHARE * steps))
    return keras.optimizers.schedules.CosineDecay(
        0.0, max(1, steps - warmup), warmup_target=settings.learning_rate, warmup_steps=warmup
    )
