"""The latest run is the one that finished last, whatever clock and time zone its name was taken from."""

import json
import time

import pytest

from pipeline import cli
from pipeline.commands.local_run import new_run_folder
from pipeline.dag.layout import Layout
from pipeline.runners import unchanged
from pipeline.runners.finished import finish, finished_runs

RESULT = {
    "blessed": True,
    "reasons": [],
    "ingest": dict.fromkeys(("files", "faces", "with_faces", "no_face", "duplicate", "rejected"), 1),
    "chosen": {"clusterer": "kmeans", "n_clusters": 2},
    "metrics": {},
    "pushed_model": None,
    "artifacts": {},
}


def made(layout, name, report="r"):
    folder = layout.runs / name
    folder.mkdir(parents=True)
    (folder / "report.html").write_text("")
    return folder, {**RESULT, "report": str(folder / "report.html")}


@pytest.fixture
def layout(tmp_path):
    """Two runs of an older version, and two of this one on a machine whose clock was set back."""
    layout = Layout(tmp_path)
    for name in ("20261129-100000", "20261129-090000"):
        folder, result = made(layout, name)
        (folder / "result.json").write_text(json.dumps(result))
    finish(*made(layout, "20261128-230000Z"))
    finish(*made(layout, "20261128-220000Z"))
    (layout.runs / "20261130-000000Z").mkdir()  # goes on, or failed
    return layout


def test_the_order_is_that_of_finishing(layout):
    assert [folder.name for folder in finished_runs(layout.runs)] == [
        "20261129-090000", "20261129-100000", "20261128-230000Z", "20261128-220000Z",
    ]  # fmt: skip


def test_the_report_is_that_of_the_run_that_finished_last(layout, capsys):
    assert cli.main(["report", "--root", str(layout.root)]) == cli.DONE
    assert "20261128-220000Z/report.html" in capsys.readouterr().out
    assert cli.main(["report", "20261129-090000", "--root", str(layout.root)]) == cli.DONE
    assert "20261129-090000/report.html" in capsys.readouterr().out


def test_the_run_that_finished_last_is_the_one_to_repeat(layout):
    unchanged.remember(layout.runs / "20261129-100000", "old")
    unchanged.remember(layout.runs / "20261128-220000Z", "new")
    assert unchanged.same_as_latest(layout, "old") is None
    assert unchanged.same_as_latest(layout, "new")["report"].endswith("220000Z/report.html")


def test_runs_are_named_by_the_time_in_utc(tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")  # 14 hours ahead
    time.tzset()
    try:
        before = time.strftime("%Y%m%d-%H%M%SZ", time.gmtime())
        name = new_run_folder(Layout(tmp_path)).name
        after = time.strftime("%Y%m%d-%H%M%SZ", time.gmtime())
    finally:
        monkeypatch.undo()
        time.tzset()
    assert before <= name <= after
