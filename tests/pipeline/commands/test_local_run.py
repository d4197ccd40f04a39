"""The log of a run on a full disk."""

import contextlib
import logging

from pipeline.commands.local_run import LogFile


def test_a_log_without_room_says_nothing_on_the_screen(capfd):
    lines = LogFile("/dev/full", encoding="utf-8", errors="backslashreplace")
    lines.emit(logging.LogRecord("x", logging.INFO, "", 0, "é\udce9", (), None))
    with contextlib.suppress(OSError):
        lines.close()
    assert capfd.readouterr().err == ""
