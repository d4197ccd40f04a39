"""The recurrent autoencoder of drawings: padding, scale, decoding, and that it learns to draw."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from models.drawings.settings import SKETCH_DECODERS
from models.drawings.sketch_rnn import SketchRNN
from models.inputs.stroke_data import StrokeSet
from models.training.train import train
from models.training_settings import plan_of
from schemas.sketch_features import MOST_STEPS, PADDING, PEN_OVER
from tests.bounds import of_mean, of_network, of_sum
from tests.drawings import filled, strokes

NARROW = plan_of(
    {
        "model": "sketch_rnn",
        "latent_dim": 6,
        "rnn_units": 8,
        "epochs": 3,
        "batch_size": 16,
        "learning_rate": 5e-3,
        "patience": 50,
        "dtype": "float32",
    }
)


def drawings(n, seed=0):
    made = strokes(n, seed)
    spec = {"strokes": tf.TensorSpec((None, 3), tf.float32)}
    return StrokeSet(
        tf.data.Dataset.from_generator(lambda: ({"strokes": one} for one in made), output_signature=spec), n
    )


def settings(**changes):
    return NARROW.changed(**changes)


@pytest.fixture(scope="module", params=[*((kind, 0.0) for kind in SKETCH_DECODERS), ("mixture", 0.5)])
def model(request):
    keras.utils.set_random_seed(0)
    made = SketchRNN(latent_dim=6, rnn_units=8, sketch_decoder=request.param[0], stroke_plan=request.param[1])
    made.start_from(drawings(20))
    return made


def test_padding_changes_no_embedding_no_term_and_no_error(model):
    short, long = filled(strokes(5)), filled(strokes(5), 60)
    off, embedding = of_network(model, 60), np.asarray(model.encode(short))
    np.testing.assert_allclose(model.encode(long), embedding, rtol=0, atol=off * np.abs(embedding).max())
    np.testing.assert_allclose(model.errors(long), model.errors(short), rtol=2 * off)  # of squares
    before, after = (model.loss_terms(x, model(x)) for x in (short, long))
    for name in model.terms:
        assert float(after[name]) == pytest.approx(float(before[name]), rel=2 * off)


def test_numbers_in_the_padding_are_not_read(model):
    short = filled(strokes(5))
    marked = np.where(short[..., 2:] == PEN_OVER, np.float32([77, -77, PEN_OVER]), short)
    assert (marked != short).any()
    np.testing.assert_array_equal(model.encode(marked), model.encode(short))
    np.testing.assert_array_equal(model.errors(marked), model.errors(short))


def test_every_step_of_a_drawing_is_read(model):
    (drawing,) = strokes(1)
    embedding = np.asarray(model.encode(drawing[None]))
    off = of_network(model, len(drawing)) * np.abs(embedding).max()
    for step in range(len(drawing)):
        changed = drawing.copy()
        changed[step, 0] += 40
        assert np.abs(np.asarray(model.encode(changed[None])) - embedding).max() > off, step


@pytest.mark.parametrize("decoder", SKETCH_DECODERS)
def test_what_is_told_from_a_point_astray_leads_to_the_true_next_point(decoder):
    keras.utils.set_random_seed(0)
    noisy = SketchRNN(latent_dim=6, rnn_units=8, sketch_decoder=decoder, point_noise=0.5)
    read = filled(strokes(40))
    offsets, lifted, inside = noisy._steps(read)
    told = np.asarray(noisy(read, training=False)["steps"])
    np.testing.assert_array_equal(noisy(read, training=False)["steps"], told)  # no noise but in training
    seen = []
    noisy.head = lambda outputs: ops.zeros((*outputs.shape[:2], noisy.output_kind.size))  # told: stay here
    noisy._outputs = lambda layer, inputs, *_: (seen.append(inputs), inputs)[1]
    moved = noisy._told(offsets, lifted, (ops.zeros((40, 6)), None), training=True)
    steps = noisy.output_kind.expected(moved)[..., :2]
    points = np.pad(np.cumsum(offsets, axis=1), [(0, 0), (1, 0), (0, 0)])
    places = np.asarray(seen[0])[..., 3:5]
    off = of_sum(points.shape[1]) * np.abs(points).max()
    np.testing.assert_allclose(places, points + np.asarray(steps), rtol=0, atol=off)
    assert (places[:, 0] == 0).all()
    astray = (places - points)[:, 1:][np.asarray(inside)]
    assert astray.std() == pytest.approx(0.5, rel=0, abs=of_mean(0.5 / np.sqrt(2), astray.size))
    assert abs(astray.mean()) < of_mean(0.5, astray.size)


def test_a_step_is_told_the_steps_before_it_and_no_later_one(model):
    one = filled(strokes(1))
    other = one.copy()
    other[0, 5:, :2] += 30
    given = model._given(model.encode(one))
    offsets, lifted, _ = model._steps(one)
    changed, _, _ = model._steps(other)
    before = np.asarray(model._told(offsets, lifted, given))
    after = np.asarray(model._told(changed, lifted, given))
    off = of_network(model, one.shape[1]) * np.abs(before).max()
    np.testing.assert_allclose(after[:, :6], before[:, :6], rtol=0, atol=off)
    assert np.abs(after[:, 6] - before[:, 6]).max() > off


def test_training_computes_the_same_as_serving(model):
    steps = filled(strokes(5), 40)
    trained, served = (model(steps, training=training) for training in (True, False))
    assert set(trained) == set(served)
    for name, value in served.items():
        off = of_network(model, 40) * np.abs(value).max()
        np.testing.assert_allclose(trained[name], value, rtol=0, atol=off)


def test_the_scale_is_the_standard_deviation_of_the_training_sets_offsets(model):
    offsets = np.concatenate(strokes(20))[:, :2]
    assert float(model.scale.numpy()) == pytest.approx(offsets.std(), rel=of_sum(offsets.size))
    assert model.scale.name not in {variable.name for variable in model.trainable_variables}


def test_the_error_is_the_posts_and_does_not_depend_on_units(model):
    steps = filled(strokes(4))
    offsets, lifted, inside = (np.asarray(part) for part in model._steps(steps))
    told = np.asarray(model.output_kind.expected(model(steps)["steps"]))[:, :-1]
    truth = np.concatenate([offsets, lifted[..., None]], axis=-1)
    expected = [((told - truth) ** 2)[i, inside[i]].mean() for i in range(4)]
    off = 2 * of_network(model, steps.shape[1])
    np.testing.assert_allclose(model.errors(steps), expected, rtol=off)
    scale = float(model.scale.numpy())
    model.scale.assign(2 * scale)
    doubled = steps * np.float32([2, 2, 1])
    np.testing.assert_allclose(model.errors(doubled), expected, rtol=off)
    model.scale.assign(scale)


def test_decoding_is_deterministic_whole_and_ends_in_padding(model):
    embeddings = model.encode(filled(strokes(4)))
    drawn = np.asarray(model.decode(embeddings))
    assert drawn.shape == (4, MOST_STEPS, 3)
    assert drawn.dtype == np.float32
    np.testing.assert_array_equal(model.decode(embeddings), drawn)
    assert set(np.unique(drawn[..., 2])) <= {0.0, 1.0, PEN_OVER}
    for one in drawn:
        over = np.append(one[:, 2] == PEN_OVER, True).argmax()
        assert (one[over:] == PADDING).all()
    off = of_network(model, MOST_STEPS) * np.abs(drawn).max()
    np.testing.assert_allclose(model.decode(embeddings[1:2])[0], drawn[1], rtol=0, atol=off)


def test_decoding_feeds_back_its_own_steps(model):
    """The steps drawn are those that the network, told them as if they were true, finds likeliest."""
    embedding = model.encode(filled(strokes(3)))
    drawn = np.asarray(model.decode(embedding))
    offsets, lifted, inside = (part[:, :20] for part in model._steps(drawn))
    told = model._told(offsets, lifted, model._given(embedding))
    again = np.asarray(model.output_kind.likeliest(told)[0])[:, :20]
    inside = np.asarray(inside)
    assert inside.any()
    off = of_network(model, MOST_STEPS) * np.abs(again).max()
    np.testing.assert_allclose(np.asarray(offsets)[inside], again[inside], rtol=0, atol=off)


@pytest.mark.parametrize(("decoder", "plan"), [*((kind, 0.0) for kind in SKETCH_DECODERS), ("mse", 0.5)])
@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_is_finite_and_embeds_and_draws_in_float32(decoder, plan, dtype, tmp_path):
    chosen = settings(sketch_decoder=decoder, stroke_plan=plan, dtype=dtype, epochs=1)
    model, history = train(drawings(16), drawings(5, 9), chosen, tmp_path)
    assert all(np.isfinite(value) for value in history[-1].values())
    x = filled(strokes(3))
    for result in (model.encode(x), model.decode(model.encode(x)), *model(x).values(), model.errors(x)):
        assert result.dtype == "float32"
        assert np.isfinite(np.asarray(result)).all()
    assert model.writer.compute_dtype == dtype.removeprefix("mixed_")


@pytest.mark.parametrize("decoder", SKETCH_DECODERS)
def test_the_mean_of_the_history_is_that_of_the_drawings(decoder, tmp_path):
    model, history = train(drawings(32), drawings(9, 9), settings(sketch_decoder=decoder), tmp_path)
    best = min(history, key=lambda row: row["val_loss"])
    seen = filled(strokes(9, 9))
    off = 2 * of_network(model, seen.shape[1])
    assert best["val_mse"] == pytest.approx(float(np.mean(model.errors(seen))), rel=off)
    assert history[-1]["loss"] < history[0]["loss"]
    assert best["val_loss"] == pytest.approx(best["val_offset"] + best["val_pen"], rel=of_sum(9))


def test_the_plan_is_a_term_of_its_own_with_its_weight(tmp_path):
    _, history = train(drawings(32), drawings(9, 9), settings(stroke_plan=0.25, epochs=12), tmp_path)
    for row in history:
        terms = row["val_offset"] + row["val_pen"] + 0.25 * row["val_plan"]
        assert row["val_loss"] == pytest.approx(terms, rel=of_sum(9))
    assert history[-1]["val_plan"] < 0.9 * history[0]["val_plan"]


def test_the_writer_is_led_by_the_plan_of_the_stroke_it_draws():
    """Where the plan of one stroke is moved, that stroke's steps are told otherwise, and those before not."""
    model = SketchRNN(latent_dim=6, rnn_units=8, stroke_plan=0.5)
    drawing = filled([np.float32([[10, 0, 0], [0, 10, 1], [30, 0, 0], [5, 5, 1], [9, 9, 0], [1, 2, 1]])])
    offsets, lifted, _ = model._steps(drawing)
    embedding = model.encode(drawing)
    plan = np.asarray(model.plan(embedding))
    moved = plan.copy()
    moved[:, 1, :2] += 3
    told, again = (np.asarray(model._told(offsets, lifted, (embedding, by))) for by in (plan, moved))
    off = of_network(model, drawing.shape[1]) * np.abs(told).max()
    changed = np.abs(told - again)[0].max(axis=-1) > off
    assert changed.tolist() == [False, False, *[True] * 5]  # and it remembers


