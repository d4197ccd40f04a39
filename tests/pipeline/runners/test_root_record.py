"""A record of runs that can't be used: one line says how to go on, and the repair keeps the rest."""

import os

import pytest
from ml_metadata.proto import metadata_store_pb2

from pipeline import cli
from pipeline.dag.layout import Layout
from pipeline.runners.root_lock import RootError
from pipeline.runners.root_record import check_record, trouble_of
from pipeline.runners.root_state import store_of, unrecorded_version

STAY = ("photos/1", "training/1/state.json", "serving/facefold/7/saved_model.pb", "runs/1/report.html")


@pytest.fixture
def layout(tmp_path):
    """A root with a record of one artifact type, an artifact, and what a repair must keep."""
    layout = Layout(tmp_path / "root")
    for name in (*STAY, "artifacts/Made/model/1/file"):
        (layout.root / name).parent.mkdir(parents=True, exist_ok=True)
        (layout.root / name).touch()
    store_of(layout).put_artifact_type(metadata_store_pb2.ArtifactType(name="Model"))
    return layout


def test_after_the_repair_the_last_pushed_model_is_the_one_to_compare_with(layout):
    """The record is new, so that it tells of no blessed model; the pushed one is still there."""
    damage(layout)
    assert cli.main(["doctor", "--root", str(layout.root), "--repair"]) == cli.DONE
    assert unrecorded_version(layout) == str(layout.serving / "7")
    store = store_of(layout)
    kind = store.put_artifact_type(metadata_store_pb2.ArtifactType(name="PushedModel"))
    pushed = metadata_store_pb2.Artifact(type_id=kind)
    pushed.custom_properties["pushed_destination"].string_value = str(layout.serving / "7")
    store.put_artifacts([pushed])
    assert unrecorded_version(layout) == ""


def damage(layout):
    content = layout.metadata.read_bytes()
    layout.metadata.write_bytes(content[:5000] + os.urandom(len(content) - 5000))


def cut_off(layout):
    layout.metadata.write_bytes(layout.metadata.read_bytes()[:9000])


def other_file(layout):
    layout.metadata.write_text("no database")


def emptied(layout):
    layout.metadata.write_bytes(b"")


def removed(layout):
    layout.metadata.unlink()


TROUBLES = [(damage, "is damaged"), (cut_off, "is damaged"), (other_file, "is damaged"), (emptied, "is empty"), (removed, "is gone")]  # fmt: skip


@pytest.mark.parametrize(("harm", "words"), TROUBLES)
def test_the_line_names_the_file_and_the_repair_which_lets_the_root_be_used(layout, capfd, harm, words):
    assert trouble_of(layout) == ""
    harm(layout)
    with pytest.raises(RootError) as caught:
        check_record(layout)
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{layout.metadata} {words}")
    assert f"facefold doctor --root {layout.root} --repair" in line
    assert cli.main(["doctor", "--root", str(layout.root), "--repair"]) == cli.DONE
    assert "Moved aside: " in capfd.readouterr().out
    check_record(layout)
    assert not layout.artifacts.exists()  # TFX numbers its steps from 1 once more
    (aside,) = layout.root.glob("artifacts.aside-*")
    assert (aside / "Made/model/1/file").exists()
    assert len(list(layout.root.glob("metadata.sqlite.aside-*"))) == (harm is not removed)
    assert all((layout.root / name).exists() for name in STAY)
    assert not store_of(layout).get_artifacts()


def test_a_read_only_record_is_named_and_moved_aside(layout, monkeypatch, capfd):
    """The tests may run as root, whom no file refuses: so it is what ``os.access`` answers."""
    access = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: str(path) != str(layout.metadata) and access(path, mode)
    )
    with pytest.raises(RootError, match=f"{layout.metadata} is read-only"):
        check_record(layout)
    assert cli.main(["doctor", "--root", str(layout.root), "--repair"]) == cli.DONE
    assert f"{layout.metadata} is read-only." in capfd.readouterr().out


def test_a_sound_record_and_a_new_root_need_no_repair(layout, tmp_path, capfd):
    for root in (layout.root, tmp_path / "new"):
        check_record(Layout(root))
        assert cli.main(["doctor", "--root", str(root), "--repair"]) == cli.DONE
        assert "nothing to repair" in capfd.readouterr().out
    assert layout.metadata.exists()
    assert not (tmp_path / "new").exists()


def test_a_run_says_it_in_one_line(layout, capfd, tmp_path):
    (tmp_path / "photos").mkdir()
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / "photos" / name).write_bytes(b"")
    (tmp_path / "pairs.csv").write_text("first,second,same\na.jpg,b.jpg,1\nb.jpg,c.jpg,0\n")
    emptied(layout)
    arguments = ["run", "face-cae", "--images", str(tmp_path / "photos"), "--root", str(layout.root)]
    assert cli.main([*arguments, "--set", f"pairs={tmp_path / 'pairs.csv'}"]) == cli.FAILED
    _, pairs, last = capfd.readouterr().err.splitlines()
    assert pairs == "1 of 2 pairs are not compared: they name photos that are not there, first 'c'"
    assert last.startswith(f"facefold: {layout.metadata} is empty")
