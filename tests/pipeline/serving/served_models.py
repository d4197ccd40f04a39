"""Small served models under versions, as a run pushes them, and chips to ask them about."""

import io

import numpy as np
import tensorflow as tf
from PIL import Image

from models.autoencoders.cae import CAE
from models.clustering.rules.mixture import Mixture
from models.export.encoder import ServedModel, export_encoder, export_served
from models.inputs.preprocessing import images_from_chips

LATENT_DIM = 6
CLUSTERS = 3
VERSION = 1700000000


class ChipsOnly:
    """Stands for TFTransformOutput: its graph is ``images_from_chips``."""

    def transform_features_layer(self):
        return lambda raw: {"image": images_from_chips(raw["chip"][:, 0])}


def chips(n, seed=0, side=64):
    """n encoded PNG chips, all different."""
    generator = np.random.default_rng(seed)
    encoded = []
    for _ in range(n):
        buffer = io.BytesIO()
        small = Image.fromarray(generator.integers(0, 255, (6, 6, 3), np.uint8))
        small.resize((side, side)).save(buffer, "PNG")
        encoded.append(buffer.getvalue())
    return encoded


def example(chip):
    """A chip as a serialised tf.Example."""
    feature = tf.train.Feature(bytes_list=tf.train.BytesList(value=[chip]))
    return tf.train.Example(features=tf.train.Features(feature={"chip": feature})).SerializeToString()


def narrow_encoder(folder):
    """Writes an encoder with tables I and II at a thirty-second of their width."""
    tf.keras.utils.set_random_seed(0)
    export_encoder(CAE(latent_dim=LATENT_DIM, base_filters=4), ChipsOnly(), str(folder))


def push(encoder_folder, folder, first_cluster=0, **how):
    """Writes a served model; one with another ``first_cluster`` gives other numbers to the same groups."""
    means = np.roll(np.linspace(-1, 1, CLUSTERS)[:, None] * np.ones(LATENT_DIM), first_cluster, axis=0)
    rule = Mixture(np.full(CLUSTERS, 1 / CLUSTERS), means, np.stack([np.eye(LATENT_DIM)] * CLUSTERS))
    encoder = tf.saved_model.load(str(encoder_folder))
    projection = np.zeros(LATENT_DIM), np.eye(LATENT_DIM)
    export_served(ServedModel(encoder, projection, rule, -1e9, **how), str(folder))
