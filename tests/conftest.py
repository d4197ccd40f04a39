"""What all tests share: quiet TensorFlow, one seed, real photos where they are."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from pipeline.runners.tensorflow_environment import before_tensorflow

before_tensorflow("3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("FACEFOLD_DATA", ROOT.parent / "shared" / "data"))

# By the clock Hypothesis would fail an example on a machine with other work.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def data():
    """The folder of research photos; the test is skipped where it is missing."""
    if not DATA.is_dir():
        pytest.skip(f"no research photos at {DATA}; set FACEFOLD_DATA")
    return DATA
