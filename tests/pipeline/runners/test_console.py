"""What a person sees: bars on a terminal, plain lines elsewhere, one line a step."""

import io
import logging

from models.progress import Progress
from pipeline.runners.console import ProgressReader, StepLines


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_plain_lines_without_a_terminal(tmp_path):
    stream = io.StringIO()
    reader = ProgressReader(tmp_path, stream)
    Progress(tmp_path / "training.json", "training").update(64, 64, "epoch 1")
    reader.show()
    reader.show()
    assert stream.getvalue() == "  training: 64 of 64 (epoch 1)\n"


def test_a_bar_with_a_rate_on_a_terminal(tmp_path):
    stream = Terminal()
    reader = ProgressReader(tmp_path, stream)
    reader.start()
    Progress(tmp_path / "ingest.json", "ingest").update(3, 4)
    reader.show()
    reader.say("Step: done")
    reader.stop()
    text = stream.getvalue()
    assert "ingest" in text
    assert "3/4" in text
    assert "photo/s" in text
    assert "Step: done" in text


def test_old_progress_is_not_shown(tmp_path):
    Progress(tmp_path / "training.json", "training").update(64, 64)
    stream = io.StringIO()
    ProgressReader(tmp_path, stream).show()
    assert stream.getvalue() == ""


def test_progress_is_written_seldom_but_the_end_always(tmp_path):
    file = tmp_path / "p.json"
    progress = Progress(file, "x")
    progress.update(1, 10)
    progress.update(2, 10)
    assert '"done": 1' in file.read_text()
    progress.update(10, 10)
    assert '"done": 10' in file.read_text()
    Progress().update(1, 2)  # without a path: nothing, and no error


def test_step_lines_tell_reuse_from_work():
    said = []
    lines = StepLines(said.append)
    for text in (
        "Component Trainer is running.",
        "A cached execution 4 is used.",
        "Component Trainer is finished.",
        "Component Pusher is running.",
        "Component Pusher is finished.",
        "something else",
    ):
        lines.emit(logging.LogRecord("absl", logging.INFO, "", 0, text, (), None))
    assert said[0] == "Trainer: unchanged, reused"
    assert said[1].startswith("Pusher: ")
    assert said[1].endswith(" s")
    assert len(said) == 2
