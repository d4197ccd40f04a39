"""What a person sees during a run: its steps, and a progress bar with a rate for the long ones."""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TextIO

from tqdm import tqdm

UNITS = {
    "ingest": "photo",
    "embedding": "face",
    "training": "image",
    "clustering": "fit",
    "occlusion": "mask",
}
NODE = re.compile(r"(?:Component|Node) (\S+) is (running|finished|failed)")
CACHED = re.compile(r"cached execution", re.IGNORECASE)
PLAIN_SECONDS = 10.0


class StepLines(logging.Handler):
    """Turns TFX's own log records into one line for each step."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__(logging.INFO)
        self.say = say
        self.node: str | None = None
        self.started, self.cached = 0.0, False

    def emit(self, record: logging.LogRecord) -> None:
        """Looks in a record for the start, the end or a cache hit of a step."""
        text = record.getMessage()
        if CACHED.search(text) and "is used" in text:
            self.cached = True
        match = NODE.search(text)
        if match is None:
            return
        node, what = match.groups()
        node = node.rstrip(".").rsplit(".", 1)[-1]
        if what == "running":
            self.node, self.started, self.cached = node, time.monotonic(), False
        elif node == self.node:
            worked = "failed" if what == "failed" else f"{time.monotonic() - self.started:.1f} s"
            outcome = "unchanged, reused" if self.cached else worked
            self.say(f"{node}: {outcome}")
            self.node = None


class ProgressReader(threading.Thread):
    """Shows the progress files under ``folder``: as bars on a terminal, as plain lines elsewhere."""

    def __init__(self, folder: Path, stream: TextIO) -> None:
        super().__init__(daemon=True)
        self.folder, self.stream = folder, stream
        self.bars: dict[tuple[str, int], tqdm] = {}
        self.plain: dict[str, tuple[float, ...]] = {}  # what was shown last of each stage
        self.ended = threading.Event()
        self.is_terminal = stream.isatty()
        self.lock = threading.Lock()
        for file in folder.glob("*.json"):
            file.unlink()

    def run(self) -> None:
        """Polls the files until ``stop`` is called."""
        while not self.ended.wait(0.3):
            self.show()

    def stop(self) -> None:
        """Ends the polling and draws the last state."""
        self.ended.set()
        self.join()
        self.show()
        for bar in self.bars.values():
            bar.close()

    def say(self, text: str) -> None:
        """Writes a line between the bars."""
        with self.lock:
            if self.is_terminal:
                for bar in self.bars.values():
                    bar.close()
                self.bars.clear()
                tqdm.write(text, file=self.stream)
            else:
                self.stream.write(text + "\n")
                self.stream.flush()

    def show(self) -> None:
        """Draws what has changed since the last call."""
        for file in sorted(self.folder.glob("*.json")):
            try:
                state = json.loads(file.read_text())
            except (OSError, ValueError):
                continue
            stage = state.get("stage") or file.stem
            with self.lock:
                draw = self._draw_bar if self.is_terminal else self._draw_line
                draw(stage, state)

    def _draw_bar(self, stage: str, state: Mapping[str, Any]) -> None:
        key = (stage, state["total"])
        if self.plain.get(stage) == (state["done"], state["total"]):
            return
        self.plain[stage] = (state["done"], state["total"])
        if key not in self.bars:
            unit = UNITS.get(stage, "step")
            self.bars[key] = tqdm(total=state["total"], desc=stage, unit=unit, file=self.stream, leave=True)
        bar = self.bars[key]
        bar.set_postfix_str(state.get("note", ""), refresh=False)
        bar.update(state["done"] - bar.n)

    def _draw_line(self, stage: str, state: Mapping[str, Any]) -> None:
        now = time.monotonic()
        first, last, done = self.plain.get(stage, (now, 0.0, -1))
        ready = now - last >= PLAIN_SECONDS or (state["done"] >= state["total"] and done != state["done"])
        if state["done"] == done or not ready:
            return
        self.plain[stage] = (first, now, state["done"])
        rate = (
            f", {state['done'] / (now - first):.1f} {UNITS.get(stage, 'step')}s/s" if now - first > 1 else ""
        )
        note = f" ({state['note']})" if state.get("note") else ""
        self.stream.write(f"  {stage}: {state['done']} of {state['total']}{rate}{note}\n")
        self.stream.flush()
