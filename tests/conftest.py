"""What all tests share: quiet TensorFlow, one seed, real photos where they are."""

import gc
import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from models.devices.memory import give_back
from pipeline.runners.tensorflow_environment import before_tensorflow

before_tensorflow("3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
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


LONGEST = [
    TESTS / "pipeline" / "test_three_copies.py",
    TESTS / "pipeline" / "test_same_everywhere.py",
    TESTS / "pipeline" / "test_run_sample.py",
    TESTS / "pipeline" / "commands" / "test_sweep.py",
    TESTS / "pipeline" / "web" / "test_story.py",
    TESTS / "pipeline" / "web" / "test_kills.py",
    TESTS / "pipeline",
    TESTS / "models" / "test_contract.py",
]


def pytest_collection_modifyitems(items):
    """The longest files first: as the last ones they would keep one process busy, the other without work."""

    def place(item):
        return next(
            (i for i, one in enumerate(LONGEST) if one in (item.path, *item.path.parents)), len(LONGEST)
        )

    items.sort(key=place)


def pytest_collection_finish():
    """What the tests import stays to the end: looking through it would take 0.4 s at each ``give_back``."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def _told_to_end():
    """TFX's steps take SIGTERM for themselves and leave it so, for the next file of the same process."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="module", autouse=True)
def _memory():
    """Each file gives back what it used: all the files of a worker would add up to several GB."""
    yield
    if "keras" in sys.modules:
        sys.modules["keras"].utils.clear_session(free_memory=False)
    give_back()


@pytest.fixture(autouse=True)
def _gradients():
    """TensorFlow keeps each custom gradient, and the graph around it, to the end: 20 MB for every training.

    What a training leaves is given back at once: until the end of its file it would be in pieces all over the heap.
    """
    yield
    if "tensorflow" in sys.modules:
        kept = sys.modules["tensorflow.python.framework.ops"].gradient_registry._registry
        left = [name for name in kept if name.startswith("CustomGradient-")]
        for name in left:
            del kept[name]
        if left:
            give_back()
