"""Data-parallel training on several devices or machines, with the same global batch as on one."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import tensorflow as tf

from models.tensors import Tensor

if TYPE_CHECKING:
    from models.trained import TrainedModel


def workers_of(tf_config: str) -> tuple[int, int]:
    """The number of workers in a TF_CONFIG text and this worker's index; (1, 0) for an empty text.

    Raises ValueError if the text is not JSON, or its task is not a worker in its list.
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
    """The number of workers and this worker's index, from TF_CONFIG in the environment."""
    return workers_of(os.environ.get("TF_CONFIG", ""))


def prepare(model: TrainedModel) -> None:
    """Lets Keras' ``fit`` run a compiled model on all replicas of the strategy that it was created under.

    Keras 3.15 cannot do this by itself: before the first step it reduces a whole batch of per-replica values,
    and after each step it reduces scalars along axis 0. Here each replica runs the model's own step, and the
    metrics are read once, because reading their variables sums them over the replicas.
    """
    strategy = model.distribute_strategy
    if strategy.num_replicas_in_sync == 1:
        return
    model._maybe_symbolic_build = lambda **_: None  # every part was built with the model
    model.train_function = _stepper(model, strategy, model.train_step)
    model.test_function = _stepper(model, strategy, model.test_step)


def _stepper(
    model: TrainedModel, strategy: tf.distribute.Strategy, step: Callable[[Tensor], dict[str, Tensor]]
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
    """Cuts each global batch of ``dataset`` into slices, one for each replica, in order.

    For one replica it returns the dataset unchanged. TensorFlow's own sharding is not used because a step
    would then see other examples than it does on one device. The sizes of the slices differ by at most 1, the
    first ones being larger. A batch with fewer examples than replicas is left out.
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
