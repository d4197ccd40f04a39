"""RunReport: writes the page of a run, and the same as plain values. No other step waits for it."""

import json
from pathlib import Path

from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types.standard_artifacts import Examples, Model, ModelBlessing, ModelRun

from components.artifacts import ClusterEvaluation, ClusterReport
from components.report.gather import RunFolders, write_report


@component
def RunReport(
    examples: InputArtifact[Examples],
    model: InputArtifact[Model],
    model_run: InputArtifact[ModelRun],
    evaluation: InputArtifact[ClusterEvaluation],
    blessing: InputArtifact[ModelBlessing],
    report: OutputArtifact[ClusterReport],
    settings: Parameter[str],
    code_version: Parameter[str],
):
    """Writes the report of a model, blessed or refused; ``settings`` is a recipe's JSON."""
    artifacts = (examples, model, model_run, evaluation, blessing)
    write_report(json.loads(settings), RunFolders(*(Path(a.uri) for a in artifacts)), Path(report.uri))
