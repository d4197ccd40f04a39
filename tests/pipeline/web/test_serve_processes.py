"""``serve`` keeps its processes running: one that is killed comes back, one that can't run ends it all."""

import signal
import sys
import threading

import pytest

from pipeline.web import serving
from pipeline.web.place import Place


@pytest.fixture
def started(monkeypatch, tmp_path):
    """Stands for the two processes: how each ends is told by a program; counts how often one was started."""
    count = []

    def place_of(program):
        def start(name):
            count.append(name)
            return serving.subprocess.Popen(
                [sys.executable, "-c", program if name == "web" else "input()"], stdin=-1
            )

        monkeypatch.setattr(serving, "_start", start)
        for step in ("check_address", "set_up"):
            monkeypatch.setattr(serving, step, lambda place: None)
        monkeypatch.setattr(serving, "tell_where", lambda place: None)
        return Place(data=str(tmp_path)), count

    return place_of


def test_a_process_that_ends_at_once_by_itself_ends_serve(started, capfd):
    place, count = started("raise SystemExit('no port')")
    assert serving.serve(place) == 1
    assert count.count("web") == 5
    assert "the web process can't be kept running" in capfd.readouterr().err


def test_a_process_that_is_killed_again_and_again_comes_back(started):
    place, count = started("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")

    def stop_later():
        while count.count("web") < 8:
            threading.Event().wait(0.05)
        signal.raise_signal(signal.SIGTERM)

    threading.Thread(target=stop_later, daemon=True).start()
    assert serving.serve(place) == 0
