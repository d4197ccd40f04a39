"""A root that can't be used is told in one line before any work, by every command that writes below it."""

import errno
import os

import pytest

from pipeline import cli
from pipeline.dag.layout import Layout
from pipeline.runners import root_folder, root_lock
from pipeline.runners.root_folder import usable_cache, usable_root

BELOW = {
    "run": ["run"],
    "sweep": ["sweep", "face-cae"],
    "report": ["report"],
    "doctor": ["doctor"],
    "serve-files": ["serve-files"],
    "clean": ["clean"],
    "repair": ["doctor", "--repair"],
}
LOCKING = ("run", "sweep", "clean", "repair")


@pytest.mark.parametrize("command", BELOW)
def test_the_home_of_nobody_is_told_by_every_command(command, capsys):
    assert cli.main([*BELOW[command], "--root", "~nosuchuser/x"]) == cli.WRONG_ARGUMENTS
    (line,) = capsys.readouterr().err.splitlines()
    assert "--root ~nosuchuser/x is nobody's" in line


@pytest.mark.parametrize("command", ["run", "sweep"])
@pytest.mark.parametrize("name", ["file", "file/below", "Pictures [2020]", "a\\b"])
def test_a_root_that_no_run_can_write_to_is_refused(command, name, tmp_path, capsys):
    (tmp_path / "file").write_text("x")
    assert cli.main([*BELOW[command], "--root", str(tmp_path / name)]) == cli.WRONG_ARGUMENTS
    (line,) = capsys.readouterr().err.splitlines()
    assert "Expected" in line
    assert not (tmp_path / "a\\b").exists()


def test_facefold_root_is_expanded_by_all_commands_alike(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("FACEFOLD_ROOT", "~/x")
    assert cli.main(["report"]) == cli.FAILED
    assert f"in {tmp_path}/x/runs" in capsys.readouterr().err
    assert cli.main(["serve-files"]) == cli.WRONG_ARGUMENTS
    assert f"{tmp_path}/x" in capsys.readouterr().err
    assert usable_root("~/x") == tmp_path / "x"


def test_a_lock_that_is_a_folder_is_told(tmp_path):
    Layout(tmp_path).lock.mkdir()
    with pytest.raises(ValueError, match=r"lock is a folder\. Expected a file"):
        usable_root(tmp_path)


@pytest.mark.parametrize("command", LOCKING)
def test_a_root_without_locks_is_a_wrong_argument_of_every_command(command, tmp_path, monkeypatch, capsys):
    def no_locks(file, operation):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(root_lock.fcntl, "flock", no_locks)
    assert cli.main([*BELOW[command], "--root", str(tmp_path)]) == cli.WRONG_ARGUMENTS
    assert "a file system without locks" in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("command", LOCKING)
def test_a_lock_that_can_not_be_written_is_a_wrong_argument_of_every_command(command, tmp_path, capsys):
    for lock in (tmp_path / "lock", tmp_path / "sweep" / "lock"):
        lock.mkdir(parents=True)
    assert cli.main([*BELOW[command], "--root", str(tmp_path)]) == cli.WRONG_ARGUMENTS
    (line,) = capsys.readouterr().err.splitlines()
    assert "lock" in line
    assert "Expected a file, or nothing" in line


def test_what_another_user_left_under_the_root_is_told(tmp_path, monkeypatch):
    Layout(tmp_path).metadata.write_text("")
    monkeypatch.setattr(root_folder.os, "access", lambda path, mode: "metadata" not in str(path))
    with pytest.raises(ValueError, match=r"metadata\.sqlite can't be written to: it belongs to user"):
        usable_root(tmp_path)


def test_the_cache_may_be_in_a_folder_that_reads_as_a_pattern(tmp_path):
    assert usable_cache(tmp_path / "a [b]") == tmp_path / "a [b]" / "photos"


def test_a_current_folder_that_is_gone_is_told(tmp_path, monkeypatch, capsys):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    os.rmdir(tmp_path / "gone")
    for command in BELOW.values():
        assert cli.main(command) == cli.WRONG_ARGUMENTS
        (line,) = capsys.readouterr().err.splitlines()
        assert "the current folder is gone" in line


@pytest.mark.parametrize("setting", ["pairs", "attributes", "images"])
def test_a_value_too_long_for_a_path_is_one_line(setting, tmp_path, capsys):
    arguments = ["run", "--root", str(tmp_path), "--set", f"{setting}={'x' * 300}"]
    assert cli.main(arguments) == cli.WRONG_ARGUMENTS
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert cli.main(["run", "--root", str(tmp_path), "--images", "x" * 300]) == cli.WRONG_ARGUMENTS
