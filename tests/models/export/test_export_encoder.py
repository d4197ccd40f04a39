"""What is exported: signatures, dtypes, the index of bad bytes, and scikit-learn's own numbers."""

import io
import re
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from tensorflow.core.protobuf import saved_model_pb2

from models.autoencoders.cae import CAE
from models.clustering.clusterers import CLUSTERERS
from models.clustering.rules.assignment import is_unknown, unknown_below
from models.export.checked_inputs import MOST_MEGAPIXELS, header_pixels
from models.export.encoder import ServedModel, export_encoder, export_served
from models.inputs.preprocessing import CROPS, crop_and_scale, decode_chip, images_from_chips
from tests.bounds import of_sum
from tests.png_headers import header_of_png


class ChipsOnly:
    """Stands for TFTransformOutput: its graph is ``images_from_chips``."""

    def transform_features_layer(self):
        return lambda raw: {"image": images_from_chips(raw["chip"][:, 0])}


def encoded(array, format_="PNG"):
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, format_, quality=95)
    return buffer.getvalue()


def chips(n, size=192, seed=0):
    generator = np.random.default_rng(seed)
    small = generator.integers(0, 255, (n, 6, 6, 3), np.uint8)
    return [encoded(np.asarray(Image.fromarray(a).resize((size, size)))) for a in small]


@pytest.fixture(scope="module")
def encoder_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("encoder")
    export_encoder(CAE(latent_dim=6, base_filters=4), ChipsOnly(), str(folder))
    return str(folder)


@pytest.fixture(scope="module", params=["kmeans", "gmm", "agglomerative", "dbscan"])
def served(request, encoder_folder, tmp_path_factory):
    encoder = tf.saved_model.load(encoder_folder)
    embedding = encoder.serving_default(tf.constant(chips(40)))["embedding"].numpy()
    mean = embedding.mean(axis=0)
    components = np.linalg.svd(embedding - mean, full_matrices=False)[2][:3]
    points = (embedding - mean).astype(np.float64) @ components.T
    estimator = CLUSTERERS[request.param].build(None if request.param == "dbscan" else 3, 0).fit(points)
    rule = estimator.rule_
    below = unknown_below(rule, points, estimator.labels_)
    folder = str(tmp_path_factory.mktemp("served"))
    export_served(ServedModel(encoder, (mean, components), rule, below, decodes=True), folder)
    return folder, rule, points, below


def test_every_variable_is_saved_once(encoder_folder):
    reader = tf.train.load_checkpoint(f"{encoder_folder}/variables/variables")
    shapes = reader.get_variable_to_shape_map()
    embedding_kernels = [name for name, shape in shapes.items() if len(shape) == 2 and shape[1] == 6]
    assert len(embedding_kernels) == 1


class WithStages(CAE):
    """A network of two rounds, the second of which changed nothing."""

    def stages(self, images):
        return tf.tile(self.encode(images)[:, None], (1, 2, 1))


def test_a_model_of_rounds_tells_its_stages(tmp_path):
    export_encoder(WithStages(latent_dim=6, base_filters=4), ChipsOnly(), str(tmp_path))
    encoder = tf.saved_model.load(str(tmp_path))
    embedding = encoder.serving_default(tf.constant(chips(3)))["embedding"]
    stages = encoder.stages(tf.constant(chips(3)))["stages"]
    np.testing.assert_array_equal(stages, np.stack([embedding, embedding], axis=1))
    assert encoder.stages(tf.constant([], tf.string))["stages"].shape == (0, 2, 6)


def test_served_answers_are_those_of_the_clusterer(served):
    folder, rule, points, below = served
    model = tf.saved_model.load(folder)
    outputs = model.serving_default(tf.constant(chips(40)))
    expected = rule.assign(points)
    np.testing.assert_array_equal(outputs["cluster"], expected.cluster)
    # What the replay before a push allows, too: two graphs of one network round in other places.
    np.testing.assert_allclose(outputs["probability"], expected.confidence, atol=1e-4)
    np.testing.assert_array_equal(outputs["unknown"], is_unknown(expected, below))
    assert outputs["embedding"].dtype == outputs["probability"].dtype == tf.float32
    assert outputs["cluster"].dtype == tf.int64
    assert outputs["unknown"].dtype == tf.bool


def test_the_session_api_of_tf_serving_sees_three_signatures(served):
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        signatures = tf.compat.v1.saved_model.load(session, ["serve"], served[0]).signature_def
        assert {"serving_default", "examples", "reconstruct"} <= set(signatures)
        signature = signatures["serving_default"]
        assert list(signature.inputs) == ["image_bytes"]
        names = {name: tensor.name for name, tensor in signature.outputs.items()}
        good = chips(3)
        answer = session.run(names, {signature.inputs["image_bytes"].name: good})
        assert answer["cluster"].shape == (3,)
        cut = encoded(np.zeros((192, 192, 3), np.uint8), "JPEG")[:300]
        for bad in (b"", b"text", cut):
            with pytest.raises(
                tf.errors.InvalidArgumentError, match=r"image_bytes\[2\] is not a JPEG or PNG"
            ):
                session.run(names, {signature.inputs["image_bytes"].name: [*good[:2], bad, *good]})


