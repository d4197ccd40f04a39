"""A fitted clusterer's rule as a TensorFlow graph: a mixture's posterior, or the nearest exemplar or mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from models.clustering.rows import SHORTEST
from models.clustering.rules.assignment import RULES
from models.clustering.rules.exemplars import rounding
from models.clustering.rules.mixture import TIED
from models.clustering.rules.people import scaled
from models.tensors import Tensor

if TYPE_CHECKING:
    from models.clustering.rules.assignment import Rule
    from models.clustering.rules.exemplar_columns import ExemplarColumns
    from models.clustering.rules.exemplars import Exemplars
    from models.clustering.rules.largest_logit import LargestLogit
    from models.clustering.rules.mixture import Mixture
    from models.clustering.rules.nearest_mean import Averages
    from models.clustering.rules.people import People


def served_rule(rule: Rule) -> tf.Module:
    """The ``tf.Module`` for a rule, which is called with points (B, p) float64.

    It returns ``cluster`` int64, ``probability`` and ``familiarity`` float64, all (B,), as ``Rule.assign``
    does.
    """
    return RULES[rule.kind].served.load()(rule)


class ServedMixture(tf.Module):
    """A Gaussian mixture's posterior, computed by ``tensorflow_probability``."""

    def __init__(self, mixture: Mixture) -> None:
        super().__init__(name="mixture")
        self.weights = constant(mixture.weights)
        self.means = constant(mixture.means)
        # precision = P P^T, P upper triangular: covariance = (P^-T)(P^-T)^T, and P^-T is lower triangular.
        precisions = tf.constant(mixture.precisions_cholesky, tf.float64)
        self.scale_tril = constant(tf.linalg.matrix_transpose(tf.linalg.inv(precisions)))

    def __call__(self, points: Tensor) -> dict[str, Tensor]:
        from models.clustering.probability import distributions as tfd

        mixture = tfd.MixtureSameFamily(
            tfd.Categorical(probs=self.weights),
            tfd.MultivariateNormalTriL(self.means, self.scale_tril),
        )
        posterior = mixture.posterior_marginal(points).probs_parameter()
        largest = tf.reduce_max(posterior, axis=-1)
        near = posterior >= largest[:, None] * (1.0 - TIED)
        return {
            "cluster": tf.argmax(tf.cast(near, tf.int32), axis=-1, output_type=tf.int64),
            "probability": largest,
            "familiarity": mixture.log_prob(points),
        }


class ServedExemplars(tf.Module):
    """The cluster of the nearest exemplar, and how much nearer that is than any other cluster's."""

    def __init__(self, exemplars: Exemplars) -> None:
        super().__init__(name="exemplars")
        names, groups = np.unique(exemplars.clusters, return_inverse=True)
        self.names = tf.Variable(
            names, dtype=tf.int64, trainable=False
        )  # rising, as in ``exemplars.nearest``
        self.groups = tf.Variable(groups, dtype=tf.int32, trainable=False)  # of each exemplar, one of names
        self.origin = constant(exemplars.rows.mean(axis=0))  # keeps the sums of squares small
        self.rows = constant(exemplars.rows - self.origin.numpy())
        self.squares = constant(tf.reduce_sum(tf.square(self.rows), axis=1))
        self.largest = constant(tf.reduce_max(self.squares))
        self.reach = constant(exemplars.reach)

    def __call__(self, points: Tensor) -> dict[str, Tensor]:
        points = points - self.origin
        products = tf.matmul(self.rows, points, transpose_b=True)  # (m, B)
        lengths = tf.reduce_sum(tf.square(points), axis=1)
        squared = self.squares[:, None] - 2.0 * products + lengths
        closest = tf.math.unsorted_segment_min(
            tf.maximum(squared, 0.0), self.groups, self.names.shape[0]
        )  # (number of clusters, B)
        closest, first = first_nearest(closest, rounding(self.rows.shape[1]) * (lengths + self.largest))
        own = tf.reduce_min(closest, axis=0)
        named = tf.gather(self.names, first)
        return answer(named, own, second(closest, first), tf.square(self.reach))


class ServedExemplarColumns(tf.Module):
    """``ServedExemplars`` of some of a point's numbers."""

    def __init__(self, rule: ExemplarColumns) -> None:
        super().__init__(name="exemplar_columns")
        self.columns = tf.Variable(rule.columns, dtype=tf.int64, trainable=False)
        self.exemplars = ServedExemplars(rule.exemplars)

    def __call__(self, points: Tensor) -> dict[str, Tensor]:
        return self.exemplars(tf.gather(points, self.columns, axis=1))


