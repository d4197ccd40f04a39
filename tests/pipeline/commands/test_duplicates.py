"""``facefold duplicates`` from its arguments to its files, and what a second run shows."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from components.duplicates.rows import read_rows
from pipeline import cli
from pipeline.recipes.assignments import with_settings
from pipeline.recipes.catalog import RECIPES
from tests.components.duplicates.scenes import encoded, scene


@pytest.fixture
def images(tmp_path):
    folder = tmp_path / "images"
    for path, picture in {
        "anna/1.png": scene(1),
        "bert/1.png": np.ascontiguousarray(scene(1)[:, ::-1]),
        "bert/2.png": scene(2),
        "carl/2.png": cv2.resize(scene(2), (200, 150), interpolation=cv2.INTER_AREA),
        "carl/3.png": scene(3),
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(encoded(picture))
    (folder / "carl/notes.txt").write_text("no picture")
    return folder


def run(tmp_path, images, *more):
    return cli.main(
        ["duplicates", "--images", str(images), "--root", str(tmp_path / "root"), "--json", *more]
    )


def test_pairs_are_listed_and_what_is_decided_does_not_come_back(tmp_path, images, capsys):
    before = {path: path.read_bytes() for path in images.rglob("*") if path.is_file()}
    assert run(tmp_path, images) == 0
    told = json.loads(capsys.readouterr().out)
    rows = read_rows(told["csv"])
    assert [(row.first, row.second, row.kind, row.two_names) for row in rows] == [
        ("anna/1.png", "bert/1.png", "flipped", True),
        ("bert/2.png", "carl/2.png", "resized", True),
    ]
    assert (told["photos"], told["read"], told["broken"]) == (6, 5, {"not_an_image": 1})
    assert (told["pairs"], told["two_names"], told["decided"]) == (2, 2, 0)
    assert "Under two names" in Path(told["page"]).read_text("utf-8")
    decisions = tmp_path / "decisions.jsonl"
    first = {"left": rows[0].second_hash, "right": rows[0].first_hash, "keep": "both"}
    decisions.write_text(json.dumps(first) + "\n")
    assert run(tmp_path, images, "--decisions", str(decisions), "--out", str(tmp_path / "out")) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row.first for row in read_rows(tmp_path / "out" / "duplicates.csv")] == ["bert/2.png"]
    assert (told["pairs"], told["decided"]) == (1, 1)
    assert {path: path.read_bytes() for path in images.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("line", "told"),
    [("{", "line 1 is no JSON"), ('{"left": 1}', "line 1: left is 1"), (None, "--decisions")],
)
def test_wrong_decisions_are_one_line_and_nothing_is_written(tmp_path, images, capsys, line, told):
    decisions = tmp_path / "decisions.jsonl"
    if line is not None:
        decisions.write_text(line)
    assert run(tmp_path, images, "--decisions", str(decisions)) == 2
    error = capsys.readouterr().err
    assert told in error
    assert not (tmp_path / "root" / "duplicates").exists()


def test_a_run_refuses_decisions_that_can_not_all_hold_before_it_starts(tmp_path, images):
    decisions = tmp_path / "decisions.jsonl"
    one, other = "a" * 64, "b" * 64
    lines = [{"left": one, "right": other, "keep": keep} for keep in ("left", "right")]
    decisions.write_text("\n".join(map(json.dumps, lines)))
    chosen = [f"images={images}", f"decisions={decisions}"]
    with pytest.raises(ValueError, match="line 2 drops .*against line 1"):
        with_settings(RECIPES["face-people"], chosen)
    decisions.write_text(json.dumps(lines[0]))
    assert with_settings(RECIPES["face-people"], chosen).ingest.decisions == str(decisions)


def test_a_missing_folder_is_one_line(tmp_path, capsys):
    assert run(tmp_path, tmp_path / "nowhere") == 2
    assert "--images" in capsys.readouterr().err


def test_a_folder_without_photos_has_no_pair(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert run(tmp_path, tmp_path / "empty") == 0
    assert json.loads(capsys.readouterr().out)["pairs"] == 0
