"""Starts the web process and the worker, starts either anew when it dies, and stops both together."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time

from pipeline.commands.outcome import complain, say
from pipeline.web.place import Place
from pipeline.web.setting_up import check_address, set_up

PROGRAMS = {"web": "pipeline.web.web_process", "worker": "pipeline.web.worker_process"}
STOPPING = 20.0  # seconds that a process has to end by itself
SOON = 5.0  # seconds: a process that ends sooner than this after its start, five times, can't run here


def serve(place: Place) -> int:
    """Migrates the database, prints where to go, and keeps both processes running until it is stopped.

    Returns 0 when it was stopped by SIGINT or SIGTERM, 1 where a process can't be kept running. Raises what
    ``set_up`` and ``check_address`` do.
    """
    check_address(place)
    set_up(place)
    tell_where(place)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    running = {name: _start(name) for name in PROGRAMS}
    started = dict.fromkeys(PROGRAMS, time.monotonic())
    soon = dict.fromkeys(PROGRAMS, 0)
    code = 0
    while not stop.wait(0.3):
        for name, process in running.items():
            if process.poll() is None:
                continue
            _let_go(process)
            at_once = process.returncode >= 0 and time.monotonic() - started[name] < SOON
            soon[name] = soon[name] + 1 if at_once else 0  # one that a signal ended could run
            if soon[name] >= 5:
                complain(f"the {name} process can't be kept running. What it said stands above.")
                stop.set()
                code = 1
                break
            running[name], started[name] = _start(name), time.monotonic()
    _stop(running)
    return code


def tell_where(place: Place) -> None:
    """Prints where to go and, for the first account, its token."""
    from pipeline.web.accounts.first import new_token

    address = f"http{'s' if place.tls else ''}://{(place.hosts or (place.host,))[0]}"
    address += "" if place.tls else f":{place.port}"
    token = new_token()
    if token is not None:
        say(f"The first account becomes the administrator. Make it with this token: {token}")
    say(f"facefold is at {address}   Photos and rows are in {place.folder}   Ctrl-C stops it")
    sys.stdout.flush()


def _start(name: str) -> subprocess.Popen[bytes]:
    program = [sys.executable, "-m", PROGRAMS[name]]
    return subprocess.Popen(program, stdin=subprocess.PIPE, start_new_session=True)


def _stop(running: dict[str, subprocess.Popen[bytes]]) -> None:
    for process in running.values():
        if process.poll() is None:
            process.terminate()
    until = time.monotonic() + STOPPING
    for process in running.values():
        try:
            process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _let_go(process)


def _let_go(process: subprocess.Popen[bytes]) -> None:
    """Closes the pipe by which a process that has ended was held."""
    if process.stdin is not None:
        process.stdin.close()
