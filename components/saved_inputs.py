"""What a SavedModel takes, read from its file without loading it."""

import os

import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

SAVED_MODEL = "saved_model.pb"


def inputs_of(folder: str | os.PathLike[str]) -> dict[str, str]:
    """{signature: the name of its input} of the SavedModel in ``folder``, which may be an address."""
    with tf.io.gfile.GFile(os.path.join(folder, SAVED_MODEL), "rb") as stream:
        (meta_graph,) = saved_model_pb2.SavedModel.FromString(stream.read()).meta_graphs
    return {
        name: next(iter(signature.inputs))
        for name, signature in meta_graph.signature_def.items()
        if signature.inputs
    }


def served_input(folder: str | os.PathLike[str]) -> str | None:
    """What a served model takes: ``image_bytes`` or ``examples``; None if its SavedModel is gone.

    Models that take the same are told apart by one error: of pixels, or of strokes.
    """
    if not tf.io.gfile.exists(os.path.join(folder, SAVED_MODEL)):
        return None
    return inputs_of(folder)["serving_default"]
