"""Runs a pipeline on this machine, in this process.

`tfx pipeline create --engine=local --pipeline_path pipeline/runners/local.py` takes this file as it is: what
runs is told by the environment, see ``pipeline.runners.environment``.
"""

import datetime
import logging

from tfx.orchestration.local.local_dag_runner import LocalDagRunner

from pipeline.runners.run_outputs import run_outputs
from pipeline.runners.sigterm import same_end_on_sigterm
from pipeline.runners.single_step import launch, name_run

logger = logging.getLogger(__name__)


class LocalRunner(LocalDagRunner):
    """TFX's own, but a step that fails stops only what waits for it, as on a cluster.

    So there is a report of a model that cannot be served, and a model is pushed whose report failed.
    """

    def __init__(self):
        super().__init__()
        self.run_id = datetime.datetime.now().isoformat()

    def run_with_ir(self, pipeline, run_options=None):
        """Runs the compiled ``pipeline``; at the end the first exception comes out as it was raised.

        Raises ValueError for ``run_options``: there is no part of a run here.
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
            except Exception as error:
                logger.exception("Component %s is failed.", step)
                errors.append(error)
                stopped.add(step)
            else:
                logger.info("Component %s is finished.", step)
        if errors:
            raise errors[0]


def run_local(pipeline):
    """Runs ``pipeline``; returns its outputs, {(node id, output key): artifact}, and its first error or None.

    Outputs are those of the steps that ended well or were reused.
    """
    runner, failed = LocalRunner(), None
    with same_end_on_sigterm():
        try:
            runner.run(pipeline)
        except Exception as error:
            failed = error
    return run_outputs(pipeline, runner.run_id), failed


if __name__ == "__main__":
    from pipeline.dag.build import build_pipeline
    from pipeline.dag.layout import Layout
    from pipeline.runners.environment import chosen_recipe, chosen_root

    LocalRunner().run(build_pipeline(chosen_recipe(), Layout(chosen_root())))
