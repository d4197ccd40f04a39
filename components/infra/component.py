"""An InfraValidator that loads the model in a fresh process and replays real requests.

TFX's own starts a docker or Kubernetes server; without one it marks the model as not blessed, the
Pusher skips it in silence and the run ends well. This one fails the run.
"""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tfx.components.infra_validator import executor as infra_executor
from tfx.dsl.components.base import base_component, executor_spec
from tfx.proto import infra_validator_pb2
from tfx.types import Channel
from tfx.types.component_spec import ExecutionParameter
from tfx.types.standard_artifacts import InfraBlessing
from tfx.types.standard_component_specs import InfraValidatorSpec
from tfx.utils import path_utils

from components.infra.replay_file import NAME
from components.infra.warmup import warmup_requests
from components.saved_inputs import inputs_of

logger = logging.getLogger(__name__)


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
        replay_file = os.path.join(model.uri, NAME)
        problems = replay_in_fresh_process(folder, replay_file, validation_spec.max_loading_time_seconds)
        if problems:
            infra_executor._mark_not_blessed(blessing)
            raise RuntimeError(
                f"The model at {folder} does not serve as it was evaluated: {'; '.join(problems)}. "
                "It is not pushed. See the log above for the process's own output."
            )
        infra_executor._mark_blessed(blessing)
        inputs = inputs_of(folder)
        requests = warmup_requests(serving_spec.model_name, inputs["serving_default"], inputs)
        self._CreateWarmupModel(blessing, folder, warmup_requests=requests)


def replay_in_fresh_process(model_folder: str | Path, replay_file: str | Path, timeout: float) -> list[str]:
    """The problems that a new Python process found; a crash is one of them."""
    command = [
        sys.executable,
        "-m",
        "components.infra.replay",
        *map(os.path.abspath, (model_folder, replay_file)),
    ]
    root = str(Path(__file__).resolve().parents[2])
    others = [os.path.abspath(one) for one in os.environ.get("PYTHONPATH", "").split(os.pathsep) if one]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=timeout or None,
            cwd=root,  # `-m` imports from the current folder first; code beside photos is not to run
            env={**os.environ, "PYTHONPATH": os.pathsep.join((root, *others)), "PYTHONSAFEPATH": "1"},
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
