"""A PostgreSQL of one's own: Debian's server on a new folder and a free port."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path


def server_programs():
    """The folder of PostgreSQL's programs, or None where it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@contextlib.contextmanager
def running(database):
    """Starts a server with ``database`` in a folder of its own; gives SQLAlchemy's address of it."""
    programs, port = server_programs(), free_port()
    as_user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []  # it refuses to run as root

    def run(program, *arguments):
        told = subprocess.run(
            [*as_user, str(programs / program), *arguments], cwd="/", capture_output=True, text=True
        )
        assert told.returncode == 0, told.stdout + told.stderr

    folder = Path(tempfile.mkdtemp(prefix="facefold-postgres-"))  # pytest's own is closed to other users
    if as_user:
        shutil.chown(folder, "postgres")
    data = str(folder / "data")
    run("initdb", "-D", data, "-U", "facefold", "--auth=trust", "-E", "UTF8")
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=200"
    # Its output to a file: what the server inherits of a pipe would keep it open.
    run("pg_ctl", "-D", data, "-o", options, "-l", str(folder / "log"), "-w", "start")
    try:
        run("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "facefold", database)
        yield f"postgresql+psycopg2://facefold@127.0.0.1:{port}/{database}"
    finally:
        run("pg_ctl", "-D", data, "-m", "fast", "-w", "stop")
        shutil.rmtree(folder)
