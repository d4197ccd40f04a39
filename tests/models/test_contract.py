"""One contract over every model of the catalog: whoever adds a model is tested by that."""

import functools
import tempfile

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras.src.applications import resnet

from models.catalog import MODELS, build_model
from models.inputs.training_data import ExampleSet
from models.subspaces import taught_by_groups
from models.training.train import train
from models.training_settings import plan_of
from schemas.sketch_features import MOST_STEPS
from tests import drawings
from tests.bounds import of_network, of_sum

# Small enough for a test; a model takes what its constructor names.
NARROW = {
    "latent_dim": 6, "base_filters": 4, "blocks": 1, "rnn_units": 8, "block_dim": 8, "teacher_dim": 12,
    "n_centroids": 20, "n_members": 2, "n_flattenings": 2, "n_features": 8, "n_filters": 4, "flatten_epochs": 1,
    "agreement": 0.0, "sure": 0.0, "n_views": 1, "passes": 1, "steps": 2,
    "hidden_units": 12, "wide_units": 16, "code_units": 5, "n_groups": 3, "pretrain_epochs": 2, "clustering_steps": 3,
}  # fmt: skip
TRAINING = {"epochs": 3, "jit": "off", "dtype": "float32", "learning_rate": 2e-3, "patience": 50}
VARIED = ("pseudo_face",)  # it trains on random views: what it learned shows on the same pictures as they are
LEARNING = [name for name, entry in MODELS.items() if entry.learns]
# pytest groups tests by the place of their parameter, so both lists begin alike. One model after the other,
# because all of them at once, each with its graphs, take 3 GB.
every_model = pytest.mark.parametrize(
    "name", sorted(MODELS, key=lambda name: name not in LEARNING), scope="module"
)
every_learner = pytest.mark.parametrize("name", LEARNING, scope="module")


# Files of weights that the tests make for models whose own can't be installed.
WEIGHTS = {}


@pytest.fixture(scope="module", autouse=True)
def _narrow_resnet50(tmp_path_factory):
    """ResNet50 has one narrow block here: at full width its copies, saved and served, take 1 GB."""

    def block(x):
        return resnet.stack_residual_blocks_v1(x, 8, 1, stride1=1, name="conv2")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras.applications, "ResNet50", functools.partial(resnet.ResNet, block, False, True))
        network = keras.applications.ResNet50(
            include_top=False, weights=None, input_shape=(224, 224, 3), pooling="avg"
        )
        WEIGHTS["resnet50"] = str(tmp_path_factory.mktemp("resnet50") / "narrow.h5")
        network.save(WEIGHTS["resnet50"])
        yield


