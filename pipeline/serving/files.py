"""The files that start TF Serving on the pushed versions: two configurations and a docker-compose file."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.runners.private_files import readable_for_all
from pipeline.serving.client import NAME

if TYPE_CHECKING:
    from pipeline.dag.layout import Layout

IMAGE = "tensorflow/serving:2.19.1"  # the latest release with the protos of setup.py's tensorflow-serving-api
MODELS, BATCHING, COMPOSE = "models.config", "batching.config", "docker-compose.yml"
MOUNTED = "/models"  # where the folder of these files is inside the container

HEAD = """\
# For TF Serving's --model_config_file, which docker-compose.yml has it read again every 10 seconds.
# Written by `facefold run` where it was missing; `facefold serve-files` writes it anew.
"""
HOW_TO_LABEL = """\
# The newest version is served. To serve two side by side and choose by label:
#   facefold serve-files --root ROOT --label stable=VERSION --label canary=VERSION
"""
HOW_TO_MOVE = """\
# A label moves to versions that are loaded only: give a new version a label of its own (canary) first, and
# move the old one (stable) when the new version is AVAILABLE.
"""
BATCHING_CONFIG = """\
# For TF Serving's --batching_parameters_file. Requests that come within 1 ms of each other are computed
# together, up to 64 pictures. One that can't be decoded fails all requests of its batch. A request may have
# up to 4096 pictures (max_batch_size is that limit too); more than 64 are computed in parts.
max_batch_size { value: 4096 }
max_execution_batch_size { value: 64 }
enable_large_batch_splitting { value: true }
batch_timeout_micros { value: 1000 }
max_enqueued_batches { value: 100 }
num_batch_threads { value: 4 }
"""
COMPOSE_FILE = f"""\
# TF Serving on the versions in ./{NAME}: `docker compose up`, started where this file lies.
# Ports are open to this machine only: TF Serving asks nobody who they are.
services:
  {NAME}:
    image: {IMAGE}
    command:
      - --model_config_file={MOUNTED}/{MODELS}
      - --model_config_file_poll_wait_seconds=10
      - --allow_version_labels_for_unavailable_models=true
      - --enable_batching=true
      - --batching_parameters_file={MOUNTED}/{BATCHING}
      # A version that is still being copied is tried again each second.
      - --load_retry_interval_micros=1000000
      - --max_num_load_retries=600
      # A version is loaded and let go beside the requests, not between them.
      - --num_load_threads=1
      - --num_unload_threads=1
    ports:
      - "127.0.0.1:8500:8500"
      - "127.0.0.1:8501:8501"
    volumes:
      - .:{MOUNTED}:ro
    # Nobody in particular, who may only read: what is pushed is readable for all.
    user: "65534:65534"
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true"]
    read_only: true
    tmpfs: [/tmp]
    pids_limit: 512
    mem_limit: 4g
    healthcheck:
      # The image has bash, but no curl.
      test:
        - CMD
        - bash
        - -c
        - >-
          exec 3<>/dev/tcp/127.0.0.1/8501 &&
          printf 'GET /v1/models/{NAME} HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n' >&3 &&
          grep -q AVAILABLE <&3
      interval: 10s
      timeout: 5s
      retries: 6
      start_period: 60s
    restart: unless-stopped
"""


def models_config(labels: Mapping[str, int] | None = None) -> str:
    """The text of ``models.config``, a ModelServerConfig in text format.

    The versions in ``labels``, {label: version}, are served side by side. Without labels it is the newest
    version alone.
    """
    policy, told = "latest { num_versions: 1 }", HOW_TO_LABEL
    lines = []
    if labels:
        versions = " ".join(f"versions: {version}" for version in sorted(set(labels.values())))
        policy, told = f"specific {{ {versions} }}", HOW_TO_MOVE
        lines = [
            f'    version_labels {{ key: "{label}" value: {version} }}'
            for label, version in sorted(labels.items())
        ]
    config = [
        "model_config_list {",
        "  config {",
        f'    name: "{NAME}"',
        f'    base_path: "{MOUNTED}/{NAME}"',
        '    model_platform: "tensorflow"',
        f"    model_version_policy {{ {policy} }}",
        *lines,
        "  }",
        "}",
    ]
    return HEAD + told + "\n".join(config) + "\n"


def labels_of(assignments: Iterable[str]) -> dict[str, int]:
    """{label: version} from texts like ``NAME=VERSION``; raises ValueError, one line, for any other text."""
    labels: dict[str, int] = {}
    for assignment in assignments:
        label, _, version = assignment.partition("=")
        if not re.fullmatch(r"[A-Za-z0-9_.-]+", label) or not version.isdigit():
            raise ValueError(
                f"--label {assignment} is no label. Expected NAME=VERSION, such as stable=1700000000: "
                "letters, digits, and - _ . in the name."
            )
        labels[label] = int(version)
    return labels


def write_serving_files(
    layout: Layout, labels: Mapping[str, int] | None = None, keep: bool = False
) -> list[Path]:
    """Writes the files beside the pushed versions, and lets all read both; returns their paths.

    Args:
        layout: the root under which models were pushed.
        labels: {label: version}, as in ``models_config``.
        keep: whether files that exist stay as they are.

    Raises:
        ValueError: nothing was pushed yet, or a label names a version that was not pushed.
    """
    versions = pushed_versions(layout)
    missing = {label: version for label, version in (labels or {}).items() if version not in versions}
    if not versions or missing:
        there = ", ".join(map(str, versions)) or "none yet"
        wanted = ", ".join(f"{label}={version}" for label, version in missing.items()) or "the newest"
        raise ValueError(
            f"{layout.serving} has no version for {wanted}. Expected one of: {there}. Run facefold run, "
            "or name a version that is there."
        )
    contents = {MODELS: models_config(labels), BATCHING: BATCHING_CONFIG, COMPOSE: COMPOSE_FILE}
    files = [layout.serving.parent / name for name in contents]
    for file in files:
        if not (keep and file.exists()):
            file.write_text(contents[file.name])
    readable_for_all(layout.serving.parent)
    return files


def pushed_versions(layout: Layout) -> list[int]:
    """The versions pushed under the root of ``layout``, in ascending order."""
    if not layout.serving.is_dir():
        return []
    return sorted(int(child.name) for child in layout.serving.iterdir() if child.name.isdigit())


def is_servable(version: str | Path) -> bool:
    """Whether a pushed version has its SavedModel."""
    return (Path(version) / "saved_model.pb").is_file()


def not_served(layout: Layout, version: str | Path) -> str:
    """A line if TF Serving does not serve the pushed folder ``version``, as a higher one is there, or ""."""
    number, newest = int(Path(version).name), max(pushed_versions(layout), default=0)
    if newest <= number:
        return ""
    why = " from the future: a clock was set back" if newest > time.time() else ""
    return (
        f"version {number} is not served: TF Serving takes the highest, {newest}{why}. Remove "
        f"{layout.serving / str(newest)}, or choose: facefold serve-files --root {layout.root} --label "
        f"stable={number}"
    )


def labelled_versions(layout: Layout) -> set[int]:
    """The versions that ``models.config`` beside the pushed ones names; a file that is missing names none."""
    file = layout.serving.parent / MODELS
    text = file.read_text() if file.is_file() else ""
    named = re.findall(r"\b(?:versions|value)\s*:\s*\[?([\d,\s]+)", without_comments(text))
    return {int(number) for numbers in named for number in re.findall(r"\d+", numbers)}


def without_comments(text: str) -> str:
    """The lines of a text-format file up to their ``#``."""
    return "\n".join(line.partition("#")[0] for line in text.splitlines())
