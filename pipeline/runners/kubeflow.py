"""Compiles a pipeline for Kubeflow: `facefold compile kubeflow`."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from tfx.orchestration.kubeflow.v2.kubeflow_v2_dag_runner import (
    KubeflowV2DagRunner,
    KubeflowV2DagRunnerConfig,
)

from pipeline.dag.build import build_pipeline
from pipeline.dag.layout import RemoteLayout
from pipeline.runners.kubeflow_parameters import add_parameters, add_resources, finished_spec

if TYPE_CHECKING:
    from pipeline.recipes.recipe import Recipe

ENTRY = ("python", "-m", "pipeline.runners.kubeflow_entry")


def compiled(recipe: Recipe, image: str, root: str) -> dict[str, Any]:
    """The pipeline of ``recipe`` as Kubeflow's PipelineSpec, a dict of plain values.

    Args:
        recipe: each of its settings becomes a parameter of the pipeline, with the setting's value as default.
        image: the container image of all steps, with facefold in it.
        root: the address of a folder that all steps can reach, as ``gs://bucket/facefold`` or a path on a
            volume.
    """
    layout = RemoteLayout(root)
    pipeline = build_pipeline(recipe, layout, name=f"facefold-{recipe.name}")
    add_resources(pipeline)
    add_parameters(pipeline, recipe, root)
    config = KubeflowV2DagRunnerConfig(
        default_image=image, default_commands=list(ENTRY), use_pipeline_spec_2_1=True
    )
    logging.getLogger("absl").setLevel(logging.ERROR)
    job = KubeflowV2DagRunner(config).run(pipeline, write_out=False)
    return finished_spec(job["pipelineSpec"], recipe, layout.artifacts)
