"""Recurrent autoencoder of drawings (P3), and what its author wished for next: eyes that are drawn."""

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
    """Bidirectional LSTM to one embedding, autoregressive LSTM back to steps.

    A batch is strokes (B, T, 3) float32: (dx, dy, pen) as in ``schemas.sketch_features``, shorter
    drawings filled up with steps whose pen is PEN_OVER. How far they are filled up changes nothing. Offsets
    are divided by the standard deviation of the training set's (``start_from``), as the post's are. Beside
    each step stands where it ends, from where the drawing began.

    Args:
        values: those of ``SketchRNNSettings``. The post has 50 latents, no stretching (Ha and Eck: 0.1), no
            noise and no plan. With ``point_noise`` the decoder sees points that are astray while it trains,
            and the next step is to lead from there to the true next point: drawing by itself it goes astray,
            and so has learned to come back. ``stroke_plan`` is the weight of the error of a plan of the
            strokes (``models.drawings.stroke_plan``) that the embedding is to tell and the decoder is told.
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
        """Takes the training set's standard deviation of offsets, both axes together, as the scale."""
        strokes = examples.array("strokes")
        self.scale.assign(strokes[strokes[..., 2] < PEN_OVER][:, :2].std())

    def vary(self, strokes: Tensor, seed: Tensor) -> Tensor:
        """Strokes (B, T, 3), each drawing stretched along either axis by ``stretch`` at most."""
        import tensorflow as tf

        shape = (tf.shape(strokes)[0], 1, 2)
        factors = tf.random.stateless_uniform(shape, seed, 1 - self.stretch, 1 + self.stretch)
        return tf.concat([strokes[..., :2] * factors, strokes[..., 2:]], axis=-1)

    def encode(self, strokes: Tensor) -> Tensor:
        """Strokes (B, T, 3) to embeddings (B, latent_dim) float32."""
        return self._read(*self._steps(strokes))

    def decode(self, embeddings: Tensor) -> Tensor:
        """Embeddings (B, latent_dim) to the likeliest strokes (B, MOST_STEPS, 3) float32, always the same.

        The pen is lifted, and the drawing over, after the step at which that has become likelier than not.
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
        """The next step (B, 3), and what is carried on.

        That is: the probabilities that the drawing is not over yet and that the pen is still down since it
        last was lifted; the number of the stroke; the step as it is read; the LSTM's state.
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
        """``steps``: the parameters of every step and of the end, given the steps before, (B, T + 1, size);
        and ``plan``, where there is one, (B, PLANNED, PLAN_SIZE); float32.
        """
        offsets, lifted, inside = self._steps(strokes)
        given = self._given(self._read(offsets, lifted, inside, training))
        told = {"steps": self._told(offsets, lifted, given, training)}
        return told | ({"plan": given[1]} if self.plan else {})

    def loss_terms(self, strokes: Tensor, outputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """The decoder's two terms, the plan's error, and ``mse``: the post's, of (dx, dy, pen).

        Means over a drawing's steps, then over drawings; each step is told given the true ones before it.
        """
        read = self._steps(strokes)
        terms = self.output_kind.terms(outputs["steps"], *read)
        if self.plan:
            terms["plan"] = plan_error(outputs["plan"], true_plan(*read))
        terms["mse"] = self._errors(outputs["steps"], *read)
        return {name: ops.mean(value) for name, value in terms.items()}

    def term_weights(self, training: bool) -> dict[str, float | Tensor]:
        """``mse`` is only written down."""
        return {"mse": 0.0, "plan": self.plan_weight}

    def errors(self, strokes: Tensor) -> Tensor:
        """The post's mean squared error of each drawing, on the scale of ``start_from``: (B,) float32."""
        return self._errors(self(strokes, training=False)["steps"], *self._steps(strokes))

    def _errors(self, parameters: Tensor, offsets: Tensor, lifted: Tensor, inside: Tensor) -> Tensor:
        steps = ops.concatenate([offsets, lifted[..., None]], axis=-1)
        error = ops.square(self.output_kind.expected(parameters)[:, :-1] - steps)
        return mean_over(ops.mean(error, axis=-1), inside)

    def _steps(self, strokes: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Scaled offsets (B, T, 2), whether the pen is lifted (B, T), and which steps are the drawing's."""
        strokes = ops.cast(strokes, "float32")
        inside = strokes[..., 2] < (PEN_LIFTED + PEN_OVER) / 2
        offsets = ops.where(inside[..., None], strokes[..., :2], 0.0) / self.scale
        return offsets, ops.where(inside, strokes[..., 2], 0.0), inside

    def _read(self, offsets: Tensor, lifted: Tensor, inside: Tensor, training: bool = False) -> Tensor:
        """Embeddings (B, latent_dim), of both directions' last outputs and mean, most and least of all."""
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
        """What a drawing is decoded from: its embedding and the plan that it tells, None without one."""
        return embedding, self.plan(embedding) if self.plan else None

    def _inputs(self, seen: Tensor, given: tuple[Tensor, Tensor | None], numbers: Tensor) -> Tensor:
        """What the decoder reads: the steps (B, T, STEP_FEATURES) it has seen, the embedding, its lead."""
        embedding, plan = given
        read = [seen, ops.repeat(embedding[:, None], ops.shape(seen)[1], axis=1)]
        if self.plan:
            read.append(lead(plan, numbers, seen[..., 3:]))
        return ops.concatenate(read, axis=-1)

    def _told(
        self, offsets: Tensor, lifted: Tensor, given: tuple[Tensor, Tensor | None], training: bool = False
    ) -> Tensor:
        """Parameters (B, T + 1, size) of each step given those before it, and of the end."""
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
    """What is read of each step: offset, pen, and where it ends: (B, T, STEP_FEATURES)."""
    return ops.concatenate([offsets, lifted[..., None], ops.cumsum(offsets, axis=1)], axis=-1)


def turned(values: Tensor, inside: Tensor) -> Tensor:
    """values (B, T, d) with the steps where ``inside`` (B, T), which come first, the other way round."""
    steps, size = ops.shape(values)[1], ops.shape(values)[2]
    places = ops.arange(steps)
    count = ops.sum(ops.cast(inside, "int32"), axis=1, keepdims=True)
    order = ops.where(inside, count - 1 - places, places)
    rows = order + steps * ops.arange(ops.shape(values)[0])[:, None]
    flat = ops.take(ops.reshape(values, (-1, size)), ops.reshape(rows, (-1,)), axis=0)
    return ops.reshape(flat, (-1, steps, size))