@pytest.fixture(scope="module")
def lean_and_whole(encoder_folder, tmp_path_factory):
    rule = CLUSTERERS["kmeans"].build(2, 0).fit(np.random.default_rng(0).normal(size=(20, 6))).rule_
    encoder = tf.saved_model.load(encoder_folder)
    folders = [str(tmp_path_factory.mktemp(name)) for name in ("lean", "whole")]
    for folder, decodes in zip(folders, (False, True), strict=True):
        export_served(ServedModel(encoder, (np.zeros(6), np.eye(6)), rule, -1e9, decodes), folder)
    return folders


def graph_of(folder):
    (meta_graph,) = saved_model_pb2.SavedModel.FromString(
        Path(folder, "saved_model.pb").read_bytes()
    ).meta_graphs
    bodies = [function.node_def for function in meta_graph.graph_def.library.function]
    return meta_graph, [node for nodes in (meta_graph.graph_def.node, *bodies) for node in nodes]


def test_the_decoder_stays_behind_unless_it_is_asked_for(lean_and_whole, encoder_folder):
    lean, whole = lean_and_whole
    meta_graph, nodes = graph_of(lean)
    assert {name for name in meta_graph.signature_def if name[0] != "_"} == {"serving_default", "examples"}
    assert not hasattr(tf.saved_model.load(lean), "reconstruct")
    assert not [node.name for node in nodes if node.op == "Conv2DBackpropInput"]  # a transposed convolution
    sizes = [sum(f.stat().st_size for f in Path(x, "variables").iterdir()) for x in (lean, whole)]
    assert sizes[0] < 0.6 * sizes[1]
    chosen = tf.constant(chips(3))
    model, encoder = tf.saved_model.load(lean), tf.saved_model.load(encoder_folder)
    found, expected = (one.serving_default(chosen)["embedding"] for one in (model, encoder))
    np.testing.assert_array_equal(found, expected)


TRAINING_OP = re.compile(r"Apply|Grad$|Backprop|Random|Summary")


def test_the_served_graph_has_one_tag_and_no_training_ops(lean_and_whole, encoder_folder):
    lean, _ = lean_and_whole
    meta_graph, nodes = graph_of(lean)
    assert list(meta_graph.meta_info_def.tags) == ["serve"]
    assert not {node.op for node in nodes if TRAINING_OP.search(node.op)}
    assert not [
        node.name for node in nodes if node.op.startswith("FusedBatchNorm") and node.attr["is_training"].b
    ]
    stored = tf.train.load_checkpoint(f"{lean}/variables/variables").get_variable_to_shape_map()
    encoder = tf.saved_model.load(encoder_folder)
    (encode,) = encoder.serving_default.concrete_functions
    assert len([name for name in stored if name.startswith("encoder/")]) == len(encode.variables)


def test_examples_and_pictures_give_the_same_answer(served):
    model = tf.saved_model.load(served[0])
    pictures = chips(4)
    examples = [
        tf.train.Example(
            features=tf.train.Features(
                feature={"chip": tf.train.Feature(bytes_list=tf.train.BytesList(value=[p]))}
            )
        ).SerializeToString()
        for p in pictures
    ]
    by_example = model.signatures["examples"](examples=tf.constant(examples))
    by_bytes = model.serving_default(tf.constant(pictures))
    np.testing.assert_array_equal(by_example["embedding"], by_bytes["embedding"])
    pair = model.reconstruct(tf.constant(pictures))
    assert pair["reconstruction"].shape == (4, 64, 64, 3)
    assert (
        0 <= float(tf.reduce_min(pair["reconstruction"])) <= float(tf.reduce_max(pair["reconstruction"])) <= 1
    )


def test_an_empty_batch_and_another_size_are_served(served):
    model = tf.saved_model.load(served[0])
    nothing = tf.constant([], tf.string)
    assert model.serving_default(nothing)["embedding"].shape == (0, 6)
    assert {y.shape for y in model.reconstruct(nothing).values()} == {(0, 64, 64, 3)}
    both = model.serving_default(tf.constant(chips(1, 192) + chips(1, 400)))["embedding"].numpy()
    # The same six by six colours, enlarged by other filters: most of a picture's pixels are nearly the same.
    assert np.linalg.norm(both[0] - both[1]) < 0.1 * np.linalg.norm(both[0])


