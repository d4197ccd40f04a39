"""Programs in a process of their own, for settings that Django reads once."""

import os
import subprocess
import sys

from pipeline.web.place import Place
from tests.conftest import ROOT

SET_UP = """
from pipeline.web.place import from_environment
from pipeline.web.setting_up import set_up
set_up(from_environment())
"""


def printed(program, **told):
    """The lines that a program prints, with the application set up at the place that is told of."""
    environment = {**os.environ, **Place(**told).to_environment()}
    environment["DJANGO_SETTINGS_MODULE"] = "pipeline.web.settings"
    # The tests are not installed, and a process of the tests does not look in the current folder.
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-c", SET_UP + program], capture_output=True, text=True, env=environment, timeout=120
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()