@pytest.fixture(scope="module", autouse=True)
def _axes_for_umap():
    """Principal axes stand for UMAP: what numba compiles for it stays in memory, 300 MB."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(taught_by_groups, "require_umap", lambda what: None)
        patch.setattr(taught_by_groups, "umap_points", lambda rows, *told: rows[:, :3])
        yield


def narrow(name):
    return build_model(name, **plan_for(name).network.model_dump())


def plan_for(name, **changes):
    own = {"model": name, "weights_path": WEIGHTS.get(name, "")}
    return plan_of({**NARROW, **TRAINING, **own, **changes})


def examples(name, n, seed=0):
    """n smooth pictures of the model's size, two of each photo, or n drawings, as an ExampleSet."""
    if "strokes" in MODELS[name].reads:
        steps = drawings.filled(drawings.strokes(n, seed))
        return ExampleSet(tf.data.Dataset.from_tensor_slices({"strokes": steps}), n)
    generator = np.random.default_rng(seed)
    network = plan_for(name).network
    side, channels = getattr(network, "side", MODELS[name].image_size), getattr(network, "channels", 3)
    coarse = tf.constant(generator.random((n, 3, 3, channels), np.float32))
    pictures = tf.image.resize(coarse, (side, side)).numpy()
    features = {"image": pictures, "photo": np.arange(n) // 2}
    return ExampleSet(tf.data.Dataset.from_tensor_slices(features), n)


def batch(name, n, seed=0):
    """What the model ``name`` is called on: n examples."""
    one = examples(name, n, seed)
    reads = MODELS[name].reads
    arrays = {feature: one.array(feature) for feature in reads}
    return arrays[reads[0]] if len(reads) == 1 else arrays


def encodable(name, n, seed=0):
    """What ``encode`` takes: the first feature that the model reads."""
    return examples(name, n, seed).array(MODELS[name].reads[0])


@every_model
def test_names_shapes_and_dtypes(name):
    model, _ = trained(name)
    assert model.name == name
    inputs = encodable(name, 3)
    embedding = np.asarray(model.encode(inputs))
    assert embedding.ndim == 2
    assert len(embedding) == 3
    assert embedding.dtype == np.float32
    if "latent_dim" in MODELS[name].settings.model_fields:
        assert embedding.shape[1] == NARROW["latent_dim"]
    if model.decodes:
        length = MOST_STEPS if "strokes" in model.reads else inputs.shape[1]
        assert model.decode(embedding).shape == (inputs.shape[0], length, *inputs.shape[2:])
        assert model.decode(embedding).dtype == "float32"
    else:
        with pytest.raises(NotImplementedError, match=f"{name} embeds only"):
            model.decode(embedding)


@every_model
def test_a_batch_of_one_and_an_odd_batch_embed_as_in_any_other(name):
    model, _ = trained(name)
    inputs = encodable(name, 5)
    whole = np.asarray(model.encode(inputs))
    off = rounding(model, inputs) * np.abs(whole).max()
    np.testing.assert_allclose(model.encode(inputs[:1]), whole[:1], rtol=0, atol=off)
    np.testing.assert_allclose(model.encode(inputs[2:]), whole[2:], rtol=0, atol=off)


def rounding(model, inputs):
    """``of_network`` of a pass over inputs: a recurrent model's way leads through it at every step."""
    return of_network(model, inputs.shape[1] if "strokes" in model.reads else 1)


def held_of(name):
    """Examples that validate: others than those that teach, but for ``VARIED``."""
    return examples(name, 48) if name in VARIED else examples(name, 13, 9)


@functools.lru_cache(maxsize=1)
def trained(name):
    """The model ``name`` after three epochs on 48 examples, or only prepared, and its history."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            return train(examples(name, 48), held_of(name), plan_for(name), folder)
        except ModuleNotFoundError as missing:
            if "weights_path" not in MODELS[name].settings.model_fields:
                raise
            pytest.skip(str(missing))


@every_learner
def test_the_loss_falls_and_every_term_is_written_down(name):
    _, history = trained(name)
    learnt, *_ = terms = MODELS[name].load().terms
    # By 0.15 % at least (vae). Eighteen steps with sums in another order move it by a hundredth of its own fall.
    seen = f"val_{learnt}" if name in VARIED else learnt
    assert history[-1][seen] < history[0][seen]
    for term in ("loss", *terms):
        assert np.isfinite([row[prefix + term] for row in history for prefix in ("", "val_")]).all()


@every_learner
def test_the_same_seed_gives_the_same_losses(name, tmp_path):
    _, again = train(examples(name, 48), held_of(name), plan_for(name), tmp_path)
    for row, other in zip(trained(name)[1], again, strict=True):
        for loss in ("loss", "val_loss"):
            assert row[loss] == pytest.approx(other[loss], rel=of_sum(1))


@every_learner
def test_mixed_precision_is_finite_and_embeds_in_float32(name, tmp_path):
    model, history = train(
        examples(name, 16), examples(name, 4, 9), plan_for(name, epochs=1, dtype="mixed_float16"), tmp_path
    )
    assert np.isfinite(history[-1]["val_loss"])
    embedding = np.asarray(model.encode(encodable(name, 2)))
    assert embedding.dtype == np.float32
    assert np.isfinite(embedding).all()


@every_model
def test_weights_survive_a_file(name, tmp_path):
    model = trained(name)[0]
    other = narrow(name)
    inputs = encodable(name, 2)
    if model.learns:
        assert not np.allclose(model.encode(inputs), other.encode(inputs))
    model.save_weights(tmp_path / "m.weights.h5")
    other.load_weights(tmp_path / "m.weights.h5")
    np.testing.assert_array_equal(model.encode(inputs), other.encode(inputs))


@every_model
def test_a_saved_model_comes_back_whole(name, tmp_path):
    model, _ = trained(name)
    inputs = encodable(name, 3)
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    assert type(again) is type(model)
    np.testing.assert_array_equal(again.encode(inputs), model.encode(inputs))


@every_model
def test_an_exported_graph_gives_the_same_embeddings(name, tmp_path):
    model, _ = trained(name)
    inputs = encodable(name, 5)
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint(
        "encode", model.encode, input_signature=[tf.TensorSpec((None, *inputs.shape[1:]), tf.float32)]
    )
    archive.write_out(str(tmp_path), verbose=False)
    served = tf.saved_model.load(str(tmp_path))
    expected = np.asarray(model.encode(inputs))
    off = rounding(model, inputs) * np.abs(expected).max()
    np.testing.assert_allclose(served.encode(inputs), expected, rtol=0, atol=off)


def test_an_unknown_model_is_named_with_the_known_ones():
    with pytest.raises(ValueError, match="Unknown model 'vea'. Expected one of: .*cae"):
        build_model("vea")
