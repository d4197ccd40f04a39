"""Batches of drawings: every one once an epoch, like lengths together, the same after a resume."""

import numpy as np
import tensorflow as tf

from models.drawings.sketch_rnn import SketchRNN
from models.inputs import stroke_data
from models.inputs.stroke_data import StrokeSet, stroke_set
from models.inputs.training_data import batches, validation_batches
from schemas.sketch_features import PEN_OVER, Sketch, to_example
from tests.drawings import filled, strokes


def numbered(lengths):
    """Drawings of these lengths; the first number of each is its own number."""
    made = [np.full((length, 3), [i, 0, 0], np.float32) for i, length in enumerate(lengths)]
    spec = {"strokes": tf.TensorSpec((None, 3), tf.float32)}
    dataset = tf.data.Dataset.from_generator(
        lambda: ({"strokes": one} for one in made), output_signature=spec
    )
    return StrokeSet(dataset, len(lengths))


LENGTHS = np.random.default_rng(0).integers(2, 120, 250)


def read(batched, n):
    """The drawings' numbers and the share of padding of n batches."""
    numbers, padding = [], []
    for batch in (one.numpy() for (one,) in batched.take(n)):
        numbers.append(batch[:, 0, 0].astype(int).tolist())
        padding.append((batch[..., 2] == PEN_OVER).mean())
        kept = (batch[..., 2] != PEN_OVER).sum(1)
        np.testing.assert_array_equal(kept, LENGTHS[numbers[-1]])
    return numbers, padding


def test_an_epoch_has_every_drawing_at_most_once_and_all_but_the_remainder():
    training = batches(numbered(LENGTHS), 8, 0, ("strokes",))
    numbers, _ = read(training, 3 * (250 // 8))
    assert {len(batch) for batch in numbers} == {8}
    epochs = [np.concatenate(numbers[start : start + 31]).tolist() for start in (0, 31, 62)]
    for epoch in epochs:
        assert len(set(epoch)) == len(epoch) == 248
    assert epochs[0] != epochs[1]


def test_the_order_of_an_epoch_does_not_depend_on_a_resume():
    whole, _ = read(batches(numbered(LENGTHS), 8, 1, ("strokes",)), 4 * 31)
    resumed, _ = read(batches(numbered(LENGTHS), 8, 1, ("strokes",), skipped_epochs=2), 2 * 31)
    assert resumed == whole[2 * 31 :]


def test_each_drawing_is_stretched_along_either_axis_and_again_so_after_a_resume():
    ones = [np.array([[1, 1, 0], [1, 1, 1]], np.float32)] * 64
    spec = {"strokes": tf.TensorSpec((None, 3), tf.float32)}
    examples = StrokeSet(
        tf.data.Dataset.from_generator(lambda: ({"strokes": one} for one in ones), output_signature=spec), 64
    )
    model = SketchRNN(latent_dim=4, rnn_units=4, stretch=0.25)

    def steps(n, skipped_epochs=0):
        given = batches(examples, 8, 1, ("strokes",), skipped_epochs, model.vary)
        return np.stack([strokes.numpy() for (strokes,) in given.take(n)])

    whole = steps(16)
    assert (whole[..., 2] == [0, 1]).all()
    np.testing.assert_array_equal(whole[..., 0, :2], whole[..., 1, :2])
    factors = whole[..., 0, :2].reshape(-1)
    assert 0.75 <= factors.min() < 0.76
    assert 1.24 < factors.max() <= 1.25
    assert len(set(factors)) > 250  # of 256
    np.testing.assert_array_equal(steps(8, skipped_epochs=1), whole[8:])


def test_like_lengths_come_together_in_no_order_of_length(monkeypatch):
    numbers, padding = read(batches(numbered(LENGTHS), 8, 0, ("strokes",)), 31)
    assert np.mean(padding) < 0.05
    longest = [LENGTHS[batch].max() for batch in numbers]
    assert longest != sorted(longest)
    monkeypatch.setattr(stroke_data, "WINDOW", 1)
    _, as_they_come = read(batches(numbered(LENGTHS), 8, 0, ("strokes",)), 31)
    assert np.mean(as_they_come) > 0.3


def test_validation_has_every_drawing_once():
    for n, size in ((250, 250), (90, 16)):  # one batch where there are few; else all of them, and the rest
        examples = numbered(np.resize(LENGTHS, max(n, 300) if size == 16 else n))
        batched = validation_batches(examples, size, ("strokes",))
        seen = [int(i) for (batch,) in batched for i in batch[:, 0, 0]]
        assert sorted(seen) == list(range(examples.n))
        assert int(batched.cardinality()) == -(-examples.n // size)


def test_the_array_is_filled_up_to_the_longest():
    examples = numbered([3, 5, 2])
    array = examples.array("strokes")
    assert array.shape == (3, 5, 3)
    assert (array[..., 2] == PEN_OVER).sum(1).tolist() == [2, 0, 3]
    assert examples.array("strokes", 1).shape == (1, 3, 3)


class Untouched:
    """Stands for TFTransformOutput: drawings pass its graph as they are."""

    def transform_features_layer(self):
        return lambda raw: raw


def test_drawings_are_read_from_records(tmp_path):
    made = strokes(40)
    file = str(tmp_path / "data.gz")
    with tf.io.TFRecordWriter(file, "GZIP") as writer:
        for one in made:
            sketch = Sketch("a:1", tuple(one.ravel().tolist()), "h", "h", b"png", "word")
            writer.write(to_example(sketch).SerializeToString())
    examples = stroke_set([file], Untouched())
    assert examples.n == 40
    assert list(examples.dataset.element_spec) == ["strokes"]  # no label
    np.testing.assert_array_equal(examples.array("strokes"), filled(made))
