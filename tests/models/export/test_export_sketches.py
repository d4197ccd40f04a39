"""What is exported of a model of drawings: signatures, padding, and the index of a bad example."""

import numpy as np
import pytest
import tensorflow as tf

from models.clustering.rules.mixture import Mixture
from models.drawings.sketch_rnn import SketchRNN
from models.export.encoder import export_served, input_name
from models.export.sketches import ServedSketches, export_sketch_encoder
from models.inputs.sketch_preprocessing import preprocessing_fn, strokes_from_values
from schemas.sketch_features import MOST_STEPS, PEN_OVER
from tests.bounds import of_network
from tests.drawings import filled, strokes


class Untouched:
    """Stands for TFTransformOutput: drawings pass its graph as they are."""

    def transform_features_layer(self):
        return lambda raw: preprocessing_fn(raw, {})


def example(values):
    feature = tf.train.Feature(float_list=tf.train.FloatList(value=np.ravel(values)))
    return tf.train.Example(features=tf.train.Features(feature={"strokes": feature})).SerializeToString()


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("encoder"))
    model = SketchRNN(latent_dim=6, rnn_units=8)
    model.scale.assign(30.0)
    export_sketch_encoder(model, Untouched(), folder)
    return model, folder


@pytest.fixture(scope="module")
def served(exported, tmp_path_factory):
    encoder = tf.saved_model.load(exported[1])
    folder = str(tmp_path_factory.mktemp("served"))
    mixture = Mixture(np.full(2, 0.5), np.array([[0.0, 0.0], [1.0, 1.0]]), np.stack([np.eye(2)] * 2))
    export_served(ServedSketches(encoder, (np.zeros(6), np.eye(6)[:2]), mixture, -1e9, decodes=True), folder)
    return folder


def test_the_served_embeddings_are_the_models_whatever_comes_beside_them(exported, served):
    model, folder = exported
    made = strokes(5)
    encoder, whole = tf.saved_model.load(folder), tf.saved_model.load(served)
    requests = tf.constant([example(one) for one in made])
    expected = np.asarray(model.encode(filled(made)))
    off = of_network(model, filled(made).shape[1]) * np.abs(expected).max()
    for answer in (
        encoder.serving_default(requests),
        whole.serving_default(requests),
        whole.signatures["examples"](requests),
    ):
        np.testing.assert_allclose(answer["embedding"], expected, rtol=0, atol=off)
    alone = np.concatenate([whole.serving_default(requests[i : i + 1])["embedding"] for i in range(5)])
    np.testing.assert_allclose(alone, expected, rtol=0, atol=off)
    assert whole.serving_default(tf.constant([], tf.string))["embedding"].shape == (0, 6)
    assert input_name(whole) == input_name(encoder) == "examples"


def test_reconstruct_gives_strokes_drawings_and_errors(exported, served):
    model, _ = exported
    made = strokes(4)
    whole = tf.saved_model.load(served)
    outputs = whole.reconstruct(tf.constant([example(one) for one in made]))
    np.testing.assert_array_equal(outputs["strokes"], filled(made))
    assert outputs["reconstruction"].shape == (4, MOST_STEPS, 3)
    off = 2 * of_network(model, filled(made).shape[1])  # of squares
    np.testing.assert_allclose(outputs["error"], model.errors(filled(made)), rtol=off)


def test_decode_draws_embeddings(exported):
    model, folder = exported
    embeddings = model.encode(filled(strokes(4)))
    encoder = tf.saved_model.load(folder)
    again = encoder.decode(embeddings)["reconstruction"]
    expected = np.asarray(model.decode(embeddings))
    off = of_network(model, MOST_STEPS) * np.abs(expected).max()
    np.testing.assert_allclose(again, expected, rtol=0, atol=off)


@pytest.mark.parametrize(
    "bad", [[], [1, 2], [0, 0, 0, 1], [np.nan, 0, 0], [0, np.inf, 1], np.zeros((MOST_STEPS + 1, 3))]
)
def test_an_example_that_is_no_drawing_is_named(served, bad):
    good = example(strokes(1)[0])
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        signature = tf.compat.v1.saved_model.load(session, ["serve"], served).signature_def["serving_default"]
        (tensor,) = signature.inputs.values()
        names = {name: output.name for name, output in signature.outputs.items()}
        assert set(names) == {"embedding", "cluster", "probability", "unknown"}
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"examples\[2\] holds no drawing"):
            session.run(names, {tensor.name: [good, good, example(bad), good, example([])]})


def test_what_is_no_example_is_named(served):
    model, good = tf.saved_model.load(served), example(strokes(1)[0])
    for bad in (b"\xff\xfe", good[:20]):
        for values in ([bad], [good, bad]):
            expected = rf"examples\[{values.index(bad)}\] is no tf.Example with strokes \(float32\)"
            with pytest.raises(tf.errors.InvalidArgumentError, match=expected):
                model.serving_default(tf.constant(values))


def test_values_become_steps_filled_up():
    made = strokes(3)
    serialized = tf.constant([example(one) for one in made])
    parsed = tf.io.parse_example(serialized, {"strokes": tf.io.VarLenFeature(tf.float32)})
    found = strokes_from_values(parsed["strokes"]).numpy()
    np.testing.assert_array_equal(found, filled(made))
    assert (found[..., 2] == PEN_OVER).any()
