"""The groups of pushed models, kept beside them where no record leads from a pushed model to its artifact.

Groups tell which photos there are, so that they are no part of what is pushed and served. A model finds its
own by the hash of its graph, which is the same in the artifact and where it was pushed to.
"""

import hashlib
import os
import tempfile
from pathlib import Path

import tensorflow as tf

from components.face_groups import NAME, FaceGroups, read_groups
from components.saved_inputs import SAVED_MODEL


def keep_groups(served: str, model: str, kept: str) -> None:
    """Copies the groups in the folder ``model`` below ``kept``, for the SavedModel in the folder ``served``.

    All three may be addresses of an object store.
    """
    place = _place(served, kept)
    tf.io.gfile.makedirs(os.path.dirname(place))
    tf.io.gfile.copy(os.path.join(model, NAME), place, overwrite=True)


def kept_groups(served: str, kept: str) -> FaceGroups | None:
    """The groups of the SavedModel in ``served``, by ``keep_groups``; None if they are not below ``kept``."""
    place = _place(served, kept)
    if not tf.io.gfile.exists(place):
        return None
    with tempfile.TemporaryDirectory() as folder:
        tf.io.gfile.copy(place, os.path.join(folder, NAME))
        return read_groups(Path(folder))


def _place(served: str, kept: str) -> str:
    with tf.io.gfile.GFile(os.path.join(served, SAVED_MODEL), "rb") as graph:
        return os.path.join(kept, hashlib.sha256(graph.read()).hexdigest(), NAME)
