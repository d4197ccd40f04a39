"""A drawing read back out of its tf.Example."""

import tensorflow as tf

from schemas.sketch_features import Sketch

TEXTS = ("image_path", "content_hash", "split_key", "label")


def drawing_of(serialized):
    """The drawing in a serialised tf.Example; KeyError where it lacks what every drawing has."""
    features = tf.train.Example.FromString(serialized).features.feature
    values = {
        name: tuple(getattr(feature, feature.WhichOneof("kind")).value) for name, feature in features.items()
    }
    read = {name: told if name == "strokes" else told[0] for name, told in values.items()}
    return Sketch(**{name: told.decode() if name in TEXTS else told for name, told in read.items()})
