"""Ctrl-C ends a command in one line, also where a library makes another error of it."""

import os
import signal
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import pytest

from pipeline import cli
from pipeline.runners.interrupt import one_interrupt, raise_again
from tests.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[3]


def press():
    os.kill(os.getpid(), signal.SIGINT)
    raise AssertionError("Ctrl-C was not heard")


@pytest.fixture(autouse=True)
def _handler():
    """Python's own handler: a shell has what it starts in the background ignore Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with one_interrupt():  # forgets what was pressed
        pass
    signal.signal(signal.SIGINT, before)


def test_a_command_that_is_stopped_says_so_and_how_to_go_on(monkeypatch, capsys):
    monkeypatch.setattr(cli.COMMANDS["recipes"], "run_command", lambda options: press())
    assert cli.main(["recipes"]) == cli.INTERRUPTED == 130
    told = capsys.readouterr().err
    assert told == "facefold: recipes was stopped by Ctrl-C. The same command goes on where it stopped.\n"


def test_what_a_library_makes_of_it_is_ctrl_c_again():
    def library():
        try:
            press()
        except KeyboardInterrupt:
            raise RuntimeError("a callback failed") from None

    with one_interrupt(), pytest.raises(RuntimeError):
        library()
    with pytest.raises(KeyboardInterrupt):
        raise_again()


def test_an_interrupt_that_python_ignores_is_raised_again():
    class Thing:
        pass

    def cleared_up():
        thing = Thing()
        reference = weakref.ref(thing, lambda _: press())
        del thing
        threading.Event().wait(PATIENCE)
        return reference

    with one_interrupt(), pytest.raises(KeyboardInterrupt):
        cleared_up()


def test_without_ctrl_c_nothing_is_raised_and_the_handler_is_as_before():
    with one_interrupt():
        raise_again()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_who_ignores_ctrl_c_goes_on_ignoring_it():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with one_interrupt():
        os.kill(os.getpid(), signal.SIGINT)
    raise_again()


def test_the_second_ctrl_c_ends_the_process_at_once():
    code = """
import os, signal
from pipeline.runners.interrupt import one_interrupt
with one_interrupt():
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt:
        os.kill(os.getpid(), signal.SIGINT)
        print("still here")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stdout, done.stderr) == (cli.INTERRUPTED, "", "")
