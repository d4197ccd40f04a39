"""The artifacts that a run of a pipeline wrote, read from TFX's metadata."""

from typing import Any

from ml_metadata.proto import metadata_store_pb2
from tfx.orchestration import metadata


def run_outputs(pipeline: Any, run_id: str) -> dict[tuple[str, str], Any]:
    """Output artifacts of the run ``run_id`` of ``pipeline``, as {(node id, output key): artifact}.

    Artifacts from the cache are among them. Returns {} if no step of the run has begun.
    """
    with metadata.Metadata(pipeline.metadata_connection_config) as handle:
        return outputs_in(handle.store, run_id)


def outputs_in(store: Any, run_id: str) -> dict[tuple[str, str], Any]:
    """The outputs of the run ``run_id`` in an open metadata ``store``."""
    run = store.get_context_by_type_and_name("pipeline_run", run_id)
    if run is None:
        return {}
    node_of: dict[int, str] = {}
    for execution in store.get_executions_by_context(run.id):
        for context in store.get_contexts_by_execution(execution.id):
            if context.type == "node":
                node_of[execution.id] = context.name.split(".", 1)[1]
    outputs: dict[tuple[str, str], Any] = {}
    artifacts = {artifact.id: artifact for artifact in store.get_artifacts_by_context(run.id)}
    for event in store.get_events_by_execution_ids(sorted(node_of)):
        if event.type == metadata_store_pb2.Event.OUTPUT and event.artifact_id in artifacts:
            outputs[node_of[event.execution_id], event.path.steps[0].key] = artifacts[event.artifact_id]
    return outputs
