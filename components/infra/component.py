"""An InfraValidator that loads the model in a fresh process and replays real requests.

TFX's own starts a docker or Kubernetes server; without one it marks the model as not blessed, the
Pusher skips it in silence and the run ends well. This one fails the run.
"""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2
from tfx.components.infra_validator import executor as infra_executor
from tfx.dsl.components.base import base_component, executor_spec
from tfx.proto import infra_validator_pb2
from tfx.types import Channel
from tfx.types.component_spec import ExecutionParameter
from tfx.types.standard_artifacts import InfraBlessing
from tfx.types.standard_component_specs import InfraValidatorSpec
from tfx.utils import path_utils

from components.infra.replay import example_of, load_replay
from components.saved_inputs import inputs_of

logger = logging.getLogger(__name__)
WARMUP_BATCH = 8


class Executor(infra_executor.Executor):
    """Validates by ``components.infra.replay`` and writes TF Serving's warm-up records."""

    def _Do(
        self,
        model: Any,
        examples: Any,
        blessing: Any,
        serving_spec: Any,
        validation_spec: Any,
        request_spec: Any,
    ) -> None:
        """Marks the blessing and writes the model with its warm-up; raises RuntimeError on a problem."""
        folder = path_utils.serving_model_path(model.uri)
        replay_file = os.path.join(model.uri, "replay.npz")
        problems = replay_in_fresh_process(folder, replay_file, validation_spec.max_loading_time_seconds)
        if problems:
            infra_executor._mark_not_blessed(blessing)
            raise RuntimeError(
                f"The model at {folder} does not serve as it was evaluated: {'; '.join(problems)}. "
                "It is not pushed. See the log above for the process's own output."
            )
        infra_executor._mark_blessed(blessing)
        values, _, name = load_replay(replay_file)
        requests = warmup_requests(serving_spec.model_name, values, name, inputs_of(folder))
        self._CreateWarmupModel(blessing, folder, warmup_requests=requests)


def warmup_requests(
    model_name: str, values: Sequence[bytes], input_name: str, signatures: Mapping[str, str]
) -> list[Any]:
    """Requests for every signature: two of one value each and one of several, which is decoded differently.

    Args:
        model_name: the name that the model is served under.
        values: the replayed requests.
        input_name: what they are, ``image_bytes`` or ``examples``.
        signatures: {signature: the name of its input}.
    """
    requests: list[Any] = []
    for signature, name in sorted(signatures.items()):
        some = values[:WARMUP_BATCH]
        given = some if name == input_name else [example_of(value) for value in some]
        for batch in (given[:1], given[1:2], given):
            if batch:
                requests.append(predict_request(model_name, batch, name, signature))
    return requests


def predict_request(
    model_name: str,
    values: Sequence[bytes],
    input_name: str = "image_bytes",
    signature: str = "serving_default",
) -> Any:
    """A TF Serving PredictRequest of some chips, or of some examples."""
    request = predict_pb2.PredictRequest()
    request.model_spec.name = model_name
    request.model_spec.signature_name = signature
    request.inputs[input_name].CopyFrom(tf.make_tensor_proto(np.array(values, object), tf.string))
    return request


def replay_in_fresh_process(model_folder: str | Path, replay_file: str | Path, timeout: float) -> list[str]:
    """The problems that a new Python process found; a crash is one of them."""
    command = [sys.executable, "-m", "components.infra.replay", str(model_folder), str(replay_file)]
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(p for p in (root, os.environ.get("PYTHONPATH", "")) if p)
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=timeout or None,
            env={**os.environ, "PYTHONPATH": path},
        )
    except subprocess.TimeoutExpired:
        return [f"it did not load and answer within {timeout} s"]
    logger.info("replay ended with %d\n%s", done.returncode, done.stderr[-4000:])
    lines = done.stdout.strip().splitlines()
    if not lines or not lines[-1].startswith("{"):
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return [f"the process ended with {done.returncode}: {last}"]
    problems: list[str] = json.loads(lines[-1])["problems"]
    return problems


class ReplaySpec(InfraValidatorSpec):
    """TFX's own, and the version of the code that validates."""

    PARAMETERS = InfraValidatorSpec.PARAMETERS | {"code_version": ExecutionParameter(type=str)}


class ReplayInfraValidator(base_component.BaseComponent):
    """A component like TFX's InfraValidator, with the executor above.

    No subclass of TFX's InfraValidator: Kubeflow's compiler refuses those, for they start containers.
    """

    SPEC_CLASS = ReplaySpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(
        self,
        model: Channel,
        code_version: str,
        model_name: str = "facefold",
        max_loading_time_seconds: int = 300,
    ) -> None:
        spec = ReplaySpec(
            model=model,
            code_version=code_version,
            blessing=Channel(type=InfraBlessing),
            serving_spec=infra_validator_pb2.ServingSpec(
                tensorflow_serving=infra_validator_pb2.TensorFlowServing(tags=["latest"]),
                local_docker=infra_validator_pb2.LocalDockerConfig(),
                model_name=model_name,
            ),
            validation_spec=infra_validator_pb2.ValidationSpec(
                max_loading_time_seconds=max_loading_time_seconds, num_tries=1
            ),
        )
        super().__init__(spec=spec)
