"""TF Serving's warm-up requests. They are made up: a pushed model carries nobody's face."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2

from components.infra.replay import example_of
from schemas.face import CHIP_SIZE
from schemas.sketch_features import DRAWING_SIDE, PEN_LIFTED, STROKES

BATCH = 8
CORNERS = 40  # of the largest made-up drawing


def made_up(input_name: str) -> list[bytes]:
    """8 different inputs: chips as JPEG where the input is ``image_bytes``, else drawings as tf.Examples."""
    make = made_up_chip if input_name == "image_bytes" else made_up_drawing
    return [make(number) for number in range(BATCH)]


def made_up_chip(number: int) -> bytes:
    """A chip of blurred noise, CHIP_SIZE x CHIP_SIZE, as JPEG."""
    coarse = np.random.default_rng(number).random((12, 12, 3)).astype(np.float32)
    pixels = tf.image.resize(255 * coarse, (CHIP_SIZE, CHIP_SIZE), "bicubic")
    chip: bytes = tf.io.encode_jpeg(tf.cast(tf.clip_by_value(pixels, 0, 255), tf.uint8)).numpy()
    return chip


def made_up_drawing(number: int) -> bytes:
    """A closed polygon in one stroke, as a serialised tf.Example; each number has another length."""
    turns = np.linspace(0, 2 * np.pi, CORNERS - 4 * number + 1)
    corners = DRAWING_SIDE / 2 * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    steps = np.column_stack([np.diff(corners, axis=0), np.zeros(len(corners) - 1)])
    steps[-1, 2] = PEN_LIFTED
    example = tf.train.Example()
    example.features.feature[STROKES].float_list.value.extend(steps.ravel())
    serialized: bytes = example.SerializeToString()
    return serialized


def warmup_requests(model_name: str, input_name: str, signatures: Mapping[str, str]) -> list[Any]:
    """Requests for every signature: two of one value each and one of several, which is decoded differently.

    Args:
        model_name: the name that the model is served under.
        input_name: what ``serving_default`` takes, ``image_bytes`` or ``examples``.
        signatures: {signature: the name of its input}.
    """
    values, requests = made_up(input_name), []
    for signature, name in sorted(signatures.items()):
        given = values if name == input_name else [example_of(value) for value in values]
        for batch in (given[:1], given[1:2], given):
            requests.append(predict_request(model_name, batch, name, signature))
    return requests


def predict_request(
    model_name: str,
    values: Sequence[bytes],
    input_name: str = "image_bytes",
    signature: str = "serving_default",
) -> Any:
    """A TF Serving PredictRequest of some chips, or of some examples."""
    request = predict_pb2.PredictRequest()
    request.model_spec.name = model_name
    request.model_spec.signature_name = signature
    request.inputs[input_name].CopyFrom(tf.make_tensor_proto(np.array(values, object), tf.string))
    return request
