"""A step that fails stops only what waits for it."""

import os
import signal

import pytest
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact
from tfx.dsl.component.experimental.decorators import component
from tfx.orchestration.metadata import sqlite_metadata_connection_config
from tfx.orchestration.pipeline import Pipeline
from tfx.types.standard_artifacts import Model, ModelBlessing, ModelRun, PushedModel

from pipeline.runners.interrupt import one_interrupt
from pipeline.runners.local import LocalRunner, run_local

STEPS_RUN = []


@component
def Made(model: OutputArtifact[Model]):
    STEPS_RUN.append("Made")


@component
def Refused(model: InputArtifact[Model], blessing: OutputArtifact[ModelBlessing]):
    STEPS_RUN.append("Refused")
    raise RuntimeError("it does not serve")


@component
def Sent(blessing: InputArtifact[ModelBlessing], pushed: OutputArtifact[PushedModel]):
    STEPS_RUN.append("Sent")


@component
def Told(model: InputArtifact[Model], report: OutputArtifact[ModelRun]):
    STEPS_RUN.append("Told")


@component
def ToldBadly(model: InputArtifact[Model], report: OutputArtifact[ModelRun]):
    STEPS_RUN.append("ToldBadly")
    raise ValueError("no page")


@component
def Interrupted(model: InputArtifact[Model], report: OutputArtifact[ModelRun]):
    STEPS_RUN.append("Interrupted")
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt:
        raise RuntimeError("a callback failed") from None


def pipeline_in(folder, nodes, store="metadata.sqlite"):
    return Pipeline(
        pipeline_name="p",
        pipeline_root=str(folder / "artifacts"),
        components=nodes,
        metadata_connection_config=sqlite_metadata_connection_config(str(folder / store)),
    )


@pytest.fixture(autouse=True)
def none_has_run():
    STEPS_RUN.clear()


def test_what_does_not_wait_for_the_failed_step_runs_and_what_does_not(tmp_path):
    made = Made()
    refused = Refused(model=made.outputs["model"])
    sent = Sent(blessing=refused.outputs["blessing"])
    told = Told(model=made.outputs["model"])
    outputs, failed = run_local(pipeline_in(tmp_path, [made, refused, sent, told]))
    assert STEPS_RUN == ["Made", "Refused", "Told"]
    assert isinstance(failed, RuntimeError)
    assert "it does not serve" in str(failed)
    assert set(outputs) == {("Made", "model"), ("Told", "report")}


def test_the_first_of_two_errors_counts_and_nothing_is_told_of_an_earlier_run(tmp_path):
    made = Made()
    _, failed = run_local(pipeline_in(tmp_path, [made, Told(model=made.outputs["model"])]))
    assert failed is None
    made = Made()
    nodes = [made, Refused(model=made.outputs["model"]), ToldBadly(model=made.outputs["model"])]
    outputs, failed = run_local(pipeline_in(tmp_path, nodes))
    assert STEPS_RUN[2:] == ["Made", "Refused", "ToldBadly"]
    assert "it does not serve" in str(failed)
    assert set(outputs) == {("Made", "model")}


def test_ctrl_c_ends_all_steps_whatever_a_library_makes_of_it(tmp_path):
    made = Made()
    nodes = [made, Interrupted(model=made.outputs["model"]), Told(model=made.outputs["model"])]
    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # a shell starts what is in the background without
    try:
        with pytest.raises(KeyboardInterrupt), one_interrupt():
            run_local(pipeline_in(tmp_path, nodes))
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with one_interrupt():  # forgets what was pressed
            pass
    assert STEPS_RUN == ["Made", "Interrupted"]


def test_a_part_of_a_run_is_not_offered(tmp_path):
    with pytest.raises(ValueError, match="Only whole pipelines"):
        LocalRunner().run_with_ir(None, run_options=object())
