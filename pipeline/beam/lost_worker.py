"""Ends a run whose worker process has died. By itself Beam (2.77) waits for its answer for ever."""

from __future__ import annotations

import re
import signal
import threading
from typing import Any

from apache_beam.portability import python_urns
from apache_beam.portability.api import beam_fn_api_pb2
from apache_beam.runners.portability.fn_api_runner.worker_handlers import (
    SubprocessSdkWorkerHandler,
    WorkerHandler,
)
from apache_beam.runners.portability.local_job_service import SubprocessSdkWorker

CODE = re.compile(r"return code (-?\d+)$")  # how SubprocessSdkWorker says it
SHELL_ADDS = 128  # a shell's exit code for a command that a signal ended is the signal's number and this
SECONDS = 0.5  # between two looks for questions that came after the worker's end


class WatchedWorker(SubprocessSdkWorkerHandler):
    """Beam's handler of a worker process; if that ends by itself, an error answers all that it is asked."""

    def start_worker(self) -> None:
        """Starts the process, and a thread that waits for its end."""
        self._let_go = threading.Event()
        self.worker = SubprocessSdkWorker(
            self._worker_command_line, self.control_address, self.provision_info, self.worker_id
        )
        self.worker_thread = threading.Thread(name="run_worker", target=self._watch, daemon=True)
        self.worker_thread.start()

    def close(self) -> None:
        """Lets the worker go."""
        self._let_go.set()
        super().close()

    def _watch(self) -> None:
        code = 0
        try:
            self.worker.run()  # type: ignore[no-untyped-call]
        except RuntimeError as error:
            found = CODE.search(str(error))
            if not found:
                raise
            code = int(found[1])
        while not self._let_go.is_set():
            refuse_all(self.control_conn, lost(code))
            self._let_go.wait(SECONDS)


def watch_workers() -> None:
    """Has Beam's runner in this process start its worker processes as ``WatchedWorker``."""
    WorkerHandler.register_environment(python_urns.SUBPROCESS_SDK, bytes)(WatchedWorker)


def refuse_all(connection: Any, said: str) -> None:
    """Answers every open question of Beam's ``ControlConnection`` by the error ``said``."""
    for name, future in list(connection._futures_by_id.items()):
        if not future.is_done():
            future.set(beam_fn_api_pb2.InstructionResponse(instruction_id=name, error=said))


def lost(code: int) -> str:
    """The line that says that a worker ended with the exit ``code`` of its shell, why, and how to go on."""
    try:
        name = signal.Signals(-code if code < 0 else code - SHELL_ADDS).name
        how = f"was ended by {name}" + (", most likely as memory ran out" if name == "SIGKILL" else "")
    except ValueError:
        how = f"ended with exit code {code}"
    return (
        f"a worker process of Beam {how}. Expected it to live as long as the run. Take fewer (--beam "
        "runner=processes,workers=1), or none (--beam runner=local), and start the same command again."
    )
