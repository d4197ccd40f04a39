"""What the latest run of a pipeline wrote, as TFX's metadata tells it."""

from ml_metadata import errors as mlmd_errors
from ml_metadata.proto import metadata_store_pb2
from tfx.orchestration import metadata


def latest_outputs(pipeline):
    """Output artifacts of the latest run of ``pipeline``, as {(node id, output key): artifact}."""
    with metadata.Metadata(pipeline.metadata_connection_config) as handle:
        return outputs_of_latest_run(handle.store)


def outputs_of_latest_run(store):
    """Output artifacts of the latest run, those that came out of the cache among them."""
    try:
        run = max(store.get_contexts_by_type("pipeline_run"), key=lambda context: context.id)
    except (ValueError, mlmd_errors.NotFoundError):
        return {}
    node_of = {}
    for execution in store.get_executions_by_context(run.id):
        for context in store.get_contexts_by_execution(execution.id):
            if context.type == "node":
                node_of[execution.id] = context.name.split(".", 1)[1]
    outputs = {}
    artifacts = {artifact.id: artifact for artifact in store.get_artifacts_by_context(run.id)}
    for event in store.get_events_by_execution_ids(sorted(node_of)):
        if event.type == metadata_store_pb2.Event.OUTPUT and event.artifact_id in artifacts:
            outputs[node_of[event.execution_id], event.path.steps[0].key] = artifacts[event.artifact_id]
    return outputs
