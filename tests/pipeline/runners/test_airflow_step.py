"""What an Airflow task does with a step that fails; Airflow and TFX are stood in for."""

import ast
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline.runners.airflow_step import run_task


class NotTriedAgain(Exception):
    """Stands for AirflowFailException."""


@pytest.fixture
def fails_with(monkeypatch):
    """Lets the step fail with an error."""

    def set_up(error, runs=None):
        def run_step(_pipeline, _step, run_id):
            if error is not None:
                raise error
            runs.append(run_id)

        for name, there in (
            ("airflow", {}),
            ("airflow.exceptions", {"AirflowFailException": NotTriedAgain}),
            ("pipeline.dag.build", {"build_pipeline": lambda *_, **__: None}),
            ("pipeline.runners.single_step", {"run_step": run_step}),
        ):
            monkeypatch.setitem(sys.modules, name, SimpleNamespace(**there))

    return set_up


def test_wrong_photos_are_not_tried_again_and_the_line_names_them(fails_with, tmp_path):
    fails_with(FileNotFoundError("no photo"))
    with pytest.raises(NotTriedAgain, match=f"FaceExampleGen .* of face-cae, photos {tmp_path}: no photo"):
        run_task("face-cae", "FaceExampleGen", {"images": str(tmp_path), "set": ""}, "a run")


def test_any_other_failure_comes_out_as_it_was(fails_with, caplog):
    fails_with(RuntimeError("no memory"))
    with pytest.raises(RuntimeError, match="no memory"):
        run_task("face-cae", "Trainer", {"images": "", "set": "epochs=1"}, "a run")
    assert "Trainer (train or fit the encoder) of face-cae, photos of the sample failed" in caplog.text


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"images": "", "set": "epochs=many"}, "Trainer of face-cae: .*Expected a whole number"),
        ({"images": "", "set": "epochs='1"}, "Trainer of face-cae: No closing quotation"),
        ({"images": "/no/photos", "set": ""}, "Trainer of face-cae: .*/no/photos"),
        ({"images": 5, "set": ""}, 'Trainer of face-cae: .*5 for "images". Expected text'),
        ({"images": "", "set": ["epochs=1"]}, 'Trainer of face-cae: .*for "set". Expected text'),
        ({"images": ""}, 'Trainer of face-cae: .*None for "set". Expected text'),
    ],
)
def test_settings_that_are_not_possible_are_not_tried_again(fails_with, params, words):
    fails_with(AssertionError("no step should run"))
    with pytest.raises(NotTriedAgain, match=words):
        run_task("face-cae", "Trainer", params, "a run")


def test_a_run_id_of_digits_stays_text(fails_with):
    runs = []
    fails_with(None, runs)
    for run_id in ("20261128", 20261128):
        run_task("face-cae", "Trainer", {"images": "", "set": ""}, run_id)
    assert runs == ["20261128", "20261128"]


def test_airflow_itself_gives_the_run_id_and_no_template_does():
    pytest.importorskip("airflow", reason="Airflow is not installed: make setup EXTRAS=airflow")
    from airflow.utils.operator_helpers import KeywordParameters

    dag_file = Path(__file__).resolve().parents[3] / "pipeline" / "runners" / "airflow_dag.py"
    (told,) = [
        {ast.literal_eval(key) for key in node.value.keys}
        for node in ast.walk(ast.parse(dag_file.read_text()))
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "told"
    ]
    given = {name: name for name in told} | {"run_id": "007"}
    assert "run_id" not in told
    assert KeywordParameters.determine(run_task, (), given).unpacking()["run_id"] == "007"
