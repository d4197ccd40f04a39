"""Setting Django up leaves other libraries' logs as they are."""

import json
import os
import subprocess
import sys

PROGRAM = """
import io, sys
kept, sys.stderr = sys.stderr, io.StringIO()  # as a test runner does that catches what is said
from absl import logging
captured, sys.stderr = sys.stderr, kept
import django
django.setup()
print(captured.closed)
"""


def test_setting_up_closes_nobodys_stream(tmp_path):
    environment = {
        **os.environ,
        "FACEFOLD_WEB": json.dumps({"data": str(tmp_path)}),
        "DJANGO_SETTINGS_MODULE": "pipeline.web.settings",
    }
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stdout.strip()) == (0, "False"), done.stderr
