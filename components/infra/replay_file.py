"""The file of replayed requests, as bytes one after another, and of the expected answers. No pickle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

NAME = "replay.npz"
ANSWERS = ("embedding", "cluster", "probability")


def save_replay(
    path: str | Path, requests: Sequence[bytes], input_name: str, answers: Mapping[str, np.ndarray]
) -> None:
    """Writes n requests and the answers to them, those of ``ANSWERS`` that there are.

    They are embedding (n, d), cluster (n,) and probability (n,), or a classifier's probability (n, c).
    """
    lengths = np.array([len(one) for one in requests], np.int64)
    text = np.frombuffer(b"".join(requests), np.uint8)
    expected = {name: answers[name] for name in ANSWERS if name in answers}
    arrays: dict[str, Any] = {"requests": text, "lengths": lengths, "input_name": input_name, **expected}
    np.savez(path, **arrays)


def load_replay(path: str | Path) -> tuple[list[bytes], dict[str, np.ndarray], str]:
    """The requests, the expected answers by output, and the name of the input: image_bytes or examples."""
    with np.load(path, allow_pickle=False) as replay:
        ends = np.cumsum(replay["lengths"])
        text = replay["requests"].tobytes()
        requests = [text[end - length : end] for end, length in zip(ends, replay["lengths"], strict=True)]
        answers = {name: replay[name] for name in ANSWERS if name in replay}
        return requests, answers, str(replay["input_name"])
