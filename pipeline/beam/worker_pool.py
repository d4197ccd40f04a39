"""A pool of Python workers on one machine, which several workers of a runner may share.

Beam's own pool (`apache_beam.runners.worker.worker_pool_main`, 2.77) tells its processes apart by the
worker's id. Every TaskManager of Flink counts its ids from 1, so that two TaskManagers on one machine end
each other's workers, and the job hangs. Beam's pool also runs whatever `python` is first on PATH, and never
reads what its workers print.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent import futures
from typing import Any

import grpc
from apache_beam.portability.api import beam_fn_api_pb2, beam_fn_api_pb2_grpc

from pipeline.beam.own_folder import OWN
from pipeline.runners.tensorflow_environment import before_tensorflow

# The first entry of the path is the current folder, which may hold anything.
HARNESS = (
    "import sys; sys.path[:] = [one for one in sys.path if one]; "
    "from apache_beam.runners.worker.sdk_worker import SdkHarness; "
    "SdkHarness(sys.argv[1], worker_id=sys.argv[2], state_cache_size=0, data_buffer_time_limit_ms=-1).run()"
)
# A runner has one worker for each core, so that linear algebra in a worker takes one core, unless the pool's
# own environment says otherwise.
ONE_CORE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class WorkerPool(beam_fn_api_pb2_grpc.BeamFnExternalWorkerPoolServicer):
    """Starts a process for every worker that is asked for; a process ends when its runner disconnects."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._processes: list[subprocess.Popen[bytes]] = []

    def StartWorker(self, request: Any, context: Any) -> Any:
        """Starts a process that connects to the runner's control endpoint."""
        told = [request.control_endpoint.url, request.worker_id]
        try:
            process = subprocess.Popen(
                [sys.executable, "-c", HARNESS, *told],
                stdin=subprocess.DEVNULL,
                env={**ONE_CORE, **os.environ, **own_path()},
            )
        except OSError as error:
            return beam_fn_api_pb2.StartWorkerResponse(error=str(error))
        logging.info("worker %s for %s: process %d", told[1], told[0], process.pid)
        with self._lock:
            self._processes = [one for one in self._processes if one.poll() is None] + [process]
        return beam_fn_api_pb2.StartWorkerResponse()

    def StopWorker(self, request: Any, context: Any) -> Any:
        """Does nothing: ids are not unique, and a worker ends by itself when its runner has gone."""
        return beam_fn_api_pb2.StopWorkerResponse()

    def end(self) -> None:
        """Ends all workers."""
        with self._lock:
            running = [process for process in self._processes if process.poll() is None]
        for process in running:
            process.terminate()
        for process in running:
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def serve(port: int) -> tuple[int, grpc.Server, WorkerPool]:
    """Starts a pool on this machine's loopback; returns its port, its server and the pool.

    Port 0 takes a free port. Raises OSError if the port is taken.
    """
    pool = WorkerPool()
    # Otherwise a second server could share the port unnoticed, and get a part of the calls.
    server = grpc.server(futures.ThreadPoolExecutor(8), options=[("grpc.so_reuseport", 0)])
    beam_fn_api_pb2_grpc.add_BeamFnExternalWorkerPoolServicer_to_server(pool, server)
    try:
        bound = server.add_insecure_port(f"localhost:{port}")
    except RuntimeError as error:
        raise OSError(f"Port {port} is taken. Expected a free one. Choose another.") from error
    server.start()
    return bound, server, pool


def own_path() -> dict[str, str]:
    """The variable by which a worker finds this project's code, before what PYTHONPATH has now."""
    others = [one for one in os.environ.get("PYTHONPATH", "").split(os.pathsep) if one]
    return {"PYTHONPATH": os.pathsep.join((str(OWN), *others))}


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.beam.worker_pool", description=__doc__)
    parser.add_argument("--port", type=int, default=50000, help="default: %(default)s")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO)
    before_tensorflow()
    told = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: told.set())
    bound, server, pool = serve(options.port)
    logging.info("process %d takes calls at localhost:%d", os.getpid(), bound)
    told.wait()
    server.stop(1)
    pool.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
