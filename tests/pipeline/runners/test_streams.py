"""A reader that goes, a terminal without the letters, a stream that is closed: none of them ends work."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import cli

ROOT = Path(__file__).resolve().parents[3]
WORK = """
import sys
from pathlib import Path
from pipeline.runners.streams import lasting_output, second_stderr
with lasting_output(), second_stderr() as stream:
    sys.stdin.readline()  # until the reader has gone
    for number in range(1000):
        stream.write(f"line {number}\\n")
        print("x" * 100)
    Path(sys.argv[1]).write_text("done")
"""
FACEFOLD = [sys.executable, "-c", "import sys; from pipeline.cli import main; sys.exit(main())"]


def started(command, **options):
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, text=True, cwd=ROOT, **{**streams, **options})


def test_work_goes_on_when_the_reader_of_both_streams_has_gone(tmp_path):
    process = started([sys.executable, "-c", WORK, str(tmp_path / "end")])
    process.stdout.close()
    process.stderr.close()
    process.stdin.write("\n")
    process.stdin.close()
    assert process.wait() == 0
    assert (tmp_path / "end").read_text() == "done"


def test_a_listing_whose_reader_has_gone_ends_quietly():
    process = started([*FACEFOLD, "recipes"])
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait() == cli.DONE
    process.stdin.close()
    process.stderr.close()


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_that_were_never_open_are_no_error(closed):
    done = subprocess.run(
        ["bash", "-c", f'exec "$@" {closed}', "bash", *FACEFOLD, "recipes"],
        capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (cli.DONE, "")


def test_a_result_that_finds_no_room_is_a_failure_in_one_line():
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*FACEFOLD, "recipes"], stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT
        )
    assert done.returncode == cli.FAILED
    assert done.stderr.startswith("facefold: what was printed is lost: No space left on device.")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "variables",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "utf-8:strict"},
        {"PYTHONIOENCODING": "ascii:strict"},
    ],
)
def test_letters_that_the_stream_lacks_are_written_out(variables):
    said = "from pipeline.commands.outcome import complain, say; from pipeline.runners.streams import *\n"
    said += "with lasting_output(), second_stderr() as s: s.write('\\xe9\\udce9'); say('\\xe9\\udce9'); complain('\\xe9\\udce9')"
    done = subprocess.run(
        [sys.executable, "-c", said], capture_output=True, cwd=ROOT, env={**os.environ, **variables}
    )
    assert done.returncode == 0
    assert done.stdout.endswith(b"\\udce9\n")
    assert done.stderr.count(b"\\udce9") == 2
