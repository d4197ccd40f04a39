"""A recipe of small pictures, whole: an array with bad rows, nothing held out, assigned again as it was."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
from sklearn.metrics import normalized_mutual_info_score

from components.evaluate.figures.metrics import label_metrics
from components.faces import read_faces
from components.ingest.decode import decode
from components.ingest.pictures.digits import list_digits
from components.ingest.pictures.made import picture, png_of
from pipeline import cli
from pipeline.commands.assignment import assign
from pipeline.dag.layout import Layout

N = 120


@pytest.fixture(scope="module")
def digits():
    """12 of each digit, uint8 (N, 28, 28), and their names."""
    photos = [photo for start in range(0, 5000, 500) for photo in list_digits()[start : start + N // 10]]
    return np.stack([picture(photo) for photo in photos]), np.array([photo.label for photo in photos])


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("digits") / "root"


@pytest.fixture(scope="module")
def result(root, digits, tmp_path_factory):
    """One run over the digits as shares of 255, one of them twice, and a row that is none."""
    x, y = digits
    shares = np.concatenate([x, x[7:8], x[:1]]) / 255
    shares[-1, 3, 3] = np.nan
    file = tmp_path_factory.mktemp("arrays") / "some.npz"
    np.savez(file, x=shares, y=np.concatenate([y, y[7:8], y[:1]]))
    command = ["run", "digits-pixels", "--images", str(file), "--root", str(root), "--set", "seed=1"]
    assert cli.main([*command, "--set", "rules_off=stability"]) == cli.DONE
    (written,) = Layout(root).runs.glob("*/result.json")
    return json.loads(written.read_text())


def test_every_row_is_accounted_for(result, root):
    counts = {"files": N + 2, "with_faces": N, "no_face": 0, "duplicate": 1, "rejected": 1, "faces": N}
    assert result["ingest"] == {**counts, "unit": "row"}
    (table,) = Layout(root).artifacts.glob("FaceExampleGen/examples/*/ingest.parquet")
    rows = {row["path"]: row for row in pyarrow.parquet.read_table(table).to_pylist()}
    assert rows[f"some.npz:{N + 1}"]["duplicate_of"] == "some.npz:8"
    assert rows[f"some.npz:{N + 2}"]["reason"] == "not_finite"
    assert {(row["width"], row["height"]) for row in rows.values() if row["status"] == "faces"} == {(28, 28)}


def test_nothing_is_held_out_and_rules_that_need_it_are_off_by_name(result):
    assert result["metrics"]["eval"]["accuracy"] is None
    assert result["metrics"]["train"]["accuracy"] == result["metrics"]["accuracy"]
    off = [reason for reason in result["reasons"] if "eval_share=0" in reason]
    assert len(off) == 3
    assert all(f"the rule {name} needs" in " ".join(off) for name in ("held_out_gain", "drift"))
    assert result["blessed"]


def test_accuracy_and_mutual_information_are_of_all_rows(result, root, digits):
    (arrays,) = Layout(root).artifacts.glob("ClusterEvaluator/evaluation/*/arrays.npz")
    clusters = np.load(arrays)["cluster"]
    labels = read_faces(result["artifacts"]["examples"]).labels
    assert result["metrics"]["nmi"] == pytest.approx(normalized_mutual_info_score(labels, clusters))
    assert result["metrics"]["accuracy"] == label_metrics(labels, clusters)["acc"]


def test_the_pictures_are_kept_as_they_were(result, digits):
    table = read_faces(result["artifacts"]["examples"])
    rows = dict(zip(table.image_paths, table.chips, strict=True))
    for i in (0, 50, N - 1):
        np.testing.assert_array_equal(decode(rows[f"some.npz:{i + 1}"])[..., 0], digits[0][i])


@pytest.mark.parametrize("form", ["array", "files"])
def test_assign_gives_the_fitted_digits_the_runs_groups(result, root, digits, tmp_path, form):
    x, y = digits
    if form == "array":
        np.savez(tmp_path / "again.npz", x=x)
        given, name = tmp_path / "again.npz", "again.npz:{}"
    else:
        given, name = tmp_path, f"{tmp_path}/{{}}.png"
        for i, pixels in enumerate(x, 1):
            (tmp_path / f"{i}.png").write_bytes(png_of(pixels))
    told = assign(result["pushed_model"], [str(given)], None)
    again = {face["path"]: face["cluster"] for face in told["faces"]}
    table = read_faces(result["artifacts"]["examples"])
    (arrays,) = Layout(root).artifacts.glob("ClusterEvaluator/evaluation/*/arrays.npz")
    for path, cluster in zip(table.image_paths, np.load(arrays)["cluster"].tolist(), strict=True):
        assert again[name.format(path.partition(":")[2])] == cluster
    assert told["subject"] == "picture"
    assert told["photos"] == {"given": N, "faces": N, "no_face": 0, "rejected": 0}


def test_a_command_of_photos_refuses_the_model_in_a_line(result, tmp_path, capsys):
    pairs = tmp_path / "pairs.txt"
    pairs.write_text("1\n")
    command = ["occlude", "--model", result["pushed_model"], "--images", str(tmp_path)]
    assert cli.main(command) == cli.WRONG_ARGUMENTS
    assert "takes pictures, and no photos" in capsys.readouterr().err


def test_the_report_speaks_of_pictures(result):
    with open(result["report"]) as stream:
        page = stream.read()
    assert "accuracy" in page
    assert "eyes lie" not in page
    assert all(f'<section id="{name}">' in page for name in ("before-after", "means"))
    assert f"puts all {N} fitted pictures where the clusterer put them" in page
    assert (Path(result["report"]).parent / "figures" / "before_after.csv").exists()
