"""Recurrent autoencoder of drawings (P3), with what its author wanted next: eyes that are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
from keras import layers, ops

from models.contract import EmbeddingModel
from models.drawings.settings import SketchRNNSettings
from models.drawings.stroke_outputs import OUTPUTS, mean_over
from models.drawings.stroke_plan import LEAD_SIZE, StrokePlan, lead, plan_error, true_plan
from models.tensors import Tensor
from schemas.sketch_features import MOST_STEPS, PADDING, PEN_LIFTED, PEN_OVER, STEP_SIZE

if TYPE_CHECKING:
    from models.inputs.training_data import ExampleSet


STEP_FEATURES = 5  # dx, dy, pen lifted, x, y


@keras.saving.register_keras_serializable("facefold")
class SketchRNN(EmbeddingModel):
    """A bidirectional LSTM reads a drawing into one embedding; an autoregressive LSTM writes it back.

    A batch is strokes (B, T, 3) float32: (dx, dy, pen) as in ``schemas.sketch_features``. Shorter drawings
    are padded with steps whose pen is PEN_OVER; how much padding there is changes nothing. Offsets are
    divided by the standard deviation of those in the training set (``start_from``), as in the post. Besides
    each step, the model reads where the step ends, measured from where the drawing began.

    Args:
        values: the values of ``SketchRNNSettings``. The post has 50 latents, no stretching (Ha and Eck have
            0.1), no noise and no plan. With ``point_noise``, the decoder sees displaced points while it
            trains, and must predict the step from there to the true next point. So it learns to come back
            when its own drawing goes astray. ``stroke_plan`` is the weight of the error of a plan of the
            strokes (``models.drawings.stroke_plan``), which is predicted from the embedding and given to the
            decoder.
    """

    settings: SketchRNNSettings

    terms: tuple[str, ...] = ("offset", "pen", "mse")
    jit = False

    def __init__(self, name: str = "sketch_rnn", **values: Tensor) -> None:
        settings = SketchRNNSettings(**values)
        latent_dim, rnn_units, stroke_plan = settings.latent_dim, settings.rnn_units, settings.stroke_plan
        if stroke_plan:
            self.terms = (*self.terms[:-1], "plan", self.terms[-1])
        super().__init__(name, settings)
        self.stretch = settings.stretch
        self.point_noise, self.seed_generator = settings.point_noise, keras.random.SeedGenerator()
        self.output_kind = OUTPUTS[settings.sketch_decoder]
        self.forward_reader = layers.LSTM(rnn_units, return_sequences=True, name="forward_reader")
        self.backward_reader = layers.LSTM(rnn_units, return_sequences=True, name="backward_reader")
        self.embedding = layers.Dense(latent_dim, dtype="float32", name="embedding")
        self.plan, self.plan_weight = StrokePlan() if stroke_plan else None, stroke_plan
        self.start = layers.Dense(4 * rnn_units, activation="tanh", name="start")
        self.writer = layers.LSTM(2 * rnn_units, return_sequences=True, name="writer")
        self.head = layers.Dense(self.output_kind.size, dtype="float32", name="head")
        self.scale = self.add_weight(
            name="scale", shape=(), dtype="float32", initializer="ones", trainable=False, autocast=False
        )
        self._build_parts(latent_dim, rnn_units)
        self.built = True  # all parts are

    def _build_parts(self, latent_dim: int, rnn_units: int) -> None:
        for reader in (self.forward_reader, self.backward_reader):
            reader.build((None, None, STEP_FEATURES))
        self.embedding.build((None, 8 * rnn_units))
        self.start.build((None, latent_dim))
        if self.plan:
            self.plan.build((None, latent_dim))
        self.writer.build((None, None, STEP_FEATURES + latent_dim + (LEAD_SIZE if self.plan else 0)))
        self.head.build((None, 2 * rnn_units))

    def start_from(self, examples: ExampleSet) -> None:
        """Sets the scale to the standard deviation of the training set's offsets, over both axes together."""
        strokes = examples.array("strokes")
        self.scale.assign(strokes[strokes[..., 2] < PEN_OVER][:, :2].std())

    def vary(self, strokes: Tensor, seed: Tensor) -> Tensor:
        """Strokes (B, T, 3), each drawing randomly stretched along each axis by at most ``stretch``."""
        import tensorflow as tf

        shape = (tf.shape(strokes)[0], 1, 2)
        factors = tf.random.stateless_uniform(shape, seed, 1 - self.stretch, 1 + self.stretch)
        return tf.concat([strokes[..., :2] * factors, strokes[..., 2:]], axis=-1)

    def encode(self, strokes: Tensor) -> Tensor:
        """Turns strokes (B, T, 3) into embeddings (B, latent_dim) float32."""
        return self._read(*self._steps(strokes))

    def decode(self, embeddings: Tensor) -> Tensor:
        """Turns embeddings (B, latent_dim) into their likeliest strokes (B, MOST_STEPS, 3) float32.

        Nothing is drawn at random. The pen is lifted, and the drawing ends, after the step at which that has
        become more likely than not.
        """
        ones = ops.ones_like(embeddings[:, 0])
        seen = ops.zeros_like(ops.repeat(embeddings[:, :1], STEP_FEATURES, axis=1))
        blank = ops.zeros_like(ops.repeat(seen[:, None, :STEP_SIZE], MOST_STEPS, axis=1)) + PADDING
        places = ops.arange(MOST_STEPS)[None, :, None]
        state = ops.split(self.start(embeddings), 2, axis=-1)
        number = ops.zeros_like(embeddings[:, 0], dtype="int32")
        given = self._given(embeddings)

        def unfinished(i: Tensor, strokes: Tensor, going: Tensor, *_: Tensor) -> Tensor:
            return ops.logical_and(i < MOST_STEPS, ops.any(going >= 0.5))

        def write_one(i: Tensor, strokes: Tensor, *carried: Tensor) -> tuple[Tensor, ...]:
            step, *now = self._next(given, *carried)
            return i + 1, ops.where(places == i, step[:, None], strokes), *now

        return ops.while_loop(unfinished, write_one, (0, blank, ones, ones, number, seen, *state))[1]

    def _next(
        self,
        given: tuple[Tensor, Tensor | None],
        going: Tensor,
        down: Tensor,
        number: Tensor,
        seen: Tensor,
        hidden: Tensor,
        carried: Tensor,
    ) -> tuple[Tensor, ...]:
        """The next step (B, 3), and the values that are carried to the step after it.

        These are the probability that the drawing is not over yet, the probability that the pen is still down
        since it was last lifted, the number of the stroke, the step as the LSTM reads it, and the LSTM's
        state.
        """
        inputs = self._inputs(seen[:, None], given, number[:, None])[:, 0]
        hidden, (_, carried) = self.writer.cell(inputs, [hidden, carried])
        offset, lift, end = self.output_kind.likeliest(self.head(hidden))
        down, going = down * (1 - lift), going * (1 - end)
        lifted, over = down < 0.5, going < 0.5
        pen = ops.cast(lifted, "float32")[:, None]
        step = ops.concatenate([offset * self.scale, pen], axis=-1)
        step = ops.where(over[:, None], ops.convert_to_tensor(PADDING), step)
        seen = ops.concatenate([offset, pen, seen[:, 3:] + offset], axis=-1)
        down, number = ops.where(lifted, 1.0, down), number + ops.cast(lifted, "int32")
        return step, going, down, number, seen, hidden, carried

    def call(self, strokes: Tensor, training: bool = False) -> dict[str, Tensor]:
        """Predicts every step, and the end, from the true steps before it.

        Returns ``steps``, their parameters (B, T + 1, size) float32, and, if there is a plan, ``plan``
        (B, PLANNED, PLAN_SIZE) float32.
        """
        offsets, lifted, inside = self._steps(strokes)
        given = self._given(self._read(offsets, lifted, inside, training))
        told = {"steps": self._told(offsets, lifted, given, training)}
        return told | ({"plan": given[1]} if self.plan else {})

    def loss_terms(self, strokes: Tensor, outputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """The decoder's two terms, the plan's error, and ``mse``, the post's error of (dx, dy, pen).

        They are means over a drawing's steps, then over drawings. Each step is predicted from the true ones
        before it.
        """
        read = self._steps(strokes)
        terms = self.output_kind.terms(outputs["steps"], *read)
        if self.plan:
            terms["plan"] = plan_error(outputs["plan"], true_plan(*read))
        terms["mse"] = self._errors(outputs["steps"], *read)
        return {name: ops.mean(value) for name, value in terms.items()}

    def term_weights(self, training: bool) -> dict[str, float | Tensor]:
        """The weight of the plan; ``mse`` is only recorded."""
        return {"mse": 0.0, "plan": self.plan_weight}

    def errors(self, strokes: Tensor) -> Tensor:
        """The post's mean squared error of each drawing, on the scale of ``start_from``: (B,) float32."""
        return self._errors(self(strokes, training=False)["steps"], *self._steps(strokes))

    def _errors(self, parameters: Tensor, offsets: Tensor, lifted: Tensor, inside: Tensor) -> Tensor:
        steps = ops.concatenate([offsets, lifted[..., None]], axis=-1)
        error = ops.square(self.output_kind.expected(parameters)[:, :-1] - steps)
        return mean_over(ops.mean(error, axis=-1), inside)

    def _steps(self, strokes: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Scaled offsets (B, T, 2), whether the pen is lifted (B, T), and which steps are real (B, T)."""
        strokes = ops.cast(strokes, "float32")
        inside = strokes[..., 2] < (PEN_LIFTED + PEN_OVER) / 2
        offsets = ops.where(inside[..., None], strokes[..., :2], 0.0) / self.scale
        return offsets, ops.where(inside, strokes[..., 2], 0.0), inside

    def _read(self, offsets: Tensor, lifted: Tensor, inside: Tensor, training: bool = False) -> Tensor:
        """Embeddings (B, latent_dim) from both directions: their last outputs, and mean, maximum, minimum."""
        steps = features(offsets, lifted)
        forward = self._outputs(self.forward_reader, steps, None, training)
        backward = self._outputs(self.backward_reader, turned(steps, inside), None, training)
        last = [turned(forward, inside)[:, 0], backward[:, 0]]
        read = ops.cast(ops.concatenate([forward, turned(backward, inside)], axis=-1), "float32")
        own = inside[..., None]  # outputs lie between -1 and 1
        mean = ops.sum(ops.where(own, read, 0.0), axis=1) / ops.sum(ops.cast(own, "float32"), axis=1)
        most = ops.max(ops.where(own, read, -1.0), axis=1)
        least = ops.min(ops.where(own, read, 1.0), axis=1)
        return self.embedding(ops.concatenate([*last, mean, most, least], axis=-1))

    def _given(self, embedding: Tensor) -> tuple[Tensor, Tensor | None]:
        """What a drawing is decoded from: its embedding, and the plan predicted from it or None."""
        return embedding, self.plan(embedding) if self.plan else None

    def _inputs(self, seen: Tensor, given: tuple[Tensor, Tensor | None], numbers: Tensor) -> Tensor:
        """What the decoder reads: the steps (B, T, STEP_FEATURES) so far, the embedding, the plan's lead."""
        embedding, plan = given
        read = [seen, ops.repeat(embedding[:, None], ops.shape(seen)[1], axis=1)]
        if self.plan:
            read.append(lead(plan, numbers, seen[..., 3:]))
        return ops.concatenate(read, axis=-1)

    def _told(
        self, offsets: Tensor, lifted: Tensor, given: tuple[Tensor, Tensor | None], training: bool = False
    ) -> Tensor:
        """Parameters (B, T + 1, size) of each step and of the end, predicted from the steps before it."""
        noisy = training and self.point_noise > 0
        if noisy:
            astray = self.point_noise * keras.random.normal(ops.shape(offsets), seed=self.seed_generator)
            astray = ops.pad(astray, [[0, 0], [1, 0], [0, 0]])  # not where the drawing begins
            offsets = offsets + astray[:, 1:] - astray[:, :-1]
        seen = ops.pad(features(offsets, lifted), [[0, 0], [1, 0], [0, 0]])
        numbers = ops.cast(ops.cumsum(seen[..., 2], axis=1), "int32")
        inputs = self._inputs(seen, given, numbers)
        state = ops.split(self.start(given[0]), 2, axis=-1)
        told = self.head(self._outputs(self.writer, inputs, state, training))
        return self.output_kind.moved(told, astray) if noisy else told

    def _outputs(
        self, layer: layers.LSTM, inputs: Tensor, state: list[Tensor] | None, training: bool
    ) -> Tensor:
        if training and keras.backend.backend() == "tensorflow":
            from models.drawings import fast_lstm

            if fast_lstm.is_faster(layer):
                return fast_lstm.lstm_outputs(layer, inputs, state)
        return layer(inputs, initial_state=state)


def features(offsets: Tensor, lifted: Tensor) -> Tensor:
    """What the model reads of each step: its offset, the pen, and where it ends: (B, T, STEP_FEATURES)."""
    return ops.concatenate([offsets, lifted[..., None], ops.cumsum(offsets, axis=1)], axis=-1)


def turned(values: Tensor, inside: Tensor) -> Tensor:
    """Reverses the steps of values (B, T, d) that are ``inside`` (B, T); padding stays at the end."""
    steps, size = ops.shape(values)[1], ops.shape(values)[2]
    places = ops.arange(steps)
    count = ops.sum(ops.cast(inside, "int32"), axis=1, keepdims=True)
    order = ops.where(inside, count - 1 - places, places)
    rows = order + steps * ops.arange(ops.shape(values)[0])[:, None]
    flat = ops.take(ops.reshape(values, (-1, size)), ops.reshape(rows, (-1,)), axis=0)
    return ops.reshape(flat, (-1, steps, size))
