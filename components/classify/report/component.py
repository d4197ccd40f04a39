"""ClassifierReport: writes the page of a classifier's run. No other step waits for it."""

import json
from pathlib import Path

from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types.standard_artifacts import Examples, ModelBlessing, ModelRun

from components.artifacts import ClassifierEvaluation, ClusterReport
from components.classify.report.page import RunFolders, write_report


@component
def ClassifierReport(
    examples: InputArtifact[Examples],
    labelled: InputArtifact[Examples],
    model_run: InputArtifact[ModelRun],
    evaluation: InputArtifact[ClassifierEvaluation],
    blessing: InputArtifact[ModelBlessing],
    report: OutputArtifact[ClusterReport],
    settings: Parameter[str],
    code_version: Parameter[str],
):
    """Writes the report of a classifier, blessed or refused; ``settings`` is a recipe's JSON."""
    artifacts = (examples, labelled, model_run, evaluation, blessing)
    write_report(json.loads(settings), RunFolders(*(Path(one.uri) for one in artifacts)), Path(report.uri))
