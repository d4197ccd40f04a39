"""The page of a classifier's run: every column, what is not known, and what it is not to be used for."""

import csv
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.classify.figures import figures_of
from components.classify.report.page import RunFolders, in_words, map_uri, write_report
from components.segment.overlay import OVERLAY

COLUMNS = ("Smiling", "Bangs", "of <my> own")


def facts_of(maps):
    generator = np.random.default_rng(0)
    targets = generator.integers(0, 2, (80, 3))
    targets[:, 1] = 0
    p = np.clip(0.5 + 0.3 * (2 * targets - 1) + generator.normal(0, 0.1, targets.shape), 0, 1)
    told = {"columns": {"Smiling": {"value": 0.9, "low": 0.8, "high": 0.95, "n": 40}}, "mean": None}
    figures = figures_of(p, targets, np.arange(80) // 4, COLUMNS)
    return {"columns": list(COLUMNS), "figures": figures} | ({"maps": told} if maps else {})


@pytest.fixture(params=[True, False], ids=["with maps", "without"])
def page(request, tmp_path):
    """The folder of a report, of a classifier with maps or without, and whether it has."""
    run = RunFolders(
        *(tmp_path / name for name in ("examples", "labelled", "model_run", "evaluation", "blessing"))
    )
    for folder in vars(run).values():
        folder.mkdir()
    totals = {"files": 90, "with_faces": 85, "no_face": 4, "rejected": 1, "notes": {"no targets": 5}}
    (run.examples / "ingest.json").write_text(json.dumps(totals))
    pq.write_table(pa.table({"path": ["a"]}), run.examples / "ingest.parquet")
    history = [{"epoch": n, "loss": 1.0, "val_loss": 1.0, "cross_entropy": 1 / n, "val_cross_entropy": 1 / n,
                "masks": 0.1, "val_masks": 0.1} for n in (1, 2)]  # fmt: skip
    (run.model_run / "history.json").write_text(json.dumps(history if request.param else []))
    (run.model_run / "figures.json").write_text(json.dumps({"fit_seconds": 3.0}))
    (run.evaluation / "evaluation.json").write_text(json.dumps(facts_of(request.param)))
    means = {"mean_present": np.ones((6, 4, 3)), "mean_absent": np.zeros((6, 4, 3))} if request.param else {}
    np.savez(run.evaluation / "arrays.npz", probability=np.zeros((80, 3)), **means)
    (run.blessing / "verdict.json").write_text(json.dumps({"blessed": True, "reasons": ["good <enough>"]}))
    if request.param:
        (run.labelled / OVERLAY).write_bytes(b"png")
    recipe = {"name": "attparsenet", "what": "it answers", "min_confidence": 0.7, "epochs": 3, "command": "c"}
    write_report(recipe, run, tmp_path / "report")
    return tmp_path / "report", request.param


def test_every_column_is_on_the_page_and_what_is_not_judged_has_a_dash(page):
    folder, maps = page
    text = (folder / "report.html").read_text()
    for name in ("Smiling", "Bangs", "of &lt;my&gt; own", "good &lt;enough&gt;"):
        assert name in text
    assert "The same answer for every face: Bangs." in text
    assert "of 5 photos with a face the CSV tells nothing" in text
    assert ("Does a map lie where its attribute shows itself?" in text) == maps
    assert ("cross entropy" in text) == maps
    assert "a guess at how somebody looks" in text
    assert "<script" not in text
    assert "http" not in text.replace("http-equiv", "").replace("http://www.w3.org/2000/svg", "")


def test_the_table_is_a_file_too(page):
    folder, maps = page
    with (folder / "figures" / "columns.csv").open(newline="") as stream:
        rows = {row["name"]: row for row in csv.DictReader(stream)}
    assert list(rows) == list(COLUMNS)
    assert rows["Bangs"]["accuracy"] == "–"
    assert rows["Bangs"]["constant"] == "True"
    assert rows["Smiling"]["accuracy"].startswith(("0.9", "1.0"))
    assert rows["Smiling"]["map"] == ("0.900 (0.800 to 0.950)" if maps else "–")
    told = json.loads((folder / "report.json").read_text())
    assert told["verdict"]["blessed"]
    assert set(told["evaluation"]["figures"]["columns"]) == set(COLUMNS)


def test_a_figure_in_words():
    assert in_words(None) == in_words({"value": None}) == "–"
    assert in_words({"value": 0.5, "low": None, "high": None}) == "0.500"
    assert in_words({"value": 0.5, "low": 0.25, "high": 0.75}) == "0.500 (0.250 to 0.750)"


def test_a_flat_map_is_a_picture_too():
    assert map_uri(np.zeros((5, 4))).startswith("data:image/png;base64,")