def apart(made, model):
    """Medians over drawings: how far corners lie from those drawn again (of 255 units), and steps too many."""
    drawn = np.asarray(model.decode(model.encode(filled(made))))
    distances, steps = [], []
    for truth, padded in zip(made, drawn, strict=True):
        again = padded[padded[:, 2] < PEN_OVER]
        n = min(len(truth), len(again))
        between = truth[:n, :2].cumsum(0) - again[:n, :2].cumsum(0)
        distances.append(np.median(np.abs(between)) if n else 255.0)
        steps.append(abs(len(truth) - len(again)))
    return np.median(distances), np.median(steps)


@pytest.mark.parametrize("plan", [0.0, 0.3])
def test_six_drawings_are_learned_by_heart_and_drawn_again(plan):
    keras.utils.set_random_seed(0)
    made = strokes(6)
    model = SketchRNN(latent_dim=8, rnn_units=32, stroke_plan=plan)
    model.start_from(drawings(6))
    assert apart(made, model)[0] > 40
    rate = keras.optimizers.schedules.CosineDecay(1e-2, 300)
    model.compile(keras.optimizers.Adam(rate, global_clipnorm=1.0), jit_compile=False)
    model.fit(tf.data.Dataset.from_tensors(filled(made)).repeat(300), shuffle=False, verbose=0)
    distance, steps = apart(made, model)
    assert distance < 10
    assert steps <= 1


def test_an_unknown_decoder_is_refused():
    with pytest.raises(ValueError, match="sketch_decoder=gan is not possible. Expected one of: mse, mixture"):
        SketchRNN(sketch_decoder="gan")
