"""Runs a pipeline on this machine, in this process.

`tfx pipeline create --engine=local --pipeline_path pipeline/runners/local.py` takes this file as it is. The
environment says what runs, see ``pipeline.runners.environment``.
"""

import datetime
import logging
from typing import Any

from tfx.orchestration.local.local_dag_runner import LocalDagRunner

from pipeline.runners.interrupt import raise_again
from pipeline.runners.run_outputs import run_outputs
from pipeline.runners.sigterm import same_end_on_sigterm
from pipeline.runners.single_step import launch, name_run

logger = logging.getLogger(__name__)


class LocalRunner(LocalDagRunner):
    """TFX's local runner, except that a failed step stops only the steps that wait for it, as on a cluster.

    So a model that cannot be served still gets its report, and a model is pushed even if its report failed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.run_id = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None).isoformat()

    def run_with_ir(self, pipeline: Any, run_options: Any = None) -> None:
        """Runs the compiled ``pipeline``, and at the end raises the first exception of a step unchanged.

        Raises ValueError for ``run_options``, because this runner cannot run a part of a pipeline.
        """
        if run_options is not None:
            raise ValueError(f"Expected no options, received {run_options}. Only whole pipelines run here.")
        name_run(pipeline, self.run_id)
        errors: list[Exception] = []
        stopped: set[str] = set()
        for node in (node.pipeline_node for node in pipeline.nodes):
            step = node.node_info.id
            if stopped & set(node.upstream_nodes):
                stopped.add(step)
                continue
            logger.info("Component %s is running.", step)
            try:
                launch(pipeline, node)
                raise_again()
            except Exception as error:
                raise_again()
                logger.exception("Component %s is failed.", step)
                errors.append(error)
                stopped.add(step)
            else:
                logger.info("Component %s is finished.", step)
        if errors:
            raise errors[0]


def run_local(pipeline: Any) -> tuple[dict[tuple[str, str], Any], Exception | None]:
    """Runs ``pipeline``; returns its outputs, {(node id, output key): artifact}, and its first error or None.

    The outputs are those of all steps that succeeded or were reused.
    """
    runner = LocalRunner()
    failed: Exception | None = None
    with same_end_on_sigterm():
        try:
            runner.run(pipeline)
        except Exception as error:
            raise_again()
            failed = error
    return run_outputs(pipeline, runner.run_id), failed


if __name__ == "__main__":
    from pipeline.dag.build import build_pipeline
    from pipeline.dag.layout import Layout
    from pipeline.runners.environment import chosen_recipe, chosen_root
    from pipeline.runners.root_state import forget_what_is_gone, settle_root
    from pipeline.runners.tensorflow_environment import before_tensorflow

    before_tensorflow()
    chosen_layout = Layout(chosen_root())
    settle_root(chosen_layout, logger.warning)
    forget_what_is_gone(chosen_layout)
    LocalRunner().run(build_pipeline(chosen_recipe(), chosen_layout))
