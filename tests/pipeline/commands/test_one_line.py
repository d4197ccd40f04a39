"""An error of a library in one line that keeps the cause; a full disk is called that."""

import errno

import pytest

from pipeline import cli
from pipeline.commands import one_line
from pipeline.commands.one_line import in_one_line, told

ROOT_ERRORS = """Graph execution error:

Detected at node decode_image defined at (most recent call last):
  File "/x/models/y.py", line 3, in f
<stack traces unavailable>
2 root error(s) found.
  (0) INVALID_ARGUMENT:  Unknown image file format. One of JPEG, PNG, GIF, BMP required.
\t [[{{node decode_image}}]]
  (1) INVALID_ARGUMENT:  Unknown image file format.
0 successful operations.
0 derived errors ignored. [Op:__inference_f_12]"""
ONE_ERROR = """Graph execution error:

Detected at node Conv2D defined at (most recent call last):
<stack traces unavailable>
OOM when allocating tensor with shape[64,64]
\t [[{{node Conv2D}}]] [Op:__inference_g_1]"""
USER_CODE = 'in user code:\n\n    File "/x/y.py", line 3, in f\n\n    ValueError: three is not four'


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (ROOT_ERRORS, "INVALID_ARGUMENT:  Unknown image file format. One of JPEG, PNG, GIF, BMP required."),
        (ONE_ERROR, "OOM when allocating tensor with shape[64,64]"),
        (USER_CODE, "ValueError: three is not four"),
        ("no such photo [while running 'Read/Map']\n\nTraceback ...", "no such photo"),
        ("Graph execution error:", "Graph execution error"),
        ("", ""),
    ],
)
def test_the_line_that_says_the_cause_is_kept(text, line):
    assert in_one_line(RuntimeError(text)) == f"RuntimeError: {line}".removesuffix(": ")


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        RuntimeError(
            "INTERNAL: Error when executing query: database or disk is full query: UPDATE `T`\nSET x"
        ),
        RuntimeError("RESOURCE_EXHAUSTED: /r/a.data; No space left on device [[{{node SaveV2}}]]"),
    ],
)
def test_a_full_disk_is_named_without_sql(error, tmp_path):
    wrapped = RuntimeError("the step failed")
    wrapped.__cause__ = error
    for one in (error, wrapped):
        line = told(one, tmp_path / "root")
        assert line.startswith("No space left on the disk of ")
        assert "Make room and start the same command again" in line
        assert "UPDATE" not in line
        assert "\n" not in line


def test_the_disk_with_the_least_room_is_the_one_that_is_named(tmp_path, monkeypatch):
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(one_line, "free_bytes", lambda place: 0 if place == tmp_path else 10**9)
    assert f"the disk of --root, {tmp_path}: 0 MB are free" in told(full, tmp_path)
    monkeypatch.setattr(one_line, "free_bytes", lambda place: 10**9 if place == tmp_path else 0)
    assert "temporary files (TMPDIR)" in told(full, tmp_path)


def test_a_disk_that_is_full_before_any_step_is_one_line(tmp_path, monkeypatch, capsys):
    def full(options):
        raise OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "lock"))

    monkeypatch.setattr(cli.COMMANDS["run"], "run_command", full)
    assert cli.main(["run", "--root", str(tmp_path)]) == cli.FAILED
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("facefold: No space left on the disk of ")
