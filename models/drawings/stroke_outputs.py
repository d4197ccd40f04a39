"""How the outputs of a decoder of drawings are read: their losses, and the step that they stand for.

``OUTPUTS`` names the two ways. Offsets are in units of the training set's deviation. ``parameters``
(B, T + 1, size) are the network's outputs for each of T steps and for the end after the last one. ``inside``
(B, T) is true for a drawing's steps, which come first, and false for padding. Everything here is float32,
whatever dtype the network computes in.
"""

from __future__ import annotations

import math
from typing import Any

from keras import ops

from models.tensors import Tensor

COMPONENTS = 20  # of the mixture, as Ha and Eck's sketch-rnn
# The smallest deviation of a component. Coordinates are whole numbers, which are 1/35 apart on this scale;
# without this the likelihood of the many offsets of exactly 0 would be unbounded.
LEAST_DEVIATION = 0.1
MOST_CORRELATION = 0.98


class MixtureOutput:
    """A mixture of bivariate Gaussians for (dx, dy), and probabilities of down, lifted and over for the pen.

    This is Ha and Eck, "A Neural Representation of Sketch Drawings", 2017, equations 3 to 9, without the KL
    term.
    """

    size = 6 * COMPONENTS + 3

    def terms(self, parameters: Tensor, offsets: Tensor, lifted: Tensor, inside: Tensor) -> dict[str, Tensor]:
        """``offset`` and ``pen`` (B,): mean negative log-likelihoods over a drawing's steps, in nats.

        ``offsets`` is (B, T, 2), ``lifted`` (B, T) 0 or 1, and ``inside`` (B, T) bool.
        """
        logits, means, deviations, correlation, pen = self._split(parameters)
        distance = (offsets[:, :, None] - means[:, :-1]) / deviations[:, :-1]
        density = log_density(distance, deviations[:, :-1], correlation[:, :-1])
        likelihood = ops.logsumexp(ops.log_softmax(logits[:, :-1]) + density, axis=-1)
        chosen = ops.sum(ops.log_softmax(pen) * pen_states(lifted, inside), axis=-1)
        return {
            "offset": mean_over(-likelihood, inside),
            "pen": mean_over(-chosen, with_end(inside)),
        }

    def expected(self, parameters: Tensor) -> Tensor:
        """The mean step (B, T, 3), given that it is not the end: the value with the least squared error."""
        logits, means, _, _, pen = self._split(parameters)
        mean = ops.sum(ops.softmax(logits)[..., None] * means, axis=-2)
        lifted = ops.sigmoid(pen[..., 1:2] - pen[..., 0:1])
        return ops.concatenate([mean, lifted], axis=-1)

    def moved(self, parameters: Tensor, by: Tensor) -> Tensor:
        """Parameters (B, T, size) of offsets that are larger by ``by`` (B, T, 2)."""
        by = ops.repeat(by, COMPONENTS, axis=-1)  # all x, then all y
        before, means, after = ops.split(parameters, [COMPONENTS, 3 * COMPONENTS], axis=-1)
        return ops.concatenate([before, means + by, after], axis=-1)

    def likeliest(self, parameters: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of parameters (B, size): the heaviest component's mean (B, 2), P(lifted) (B,) and P(over) (B,)."""
        logits, means, _, _, pen = self._split(parameters)
        heaviest = ops.one_hot(ops.argmax(logits, axis=-1), COMPONENTS, dtype="float32")
        states = ops.softmax(pen)
        return ops.sum(heaviest[..., None] * means, axis=-2), states[..., 1], states[..., 2]

    def _split(self, parameters: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Weights' logits (..., K), means, deviations (..., K, 2), correlations (..., K), pen (..., 3)."""
        parameters = ops.cast(parameters, "float32")
        parts = [parameters[..., i * COMPONENTS : (i + 1) * COMPONENTS] for i in range(6)]
        means = ops.stack(parts[1:3], axis=-1)
        deviations = LEAST_DEVIATION + ops.softplus(ops.stack(parts[3:5], axis=-1))
        return parts[0], means, deviations, MOST_CORRELATION * ops.tanh(parts[5]), parameters[..., -3:]


class SquaredOutput:
    """(dx, dy, pen), and whether the drawing is over, by mean squared error as in the post."""

    size = 4

    def terms(self, parameters: Tensor, offsets: Tensor, lifted: Tensor, inside: Tensor) -> dict[str, Tensor]:
        """``offset`` and ``pen`` (B,): their parts of a drawing's mean squared error; arguments as above."""
        parameters = ops.cast(parameters, "float32")
        error = ops.square(parameters[:, :-1, :3] - ops.concatenate([offsets, lifted[..., None]], axis=-1))
        over = with_end(inside)
        end = ops.square(parameters[..., 3] - pen_states(lifted, inside)[..., 2])
        return {
            "offset": mean_over(ops.sum(error[..., :2], axis=-1), inside) / 3,
            "pen": mean_over(error[..., 2], inside) / 3 + mean_over(end, over),
        }

    def expected(self, parameters: Tensor) -> Tensor:
        """The step (B, T, 3) itself."""
        return ops.cast(parameters[..., :3], "float32")

    def moved(self, parameters: Tensor, by: Tensor) -> Tensor:
        """Parameters (B, T, size) of offsets that are larger by ``by`` (B, T, 2)."""
        return ops.concatenate([parameters[..., :2] + by, parameters[..., 2:]], axis=-1)

    def likeliest(self, parameters: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of parameters (B, size): the offset (B, 2), the pen (B,) and the end (B,), both in [0, 1]."""
        parameters = ops.cast(parameters, "float32")
        shares = ops.clip(parameters[..., 2:], 0.0, 1.0)
        return parameters[..., :2], shares[..., 0], shares[..., 1]


OUTPUTS: dict[str, Any] = {"mse": SquaredOutput(), "mixture": MixtureOutput()}


def log_density(distance: Tensor, deviations: Tensor, correlation: Tensor) -> Tensor:
    """The log density (...) of bivariate Gaussians.

    ``distance`` (..., 2) is (x - mean) / deviation; deviations are (..., 2), correlations (...).
    """
    free = 1 - ops.square(correlation)
    product = 2 * correlation * distance[..., 0] * distance[..., 1]
    exponent = (ops.sum(ops.square(distance), axis=-1) - product) / (2 * free)
    return -exponent - math.log(2 * math.pi) - ops.sum(ops.log(deviations), axis=-1) - 0.5 * ops.log(free)


def with_end(inside: Tensor) -> Tensor:
    """``inside`` (B, T) with one more place, after each drawing's last step: (B, T + 1) bool."""
    return ops.pad(inside, [[0, 0], [1, 0]], constant_values=True)


def pen_states(lifted: Tensor, inside: Tensor) -> Tensor:
    """One-hot (down, lifted, over) of each step, and of the end after the last one: (B, T + 1, 3) float32."""
    lifted = ops.pad(ops.cast(lifted, "float32"), [[0, 0], [0, 1]])
    over = 1 - ops.pad(ops.cast(inside, "float32"), [[0, 0], [0, 1]])
    lifted = lifted * (1 - over)
    return ops.stack([1 - over - lifted, lifted, over], axis=-1)


def mean_over(values: Tensor, inside: Tensor) -> Tensor:
    """The mean of each row of values (B, T) over the places that are ``inside``: (B,)."""
    kept = ops.where(inside, values, 0.0)
    return ops.sum(kept, axis=-1) / ops.sum(ops.cast(inside, "float32"), axis=-1)
