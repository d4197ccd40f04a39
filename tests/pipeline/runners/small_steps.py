"""A pipeline of three steps under a root, for tests of what a root keeps."""

import os
from pathlib import Path

from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.orchestration.metadata import sqlite_metadata_connection_config
from tfx.orchestration.pipeline import Pipeline
from tfx.types.standard_artifacts import Model, ModelRun, PushedModel

from pipeline.dag.layout import Layout
from pipeline.runners.local import run_local
from pipeline.runners.root_state import forget_what_is_gone, settle_root

STEPS_RUN = []
WEIGHTS = os.urandom(100_000)


@component
def Made(model: OutputArtifact[Model], settings: Parameter[str]):
    STEPS_RUN.append("Made")
    (Path(model.uri) / "Format-Serving").mkdir()
    (Path(model.uri) / "Format-Serving" / "saved_model.pb").touch()
    (Path(model.uri) / "Format-Serving" / "weights").write_bytes(WEIGHTS)
    model.set_string_custom_property("encoder", model.uri)


@component
def Told(model: InputArtifact[Model], report: OutputArtifact[ModelRun]):
    STEPS_RUN.append("Told")
    (Path(report.uri) / "folder").mkdir()
    (Path(report.uri) / "folder" / "history.json").touch()


@component
def Sent(model: InputArtifact[Model], pushed: OutputArtifact[PushedModel]):
    STEPS_RUN.append("Sent")
    version = Path(pushed.uri).parents[3] / "serving" / "facefold" / str(len(STEPS_RUN))
    version.mkdir(parents=True)
    (version / "saved_model.pb").touch()
    (version / "weights").write_bytes(WEIGHTS)
    pushed.set_string_custom_property("pushed_destination", str(version))


def run_under(root, settings=""):
    """The steps that a run under ``root`` did, not taken from the cache, its outputs, and lines told."""
    layout, before, lines = Layout(root), len(STEPS_RUN), []
    settle_root(layout, lines.append)
    forget_what_is_gone(layout)
    made = Made(settings=settings)
    told = Told(model=made.outputs["model"]).with_id("RunReport")
    nodes = [made, told, Sent(model=made.outputs["model"])]
    pipeline = Pipeline(
        pipeline_name="p",
        pipeline_root=str(layout.artifacts),
        components=nodes,
        enable_cache=True,
        metadata_connection_config=sqlite_metadata_connection_config(str(layout.metadata)),
    )
    outputs, failed = run_local(pipeline)
    assert failed is None
    return STEPS_RUN[before:], outputs, lines


def pushed_version(outputs):
    return Path(outputs["Sent", "pushed"].custom_properties["pushed_destination"].string_value)
