"""What TensorFlow logs while it starts stays off the screen; what others say does not."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

START = "from pipeline.runners.output import start_tensorflow; start_tensorflow(); print('started')"
NOTES = """WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1796021210.726154   14464 port.cc:153] custom operations are on.
2026-01-02 03:04:05.678901: I tensorflow/core/util/port.cc:153] custom operations are on.
2026-01-02 03:04:06.678901: I tensorflow/core/platform/cpu_feature_guard.cc:210] This binary is optimized.
To enable the following instructions: AVX2 FMA, rebuild TensorFlow with the appropriate compiler flags.
E0000 00:00:1796021214.953099   14464 cuda_platform.cc:52] failed call to cuInit
"""
OTHERS = "Error in the driver: E0000 is no reason\nI see no GPU\n"


def started(folder, end="", **variables):
    """How a process ends that starts a TensorFlow which only writes, from below Python as the real one does."""
    package = folder / "tensorflow"
    package.mkdir()
    told = f"import os\nos.write(2, {(NOTES + OTHERS).encode()!r})\n{end}\n"
    looks = "class config:\n    list_physical_devices = staticmethod(lambda kind: [])\n"
    (package / "__init__.py").write_text(told + looks)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]), **variables}
    return subprocess.run([sys.executable, "-c", START], env=environment, capture_output=True, text=True)


def test_its_log_is_left_out_and_nothing_else(tmp_path):
    done = started(tmp_path, TF_CPP_MIN_LOG_LEVEL="1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "started\n", OTHERS)


def test_all_is_shown_where_it_was_asked_for(tmp_path):
    assert started(tmp_path, TF_CPP_MIN_LOG_LEVEL="0").stderr == NOTES + OTHERS


@pytest.mark.parametrize("end", ["raise ImportError('no such library')", "import sys; sys.exit(7)"])
def test_all_is_shown_where_it_does_not_start(tmp_path, end):
    done = started(tmp_path, end, TF_CPP_MIN_LOG_LEVEL="1")
    assert done.returncode in (1, 7)
    assert done.stderr.startswith(NOTES + OTHERS)


def test_the_real_one_says_nothing():
    program = "from pipeline.runners.tensorflow_environment import before_tensorflow; before_tensorflow(); "
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
    done = subprocess.run(
        [sys.executable, "-c", program + START], env=environment, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("started\n", "")
