"""How a network of pictures is taught by groups: the sure ones first, then by its own answers."""

from __future__ import annotations

import logging
import math

import numpy as np
import tensorflow as tf
from keras import initializers, losses, optimizers

from models.subspaces.group_network import GroupNetwork
from models.subspaces.repeated import fresh_start, train_on
from models.subspaces.settings import TaughtByGroupsSettings
from models.subspaces.sure_pictures import Groups
from schemas.samples import batches_of

logger = logging.getLogger(__name__)
LOOKED_AT = 512  # pictures that are only looked at, a batch


def teach(
    network: GroupNetwork, images: np.ndarray, groups: Groups, settings: TaughtByGroupsSettings, seed: int
) -> list[float]:
    """Teaches a new network the groups of images (n, h, w, c) float32; the share that each round taught by.

    The first round is taught by the sure pictures of ``groups``. Each further round is taught by the answers
    of the network itself: those of all pictures whose mean over random views is at least ``settings.sure``.
    The learning rate falls along half a cosine over all rounds.
    """
    network.compile(optimizers.Adam(settings.step_size), losses.SparseCategoricalCrossentropy(True))
    fresh_start(network, seed, initializers.HeUniform)
    network.drawn.state.assign(np.array([seed, 0], np.uint32))
    labels, chosen = groups.labels, groups.sure
    shares = []
    for number in range(settings.rounds):
        if number:
            answers = mean_answers(network, images, settings.n_views)
            labels, chosen = answers.argmax(axis=1), answers.max(axis=1) >= settings.sure
        if not chosen.any():
            break
        shares.append(float(chosen.mean()))
        teach_round(network, images[chosen], labels[chosen], number, settings, seed)
        logger.info("Round %d of %d: taught by %.1f%%", number + 1, settings.rounds, 100 * shares[-1])
    return shares


def teach_round(
    network: GroupNetwork,
    images: np.ndarray,
    labels: np.ndarray,
    number: int,
    settings: TaughtByGroupsSettings,
    seed: int,
) -> None:
    """Round ``number``, from 0, by images and their labels (n,)."""
    epochs = epochs_of(len(images), settings)
    for epoch in range(epochs):
        done = (number + epoch / epochs) / settings.rounds
        network.optimizer.learning_rate.assign(settings.step_size * (1 + math.cos(math.pi * done)) / 2)
        drawn = seed * 1009 + number * 101 + epoch
        train_on(network, images, labels, drawn, 1, settings.batch)


def epochs_of(n: int, settings: TaughtByGroupsSettings) -> int:
    """Passes of a round over n pictures: ``settings.passes``, or more until it has ``settings.steps``."""
    return max(settings.passes, math.ceil(settings.steps / max(1, n // settings.batch)))


def mean_answers(network: GroupNetwork, images: np.ndarray, n_views: int) -> np.ndarray:
    """The mean shares (n, n_groups) float32 that ``n_views`` random views of each of images have."""
    look = tf.function(network.of_view, reduce_retracing=True, autograph=False)
    found = np.zeros((len(images), network.n_groups), np.float32)
    for _ in range(n_views):
        for part in batches_of(len(images), LOOKED_AT):
            found[part] += look(tf.constant(images[part])).numpy()
    return found / n_views
