"""Headless Chromium over its DevTools pipe: open a file, size the window, collect what went wrong.

Nothing here waits by the clock: an answer is waited for until it comes or the browser ends, a page until its own
load event and the frame after it. ``tests.patience`` is only where a browser that hangs is given up.
"""

import base64
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.patience import PATIENCE

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-extensions"]
FLAGS += ["--remote-debugging-pipe"]
# What a frame has seen is done: scroll events and layout come before the first callback, paint before the second.
PAINTED = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())))"


class BrowserEndedError(RuntimeError):
    """The browser closed its end of the pipe."""


def chromium_path() -> str | None:
    """The browser's command, or None where it is not installed."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Chromium:
    """A browser with one page; `problems` holds console errors, exceptions, and every request it made."""

    def __init__(self, command: str, profile: Path) -> None:
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()
        pipes = f'exec "$@" 3<&{to_browser} 4>&{from_browser}'  # the browser reads 3 and writes 4
        self._process = subprocess.Popen(
            ["bash", "-c", pipes, "bash", command, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(to_browser, from_browser),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._buffer, self._count, self._session = b"", 0, None
        self._answers: dict[int, dict[str, Any]] = {}
        self._page = self._loaded = ""
        self.problems: list[str] = []
        self.requests: list[str] = []
        self.call("Target.setDiscoverTargets", discover=True)
        self._read_until(lambda: bool(self._page), "a page")
        self._session = self.call("Target.attachToTarget", targetId=self._page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Page.setLifecycleEventsEnabled", enabled=True)

    def close(self) -> None:
        """End this browser."""
        self._session = None
        try:
            self.call("Browser.close")
        except (BrowserEndedError, BrokenPipeError):
            pass  # it may end before it answers
        finally:
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        os.close(self._read)
        os.close(self._write)

    def open(self, file: Path, width: int, dark: bool = False, height: int = 900) -> None:
        """Load a file in a window of this width; problems and requests are counted from here."""
        self.problems, self.requests = [], []
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", features=scheme)
        loading = self.call("Page.navigate", url=Path(file).resolve().as_uri())
        self._read_until(lambda: self._loaded == loading["loaderId"], f"the load event of {file}")
        self.until(f"innerWidth === {width}")

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, promises awaited."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def until(self, condition: str) -> None:
        """Returns when a JavaScript condition holds as a frame begins, and that frame is painted."""
        looking = f"new Promise(done => (function look() {{ ({condition}) ? done() : requestAnimationFrame(look) }})())"
        self.evaluate(looking)
        self.evaluate(PAINTED)

    def screenshot(self, file: Path, **clip: float) -> None:
        """The whole page, or the part (x, y, width, height) of it, as PNG."""
        more = {"clip": clip | {"scale": 1}} if clip else {}
        answer = self.call("Page.captureScreenshot", captureBeyondViewport=True, **more)
        Path(file).write_bytes(base64.b64decode(answer["data"]))

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One DevTools command and its result."""
        self._count += 1
        message: dict[str, Any] = {"id": self._count, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        self._read_until(lambda: self._count in self._answers, f"the answer to {method} {params}")
        answer = self._answers.pop(self._count)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def _read_until(self, come: Callable[[], bool], what: str) -> None:
        """Notes the browser's messages until ``come()``; ``what`` is said where it does not."""
        end = time.monotonic() + PATIENCE
        while not come():
            self._note(self._next(end, what))

    def _next(self, end: float, what: str) -> dict[str, Any]:
        """The browser's next message."""
        while b"\0" not in self._buffer:
            if not select.select([self._read], [], [], max(0.0, end - time.monotonic()))[0]:
                raise TimeoutError(f"The browser hangs: {what} did not come in {PATIENCE} s.")
            read = os.read(self._read, 1 << 20)
            if not read:
                raise BrowserEndedError(f"The browser ended; {what} was waited for.")
            self._buffer += read
        text, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(text)

    def _note(self, event: dict[str, Any]) -> None:
        params = event.get("params", {})
        if "id" in event:
            self._answers[event["id"]] = event
        elif event["method"] == "Target.targetCreated" and params["targetInfo"]["type"] == "page":
            self._page = params["targetInfo"]["targetId"]
        elif event["method"] == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.problems.append(details.get("exception", {}).get("description", details["text"]))
        elif event["method"] == "Runtime.consoleAPICalled" and params["type"] in (
            "error",
            "warning",
            "assert",
        ):
            self.problems.append(" ".join(str(a.get("value", a.get("description"))) for a in params["args"]))
        elif event["method"] == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.problems.append(params["entry"]["text"])
        elif event["method"] == "Page.lifecycleEvent" and params["name"] == "load":
            self._loaded = params["loaderId"]
        elif event["method"] == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"][:100])