@pytest.mark.parametrize("size", [(20_000, 20_000), (2_001, 2_000), (2**31 - 1, 2**31 - 1), (0, 9)])
def test_too_many_pixels_are_refused_by_the_header(encoder_folder, size):
    """Decoded, 20,000 x 20,000 took 7.5 GB. This one holds no pixel at all: its decoder would say other words."""
    encoder, bomb = tf.saved_model.load(encoder_folder), header_of_png(*size)
    for pictures in ([bomb], [*chips(2), bomb]):
        expected = (
            rf"image_bytes\[{len(pictures) - 1}\] is not a JPEG or PNG of at most {MOST_MEGAPIXELS:g} mega"
        )
        for signature in (encoder.serving_default, encoder.reconstruct):
            with pytest.raises(tf.errors.InvalidArgumentError, match=expected):
                signature(tf.constant(pictures))


def test_the_most_pixels_are_served(encoder_folder):
    encoder = tf.saved_model.load(encoder_folder)
    largest = encoded(np.zeros((2000, 2000), np.uint8))
    assert encoder.serving_default(tf.constant([largest]))["embedding"].shape == (1, 6)


@pytest.mark.parametrize("bad", [b"", b"x", b"GIF89a" + bytes(40), b"\x89PNG\r\n\x1a\n", b"BM" + bytes(40)])
def test_a_single_one_that_is_no_jpeg_or_png_is_refused(encoder_folder, bad):
    encoder = tf.saved_model.load(encoder_folder)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"image_bytes\[0\] is not a JPEG or PNG"):
        encoder.serving_default(tf.constant([bad]))


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {}),
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("JPEG", {"comment": b"\xff\xc0\x00\x11\x08\xff\xff\xff\xff"}),  # what looks like a header
    ],
)
def test_the_header_says_what_is_decoded(kind, options):
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((30, 50, 3), np.uint8)).save(buffer, kind, **options)
    decoded = tf.io.decode_image(buffer.getvalue())
    assert header_pixels(tf.constant(buffer.getvalue())).numpy() == 30 * 50 == np.prod(decoded.shape[:2])


def of_two_features(chip):
    features = {"chip": tf.train.Feature(bytes_list=tf.train.BytesList(value=[chip]))}
    features["label"] = tf.train.Feature(int64_list=tf.train.Int64List(value=[1]))
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()


def wrong_examples():
    number = tf.train.Feature(int64_list=tf.train.Int64List(value=[1]))
    features = tf.train.Features(feature={"chip": number})
    return [b"", b"\xff\xfe", b"text", tf.train.Example(features=features).SerializeToString()]


@pytest.mark.parametrize("bad", wrong_examples())
def test_an_example_without_a_chip_is_named(served, bad):
    model, good = tf.saved_model.load(served[0]), of_two_features(chips(1)[0])
    for values in ([bad], [good, bad, good]):
        expected = rf"examples\[{values.index(bad)}\] is no tf.Example with chip \(string"
        with pytest.raises(tf.errors.InvalidArgumentError, match=expected):
            model.signatures["examples"](examples=tf.constant(values))
    for count in range(3):
        answer = model.signatures["examples"](examples=tf.constant([good] * count, tf.string))
        assert answer["cluster"].shape == (count,)


def test_shrinking_averages_over_area():
    chip = np.zeros((1, 192, 192, 3), np.uint8)
    left, top, side = CROPS["face"]
    chip[0, top : top + side, left : left + side][::2, ::2] = 200
    image = crop_and_scale(tf.constant(chip), "face", 64).numpy()
    np.testing.assert_allclose(image, 200 / 4 / 255, atol=of_sum(4))
    assert crop_and_scale(tf.constant(chip), "whole", 64).shape == (1, 64, 64, 3)
    with pytest.raises(ValueError, match="Unknown crop 'nose'. Expected one of: face, recogniser, whole"):
        crop_and_scale(tf.constant(chip), "nose", 64)


@pytest.mark.parametrize("crop", CROPS)
def test_every_crop_is_a_square_inside_the_chip(crop):
    left, top, side = CROPS[crop]
    assert min(left, top) >= 0
    assert max(left, top) + side <= 192


def test_the_recogniser_sees_eyes_where_dlib_puts_them():
    # Means of two corners each of dlib's five-point face, with its padding of 0.25 on every side.
    corners = np.array(
        [(0.1205751, 0.2137275), (0.3340851, 0.2290642), (0.6460605, 0.2289674), (0.8595675, 0.2134982)]
    )
    eyes = (corners.reshape(2, 2, 2).mean(axis=1) + 0.25) / 1.5
    left, top, side = CROPS["recogniser"]
    ours = (np.array([(64, 69.12), (128, 69.12)]) + 0.5 - (left, top)) / side  # from a pixel's edge
    np.testing.assert_allclose(ours, eyes, atol=1 / 150)  # a pixel of what the recogniser sees


def test_grey_and_alpha_pictures_become_rgb():
    grey = encoded(np.full((192, 192), 90, np.uint8))
    alpha = encoded(np.full((192, 192, 4), 90, np.uint8))
    for picture in (grey, alpha):
        decoded = decode_chip(picture).numpy()
        assert decoded.shape == (192, 192, 3)
        assert (decoded == 90).all()
