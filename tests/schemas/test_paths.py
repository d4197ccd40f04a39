"""Paths as people write them: what can't be used is told in one line."""

import errno
import os
from pathlib import Path

import pytest

from schemas import paths
from schemas.paths import absolute, refuse_patterns, writable_folder


def test_a_tilde_is_the_home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert absolute("~/x", "--root") == tmp_path / "x"
    with pytest.raises(ValueError, match=r"--root ~nosuchuser/x is nobody's"):
        absolute("~nosuchuser/x", "--root")


@pytest.mark.parametrize("name", ["a*", "what?", "Pictures [2020]", "a\\b"])
def test_letters_of_patterns_are_refused(name):
    with pytest.raises(ValueError, match="reads? such a path as a pattern"):
        refuse_patterns(Path("/photos") / name, "--root")


def test_other_letters_are_not(tmp_path):
    refuse_patterns(tmp_path / "a {b} (c) #1 % é 2020]", "--root")
    with pytest.raises(ValueError, match="Expected letters in UTF-8"):
        refuse_patterns(Path(os.fsdecode(b"/photos/caf\xe9")), "--root")


def test_what_is_in_the_way_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ValueError, match=r"file is no folder\. Expected a folder of yours"):
            writable_folder(place, "--root")
    with pytest.raises(ValueError, match="File name too long"):
        writable_folder(tmp_path / ("x" * 300), "--root")
    writable_folder(tmp_path / "new" / "one", "--root")
    assert not list((tmp_path / "new" / "one").iterdir())


def failing(number):
    def fail(dir):
        raise OSError(number, os.strerror(number))

    return fail


def test_another_users_folder_is_told_with_its_owner(tmp_path, monkeypatch):
    monkeypatch.setattr(paths.tempfile, "TemporaryFile", failing(errno.EACCES))
    with pytest.raises(ValueError, match=f"belongs to user {tmp_path.owner()}, and this is user"):
        writable_folder(tmp_path, "--root")
    monkeypatch.setattr(paths.tempfile, "TemporaryFile", failing(errno.EROFS))
    with pytest.raises(ValueError, match="Read-only file system"):
        writable_folder(tmp_path, "--root")


def test_a_full_disk_is_no_wrong_argument(tmp_path, monkeypatch):
    monkeypatch.setattr(paths.tempfile, "TemporaryFile", failing(errno.ENOSPC))
    with pytest.raises(OSError, match="No space left"):
        writable_folder(tmp_path, "--root")
