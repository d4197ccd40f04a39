"""Runs one step of a pipeline, for orchestrators that start each step in a process of its own."""

from typing import Any

from tfx.dsl.compiler.compiler import Compiler
from tfx.dsl.compiler.constants import PIPELINE_RUN_ID_PARAMETER_NAME
from tfx.orchestration import metadata
from tfx.orchestration.local import runner_utils
from tfx.orchestration.portable import launcher, runtime_parameter_utils

from pipeline.runners.sigterm import same_end_on_sigterm


def run_step(pipeline: Any, step: str, run_id: str) -> None:
    """Runs ``step`` of the run ``run_id``, as TFX's local runner runs each of its steps.

    The steps before it must have ended in the same run. An earlier try of this step that failed or was killed
    does not matter. An exception of the component is raised unchanged. Raises RuntimeError if its inputs are
    missing.
    """
    compiled = Compiler().compile(pipeline)
    name_run(compiled, run_id)
    (node,) = (n.pipeline_node for n in compiled.nodes if n.pipeline_node.node_info.id == step)
    with same_end_on_sigterm():
        launch(compiled, node)


def name_run(compiled: Any, run_id: str) -> None:
    """Gives the ``compiled`` pipeline the run's name ``run_id``."""
    runtime_parameter_utils.substitute_runtime_parameter(compiled, {PIPELINE_RUN_ID_PARAMETER_NAME: run_id})


def launch(compiled: Any, node: Any) -> None:
    """Runs ``node`` of the ``compiled`` pipeline in this process; an exception is raised unchanged."""
    config = runner_utils.extract_local_deployment_config(compiled)
    store = config.metadata_connection_config
    launcher.Launcher(
        pipeline_node=node,
        mlmd_connection=metadata.Metadata(getattr(store, store.WhichOneof("connection_config"))),
        pipeline_info=compiled.pipeline_info,
        pipeline_runtime_spec=compiled.runtime_spec,
        executor_spec=runner_utils.extract_executor_spec(config, node.node_info.id),
        custom_driver_spec=runner_utils.extract_custom_driver_spec(config, node.node_info.id),
    ).launch()
