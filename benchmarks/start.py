"""What the start at the mean colour is worth: validation loss with it and from Keras' own start.

    python -m benchmarks.start [--faces 400] [--epochs 4]

Tables I and II at half width, batches of 8, on ORL's faces; every fifth validates. Five minutes.
"""

import argparse
import json
import tempfile
from unittest import mock

import keras
import numpy as np
import tensorflow as tf

from benchmarks.training import sample_chips
from models.autoencoders.cae import CAE
from models.inputs.preprocessing import images_from_chips
from models.inputs.training_data import ExampleSet
from models.training.train import train
from models.training_settings import plan_of


def keras_start(model, examples):
    """The output layer as Keras starts it, whatever the examples."""
    kernel = model.decoder.get_layer("reconstruction").kernel
    kernel.assign(keras.initializers.GlorotUniform(seed=0)(kernel.shape))


def validation_losses(images, epochs, start):
    """Validation loss of each epoch, with ``start`` in place of ``CAE.start_from``."""
    settings = plan_of({"model": "cae", "base_filters": 64, "batch_size": 8, "epochs": epochs})
    validates = np.arange(len(images)) % 5 == 0
    parts = images[~validates], images[validates]
    sets = [ExampleSet(tf.data.Dataset.from_tensor_slices({"image": part}), len(part)) for part in parts]
    with mock.patch.object(CAE, "start_from", start), tempfile.TemporaryDirectory() as folder:
        _, history = train(*sets, settings, folder)
    return [round(row["val_loss"], 4) for row in history]


def main(faces=400, epochs=4):
    """Validation losses by epoch of both starts."""
    images = images_from_chips(tf.constant(sample_chips(faces)), "whole").numpy()
    starts = {"mean colour": CAE.start_from, "Keras": keras_start}
    return {name: validation_losses(images, epochs, start) for name, start in starts.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", type=int, default=400)
    parser.add_argument("--epochs", type=int, default=4)
    options = parser.parse_args()
    print(json.dumps(main(options.faces, options.epochs), indent=1))
