"""What libraries find in the environment: a home, Keras as the models need it, no proxy to this machine."""

import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import own_path
from pipeline.beam.own_folder import OWN, in_own_folder
from pipeline.beam.worker_pool import HARNESS
from pipeline.runners import tensorflow_environment as environment

ROOT = Path(__file__).resolve().parents[3]
KERAS = """
from pipeline.runners.tensorflow_environment import before_tensorflow
before_tensorflow("3")
import keras
print(keras.config.backend(), keras.config.image_data_format(), keras.config.floatx(), keras.config.epsilon())
"""
OTHERS = '{"image_data_format": "channels_first", "floatx": "float16", "epsilon": 0.1, "backend": "torch"}'


def test_keras_json_of_another_project_changes_nothing(tmp_path):
    (tmp_path / "keras.json").write_text(OTHERS)
    variables = {**os.environ, "KERAS_HOME": str(tmp_path), "KERAS_BACKEND": "torch"}
    done = subprocess.run(
        [sys.executable, "-c", KERAS], env=variables, cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout == "tensorflow channels_last float32 1e-07\n"
    assert (tmp_path / "keras.json").read_text() == OTHERS


@pytest.fixture
def clean(monkeypatch, tmp_path):
    """An environment without what these functions set; files for a while go below ``tmp_path``."""
    for name in (*environment.CACHES, "LOGNAME", "no_proxy", "NO_PROXY", "no_grpc_proxy"):
        monkeypatch.setenv(name, "x")  # so that it is put back
        monkeypatch.delenv(name)
    monkeypatch.setattr(environment.tempfile, "tempdir", str(tmp_path))
    return monkeypatch


def test_a_user_without_a_name_and_a_home_gets_folders(clean, tmp_path):
    def unknown(number):
        raise KeyError(number)

    clean.setattr(pwd, "getpwuid", unknown)
    clean.setenv("HOME", "x")
    clean.delenv("HOME")
    environment.home_for_libraries()
    home = Path.home()
    assert home.parent == tmp_path
    assert home.stat().st_mode & 0o777 == 0o700
    assert os.environ["LOGNAME"] == f"user-{os.geteuid()}"
    assert {Path(os.environ[name]).parent for name in environment.CACHES} == {home}


def test_a_home_that_is_read_only_stays_and_caches_go_elsewhere(clean, tmp_path):
    clean.setenv("HOME", str(tmp_path))
    clean.setattr(environment.os, "access", lambda path, mode: False)
    environment.home_for_libraries()
    assert Path.home() == tmp_path
    assert Path(os.environ["MPLCONFIGDIR"]).parent.name.startswith("facefold-")


def test_a_home_like_any_other_is_left_alone(clean, tmp_path):
    clean.setenv("HOME", str(tmp_path))
    environment.home_for_libraries()
    assert not set(environment.CACHES) & set(os.environ)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_others_can_write_to_is_not_used(clean, tmp_path):
    (tmp_path / f"facefold-{os.geteuid()}").mkdir()
    (tmp_path / f"facefold-{os.geteuid()}").chmod(0o777)
    found = environment.own_temporary_folder()
    assert found.name != f"facefold-{os.geteuid()}"
    assert found.stat().st_mode & 0o022 == 0


def test_this_machine_is_reached_without_a_proxy(clean):
    clean.setenv("NO_PROXY", "intranet.example, localhost")
    clean.setenv(environment.GRPC_ONLY, "cluster")
    environment.loopback_without_proxy()
    environment.loopback_without_proxy()
    assert os.environ["no_proxy"] == os.environ["NO_PROXY"]
    assert os.environ["no_proxy"] == "intranet.example,localhost,127.0.0.1,::1"
    assert os.environ[environment.GRPC_ONLY] == "cluster,127.0.0.1,localhost,::1"


@pytest.fixture
def beside_photos(tmp_path, monkeypatch):
    """The current folder, with code that is named like what a worker imports."""
    for name in ("apache_beam", "numpy", "beside_photos"):
        (tmp_path / f"{name}.py").write_text("open('ran', 'w')")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 doesn't know PYTHONSAFEPATH")
def test_a_python_that_a_library_starts_runs_no_code_of_the_current_folder(beside_photos):
    environment.own_code_only()
    done = subprocess.run([sys.executable, "-m", "beside_photos"], capture_output=True, text=True)
    assert "No module named beside_photos" in done.stderr
    assert not (beside_photos / "ran").exists()


def test_an_empty_entry_of_the_path_is_not_the_current_folder(beside_photos, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", f":{ROOT}")
    monkeypatch.setattr(sys, "path", [str(beside_photos), *sys.path])
    environment.own_code_only()
    assert os.environ["PYTHONPATH"] == str(ROOT)
    assert str(beside_photos) not in sys.path


COMMAND = "import sys; from pipeline.cli import main; sys.exit(main())"  # as pip writes it into bin/
IMPORTED = ("argparse", "json", "pydantic", "pwd", "signal")  # by the command, before it does anything


@pytest.mark.parametrize("entry", ["{}:", ":{}", "{}::"])
def test_the_command_imports_nothing_from_the_current_folder(entry, beside_photos, tmp_path_factory):
    for name in IMPORTED:
        (beside_photos / f"{name}.py").write_text("open('ran', 'w')")
    program = tmp_path_factory.mktemp("bin") / "facefold"
    program.write_text(COMMAND)
    done = subprocess.run(
        [sys.executable, str(program), "recipes", "face-cae"],
        env={**os.environ, "PYTHONPATH": entry.format(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert not (beside_photos / "ran").exists()


def test_a_folder_that_the_path_names_stays_on_it(beside_photos, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", f":{beside_photos}")
    monkeypatch.setattr(sys, "path", [str(beside_photos), *sys.path])
    own_path.leave_out_current_folder()
    assert str(beside_photos) in sys.path
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    own_path.leave_out_current_folder()
    assert "" in sys.path  # this code lies there


def test_older_pythons_work_in_the_folder_of_this_code(beside_photos):
    with in_own_folder(knows_safe_path=False):
        assert Path.cwd() == OWN == ROOT
    assert Path.cwd() == beside_photos
    with in_own_folder(knows_safe_path=True):
        assert Path.cwd() == beside_photos


def test_a_worker_of_the_pool_runs_no_code_of_the_current_folder(beside_photos, monkeypatch):
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    done = subprocess.run([sys.executable, "-c", HARNESS], capture_output=True, text=True)
    assert "IndexError" in done.stderr  # Beam is imported; it was told no endpoint
    assert not (beside_photos / "ran").exists()
