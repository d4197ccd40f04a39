"""Faces and drawings read back out of their tf.Examples."""

import tensorflow as tf

from schemas.face import Face
from schemas.sketch_features import Sketch


def values_of(serialized):
    """What the features of a serialised tf.Example hold, by name."""
    features = tf.train.Example.FromString(serialized).features.feature
    return {
        name: tuple(getattr(feature, feature.WhichOneof("kind")).value) for name, feature in features.items()
    }


def face_of(serialized):
    """The face in a serialised tf.Example; KeyError where it lacks what every face has."""
    return _read(Face, values_of(serialized), ("box", "landmarks", "landmarks68"))


def drawing_of(serialized):
    """The drawing in a serialised tf.Example; KeyError where it lacks what every drawing has."""
    return _read(Sketch, values_of(serialized), ("strokes",))


def _read(kind, values, many):
    texts = ("image_path", "content_hash", "split_key", "label")
    read = {name: told if name in many else told[0] for name, told in values.items()}
    return kind(**{name: told.decode() if name in texts else told for name, told in read.items()})
