"""Runs a pipeline on this machine, in this process.

`tfx pipeline create --engine=local --pipeline_path pipeline/runners/local.py` takes this file as it is: what
runs is told by the environment, see ``pipeline.runners.environment``.
"""

from tfx.orchestration.local.local_dag_runner import LocalDagRunner

from pipeline.runners.latest_run import latest_outputs
from pipeline.runners.sigterm import same_end_on_sigterm


def run_local(pipeline):
    """Runs ``pipeline`` to its end; returns output artifacts as {(node id, output key): artifact}.

    An exception of a component comes out as it was raised.
    """
    with same_end_on_sigterm():
        LocalDagRunner().run(pipeline)
    return latest_outputs(pipeline)


if __name__ == "__main__":
    from pipeline.dag.build import build_pipeline
    from pipeline.dag.layout import Layout
    from pipeline.runners.environment import chosen_recipe, chosen_root

    LocalDagRunner().run(build_pipeline(chosen_recipe(), Layout(chosen_root())))
