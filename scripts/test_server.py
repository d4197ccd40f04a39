"""Runs tests in forks of one process that has imported the heavy libraries: half a second each, not ten.

    python scripts/test_server.py SOCKET MODULE [MODULE ...]     # imports the modules, then waits for work
    python scripts/test_server.py SOCKET --ask FOLDER TEST ...   # pytest's exit code for tests in a folder

The modules are libraries, never the project's own, which each fork imports from the folder that is asked
for. A fork whose asker has gone away is killed.
"""

import gc
import importlib
import importlib.metadata
import json
import os
import select
import signal
import socket
import sys
from pathlib import Path


def serve(address: str, modules: list[str]) -> None:
    """Waits for work, one at a time, for ever."""
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")
    for module in ("pytest", *modules):
        importlib.import_module(module)
    for plugin in importlib.metadata.entry_points(group="pytest11"):
        plugin.load()
    gc.freeze()  # what is there now is never looked at again: pytest collects garbage three times
    listener = socket.socket(socket.AF_UNIX)
    Path(address).unlink(missing_ok=True)
    listener.bind(address)
    listener.listen()
    while True:
        asker, _ = listener.accept()
        with asker:
            answer(asker)


def answer(asker: socket.socket) -> None:
    """Runs the tests that are asked for in a fork, and sends pytest's exit code as text."""
    folder, *tests = json.loads(asker.makefile().readline())
    child = os.fork()
    if child == 0:
        os.setsid()
        run(folder, tests)
    ended = os.pidfd_open(child)
    ready, _, _ = select.select([ended, asker], [], [])
    if ended not in ready:  # the asker has ended: what it started goes too
        os.killpg(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.close(ended)
    if ended in ready:
        asker.sendall(str(os.waitstatus_to_exitcode(status)).encode())


def run(folder: str, tests: list[str]) -> None:
    """Runs the tests with the folder's own modules, and ends the process with pytest's exit code."""
    import pytest

    os.chdir(folder)
    sys.path[:0] = [folder]
    os.environ["PYTHONPATH"] = folder
    sys.dont_write_bytecode = True  # a file may change twice within the second that bytecode is known by
    quiet = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(quiet, stream)
    code = 1
    try:
        imported = "ignore:Module already imported:pytest.PytestAssertRewriteWarning"
        code = int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-W", imported, *tests]))
    finally:
        os._exit(code)


def ask(address: str, folder: str, tests: list[str]) -> int:
    """Asks a server, and waits for its answer."""
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(address)
        server.sendall(json.dumps([folder, *tests]).encode() + b"\n")
        return int(server.makefile().read() or 1)


if __name__ == "__main__":
    if sys.argv[2] == "--ask":
        sys.exit(ask(sys.argv[1], sys.argv[3], sys.argv[4:]))
    serve(sys.argv[1], sys.argv[2:])
