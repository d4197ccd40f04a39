"""Imports dlib, which is not installed everywhere."""

import importlib
import importlib.util
from types import ModuleType


def dlib_module(asked_by: str, otherwise: str) -> ModuleType:
    """The module dlib.

    Args:
        asked_by: what needs it; the error begins with it.
        otherwise: a setting that works without it; the error suggests it.

    Raises:
        ModuleNotFoundError: dlib is not installed.
    """
    if importlib.util.find_spec("dlib") is None and importlib.util.find_spec("_dlib_pybind11") is None:
        raise ModuleNotFoundError(
            f"{asked_by} needs its package. Expected dlib; received none. "
            f'Fix: make setup EXTRAS=dlib, or pip install "facefold[dlib]", or set {otherwise}.'
        )
    return importlib.import_module("dlib")