class ServedLargestLogit(tf.Module):
    """The class of the largest of a point's logits, and its share of their softmax."""

    def __init__(self, rule: LargestLogit) -> None:
        super().__init__(name="largest_logit")
        self.logits = tf.Variable(rule.logits, dtype=tf.int64, trainable=False)
        self.means = constant(rule.means)

    def __call__(self, points: Tensor) -> dict[str, Tensor]:
        logits = tf.gather(points, self.logits, axis=1)
        cluster = tf.argmax(logits, axis=1, output_type=tf.int64)
        shares = tf.exp(logits - tf.reduce_max(logits, axis=1, keepdims=True))
        squared = tf.square(points - tf.gather(self.means, cluster))
        return {
            "cluster": cluster,
            "probability": 1.0 / tf.reduce_sum(shares, axis=1),
            "familiarity": -tf.reduce_sum(squared, axis=1),
        }


class ServedAverages(tf.Module):
    """The group that a point is most similar to, and how much more than to any other."""

    def __init__(self, averages: Averages) -> None:
        super().__init__(name="averages")
        self.origin = constant(averages.origin)
        self.directions = constant(averages.directions)
        self.reach = constant(averages.reach)

    def __call__(self, points: Tensor) -> dict[str, Tensor]:
        unit = of_length_1(points - self.origin)
        distances = tf.maximum(1.0 - tf.matmul(self.directions, unit, transpose_b=True), 0.0)  # (k, B)
        distances, first = first_nearest(distances, rounding(self.origin.shape[0]))
        return answer(first, tf.reduce_min(distances, axis=0), second(distances, first), self.reach)


class ServedPeople(tf.Module):
    """The person whose faces a face is nearest to, and how much nearer than to any other's."""

    def __init__(self, people: People) -> None:
        super().__init__(name="people")
        self.directions = constant(scaled(people.means))
        many = people.sizes >= people.crowd
        self.margin, self.reach = constant(people.margin), constant(np.broadcast_to(people.reach, many.shape))
        self.limits = constant(np.where(many, people.further, people.reach))  # where no other is near
        self.aside = constant(np.where(many, 0.0, np.inf)[:, None])  # who is too few to be one

    def __call__(self, points: Tensor) -> dict[str, Tensor]:
        products = tf.matmul(self.directions, of_length_1(points), transpose_b=True)
        distances, first = first_nearest(
            tf.maximum(1.0 - products, 0.0), rounding(self.directions.shape[1])
        )  # (k, B)
        own, other = tf.reduce_min(distances, axis=0), second(distances, first)
        clear = second(distances + self.aside, first) - own >= self.margin
        return answer(
            first, own, other, tf.where(clear, *(tf.gather(one, first) for one in (self.limits, self.reach)))
        )


def of_length_1(rows: Tensor) -> Tensor:
    """Rows (B, d) scaled to length 1; one that is shorter than ``SHORTEST`` becomes 0."""
    lengths = tf.norm(rows, axis=1, keepdims=True)
    return tf.where(lengths > SHORTEST, rows / tf.maximum(lengths, SHORTEST), 0.0)


def first_nearest(distances: Tensor, off: Tensor | float) -> tuple[Tensor, Tensor]:
    """What ``exemplars.first_nearest`` says of distances (k, B): the same, and int64 (B,)."""
    distances = tf.where(distances <= off, tf.zeros_like(distances), distances)
    near = distances <= tf.reduce_min(distances, axis=0) + off
    return distances, tf.argmax(tf.cast(near, tf.int32), axis=0)


def second(distances: Tensor, first: Tensor) -> Tensor:
    """The smallest of distances (k, B) other than those of ``first`` (B,): (B,), infinite if k is 1."""
    nearest = tf.one_hot(first, distances.shape[0], True, False, axis=0)
    return tf.reduce_min(tf.where(nearest, tf.constant(float("inf"), tf.float64), distances), axis=0)


def answer(cluster: Tensor, own: Tensor, other: Tensor, reach: Tensor) -> dict[str, Tensor]:
    """What a rule by distances (B,) answers, as ``exemplars.confidence`` does; noise beyond the reach."""
    cluster = tf.where(own > reach, tf.constant(-1, tf.int64), cluster)
    share = tf.where(own + other > 0, other / (own + other), 0.5)
    share = tf.where(tf.math.is_inf(other), tf.ones_like(share), share)
    return {
        "cluster": cluster,
        "probability": tf.where(cluster < 0, tf.zeros_like(share), share),
        "familiarity": -own,
    }


def constant(values: Any) -> tf.Variable:
    """A float64 variable that is not trained; a SavedModel keeps it as a variable and not in its graph."""
    return tf.Variable(values, dtype=tf.float64, trainable=False)
