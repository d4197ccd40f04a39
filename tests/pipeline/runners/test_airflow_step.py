"""What an Airflow task does with a step that fails; Airflow and TFX are stood in for."""

import sys
from types import SimpleNamespace

import pytest

from pipeline.runners.airflow_step import run_task


class NotTriedAgain(Exception):
    """Stands for AirflowFailException."""


@pytest.fixture
def fails_with(monkeypatch):
    """Lets the step fail with an error."""

    def set_up(error):
        def run_step(*_):
            raise error

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
    ],
)
def test_settings_that_are_not_possible_are_not_tried_again(fails_with, params, words):
    fails_with(AssertionError("no step should run"))
    with pytest.raises(NotTriedAgain, match=words):
        run_task("face-cae", "Trainer", params, "a run")
