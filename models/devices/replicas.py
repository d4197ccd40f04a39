"""Training on several devices or machines: data-parallel, the same global batch as on one."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import tensorflow as tf

from models.tensors import Tensor

if TYPE_CHECKING:
    from models.contract import EmbeddingModel


def workers_of(tf_config: str) -> tuple[int, int]:
    """(number of workers, this one's index) of a TF_CONFIG text; (1, 0) without one.

    Raises ValueError for a text that is no JSON, or names no worker of its list as this one.
    """
    if not tf_config:
        return 1, 0
    try:
        config = json.loads(tf_config)
        workers = config["cluster"]["worker"]
        kind, index = config["task"]["type"], int(config["task"]["index"])
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"TF_CONFIG cannot be read ({type(error).__name__}: {error}). Expected "
            '{"cluster": {"worker": ["host:port", ...]}, "task": {"type": "worker", "index": 0}}; '
            f"received {tf_config!r}."
        ) from error
    if kind != "worker" or not 0 <= index < len(workers):
        raise ValueError(
            f"TF_CONFIG's task is {kind} {index}. Expected worker 0 to {len(workers) - 1}. "
            "Only workers train: leave out chief, ps and evaluator."
        )
    return len(workers), index


def this_worker() -> tuple[int, int]:
    """(number of workers, this one's index), from the environment's TF_CONFIG."""
    return workers_of(os.environ.get("TF_CONFIG", ""))


def prepare(model: EmbeddingModel) -> None:
    """Lets Keras' ``fit`` run a compiled model on the replicas of the strategy that it was made under.

    Keras 3.15 cannot by itself: before the first step it reduces a whole batch of per-replica values, and
    after each it reduces scalars along axis 0. Here each replica runs the model's own step, and the
    metrics, whose variables sum over replicas when read, are read once.
    """
    strategy = model.distribute_strategy
    if strategy.num_replicas_in_sync == 1:
        return
    model._maybe_symbolic_build = lambda **_: None  # every part was built with the model
    for optimizer, variables in model.optimizers():
        optimizer.build(variables)
    model.train_function = _stepper(model, strategy, model.train_step)
    model.test_function = _stepper(model, strategy, model.test_step)


def _stepper(
    model: EmbeddingModel, strategy: tf.distribute.Strategy, step: Callable[[Tensor], dict[str, Tensor]]
) -> Callable[[Iterator[Tensor]], dict[str, Tensor]]:
    @tf.function(reduce_retracing=True)
    def run(batch: Tensor) -> None:
        strategy.run(step, args=(batch,))

    def step_and_read(iterator: Iterator[Tensor]) -> dict[str, Tensor]:
        with strategy.scope():
            run(next(iterator))
            return model.get_metrics_result()

    return step_and_read


def shared_out(
    dataset: tf.data.Dataset, strategy: tf.distribute.Strategy
) -> tf.data.Dataset | tf.distribute.DistributedDataset:
    """``dataset`` of global batches with each batch cut into one slice a replica, in order.

    On one replica it is returned as it is. TensorFlow's own sharding would give the replicas other examples
    in each step than one device has in that step. What a batch has beyond a multiple of the replicas goes
    to the first of them; a batch with less than one example for each is left out.
    """
    replicas = strategy.num_replicas_in_sync
    if replicas == 1:
        return dataset

    def slices(context: tf.distribute.InputContext) -> tf.data.Dataset:
        here = context.num_replicas_in_sync // context.num_input_pipelines
        first = context.input_pipeline_id * here

        def cut(*features: Tensor) -> tf.data.Dataset:
            return tf.data.Dataset.from_tensor_slices(list(range(first, first + here))).map(
                lambda part: tf.nest.map_structure(lambda x: _part(x, part, replicas), features)
            )

        whole = dataset.filter(lambda *features: tf.shape(tf.nest.flatten(features)[0])[0] >= replicas)
        return whole.flat_map(cut).prefetch(2 * here)

    return strategy.distribute_datasets_from_function(slices)


def _part(batch: Tensor, part: Tensor, parts: int) -> Tensor:
    """The ``part``-th of ``parts`` slices of a batch (B, ...), whose sizes differ by at most 1."""
    size = tf.shape(batch)[0]

    def start(k: Tensor) -> Tensor:
        return k * (size // parts) + tf.minimum(k, size % parts)

    return batch[start(part) : start(part + 1)]
