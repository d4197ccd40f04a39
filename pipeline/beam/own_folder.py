"""Keeps Beam's worker processes from importing what lies where the command was started."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

OWN = Path(__file__).resolve().parents[2]  # holds the four packages
KNOWS_SAFE_PATH = sys.version_info >= (3, 11)  # PYTHONSAFEPATH, which before_tensorflow sets


@contextlib.contextmanager
def in_own_folder(knows_safe_path: bool = KNOWS_SAFE_PATH) -> Iterator[None]:
    """Where Python doesn't know PYTHONSAFEPATH, the current folder in the block is that of this code.

    Beam starts its workers by ``python -m``, which imports from the current folder first.
    """
    if knows_safe_path:
        yield
        return
    before = os.getcwd()
    os.chdir(OWN)
    try:
        yield
    finally:
        os.chdir(before)
