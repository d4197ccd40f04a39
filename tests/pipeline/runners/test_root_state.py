"""A root that was moved, copied, tidied or rolled back between two runs."""

import json
import shutil
from pathlib import Path

import pytest

from pipeline.dag.layout import Layout
from pipeline.runners.root_state import settle_root, store_of
from pipeline.runners.unchanged import remember, same_as_latest
from pipeline.serving.files import not_served
from tests.pipeline.runners.small_steps import pushed_version, run_under


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "a root"
    root.mkdir()
    assert run_under(root)[0] == ["Made", "Told", "Sent"]
    return root


def test_nothing_is_done_again_where_nothing_has_changed(root):
    assert run_under(root)[::2] == ([], [])


@pytest.mark.parametrize("bring", [shutil.move, shutil.copytree])
def test_a_root_at_another_place_has_its_artifacts_there(root, bring):
    other = root.parent / "elsewhere" / "b"
    other.parent.mkdir()
    bring(str(root), str(other))
    done, outputs, lines = run_under(other)
    assert "Made" not in done
    assert lines == [f"{other} was {root}: its record follows"]
    model = outputs["Made", "model"]
    assert model.uri == model.custom_properties["encoder"].string_value
    for artifact in store_of(Layout(other)).get_artifacts():
        assert Path(artifact.uri).is_relative_to(other)
    assert pushed_version(outputs).is_relative_to(other)
    assert run_under(other)[::2] == ([], [])


def test_a_link_to_a_root_is_no_other_place(root):
    link = root.parent / "link"
    link.symlink_to(root)
    assert run_under(link)[2] == []


def test_the_latest_result_follows_a_moved_root(root):
    run = root / "runs" / "1"
    run.mkdir(parents=True)
    (version,) = (root / "serving" / "facefold").iterdir()
    told = {
        "report": str(run / "report.html"),
        "pushed_model": str(version),
        "artifacts": {"model": str(next(root.glob("artifacts/Made/model/*")))},
        "other": [str(root), f"{root}s"],
    }
    (run / "report.html").touch()
    (run / "result.json").write_text(json.dumps(told))
    remember(run, "key")
    other = root.parent / "b"
    root.rename(other)
    settle_root(Layout(other), str)
    found = same_as_latest(Layout(other), "key")
    assert found["report"] == str(other / "runs" / "1" / "report.html")
    assert found["other"] == [str(other), f"{root}s"]
    assert found["pushed_model"] == str(other / "serving" / "facefold" / version.name)
    assert same_as_latest(Layout(other), "another key") is None
    for gone in (Path(found["artifacts"]["model"]), Path(found["pushed_model"]) / "saved_model.pb"):
        gone.rename(root.parent / "aside")
        assert same_as_latest(Layout(other), "key") is None
        (root.parent / "aside").rename(gone)
    assert same_as_latest(Layout(other), "key") == found


@pytest.mark.parametrize(
    ("removed", "again"),
    [
        ("artifacts/Made/model/*", ["Made", "Told", "Sent"]),
        ("artifacts/Made/model/*/Format-Serving/saved_model.pb", ["Made", "Told", "Sent"]),
        ("artifacts/RunReport/report/*", ["Told"]),
        ("artifacts/RunReport/report/*/folder/history.json", ["Told"]),
        ("artifacts", ["Made", "Told", "Sent"]),
        ("serving/facefold/*", ["Sent"]),
        ("serving/facefold/*/saved_model.pb", ["Sent"]),
        ("serving", ["Sent"]),
    ],
)
def test_what_was_removed_by_hand_is_made_again(root, removed, again):
    for path in list(root.glob(removed)):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    done, outputs, _ = run_under(root)
    assert done == again
    assert (pushed_version(outputs) / "saved_model.pb").is_file()
    assert run_under(root)[0] == []


def test_a_version_below_another_is_said_not_to_be_served(tmp_path):
    layout = Layout(tmp_path)
    for version in (100, 200):
        (layout.serving / str(version)).mkdir(parents=True)
    assert not_served(layout, layout.serving / "200") == ""
    line = not_served(layout, layout.serving / "100")
    assert line.startswith("version 100 is not served: TF Serving takes the highest, 200. Remove")
    (layout.serving / "99999999999").mkdir()
    assert "99999999999 from the future: a clock was set back" in not_served(layout, layout.serving / "200")
