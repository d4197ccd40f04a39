"""Small adversarial autoencoders for tests: compiled, and after one step."""

import keras
import numpy as np

from models.autoencoders.aae import AAE, whiten_embedding
from models.training.optimization import build_optimizer
from models.training_settings import TrainingSettings


def compiled_aae(learning_rate=1e-3, **settings):
    model = AAE(latent_dim=4, base_filters=4, adversarial_weight=0.5, **settings)
    settings = TrainingSettings(beta_1=0.5, learning_rate=learning_rate)
    model.compile(build_optimizer(settings, 10), jit_compile=False)
    return model


def moved_aae(**settings):
    """An AAE whose codes start 3 deviations from the prior's mean, and images to train on."""
    keras.utils.set_random_seed(0)
    model = AAE(latent_dim=4, base_filters=4, discriminator_penalty=0.0, **settings)
    images = np.random.default_rng(0).random((8, 64, 64, 3), np.float32)
    whiten_embedding(model.encoder, images)
    model.encoder.get_layer("embedding").bias.assign_add(np.full(4, 3.0, np.float32))
    model.compile(build_optimizer(TrainingSettings(beta_1=0.5, learning_rate=2e-3), 100), jit_compile=False)
    return model, images
