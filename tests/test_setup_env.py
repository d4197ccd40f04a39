"""The set-up stops on hosts where it can't work, saying what was found, what is needed and what to do."""

import importlib.util
import os
import platform
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def setup_env():
    spec = importlib.util.spec_from_file_location("setup_env", ROOT / "scripts" / "setup_env.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def stopped(call, capsys):
    with pytest.raises(SystemExit) as error:
        call()
    message = str(error.value)
    assert message.startswith("setup: found ")
    assert "Needed: " in message
    assert "Fix: " in message
    return message


def test_arm64_is_refused(setup_env, monkeypatch, capsys):
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    assert "aarch64" in stopped(setup_env.check_host, capsys)


def test_musl_is_refused(setup_env, monkeypatch, capsys):
    def no_glibc(name):
        raise ValueError("unrecognized configuration name")

    monkeypatch.setattr(os, "confstr", no_glibc)
    assert "musl" in stopped(setup_env.check_host, capsys)


def test_this_host_passes(setup_env):
    setup_env.check_host()
    major, minor = setup_env.glibc_version()
    assert (major, minor) >= (2, 17)


def test_an_unknown_extra_is_named_with_the_known_ones(setup_env, capsys):
    message = stopped(lambda: setup_env.main(["gpuu"]), capsys)
    assert "gpuu" in message
    assert "airflow, dev, dlib, gpu, imagenet, infomap, kubeflow, umap, web" in message


def test_extras_are_those_of_setup_py(setup_env):
    text = (ROOT / "setup.py").read_text()
    for extra in setup_env.KNOWN_EXTRAS:
        assert f'"{extra}": [' in text


def test_an_old_distribution_without_apt_is_refused(setup_env, monkeypatch, tmp_path, capsys):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import glibc_runtime

    monkeypatch.setattr(glibc_runtime, "os_release", lambda: "rocky")
    message = stopped(lambda: glibc_runtime.fetch(tmp_path, setup_env.stop), capsys)
    assert "rocky" in message
    assert "2.38" in message


def test_no_usable_python_is_said_in_one_line(tmp_path):
    old = tmp_path / "oldpython"
    old.write_text('#!/bin/sh\ncase "$2" in *platform*) echo 3.9.1;; *) exit 1;; esac\n')
    old.chmod(0o755)
    done = subprocess.run(
        ["sh", str(ROOT / "scripts" / "setup.sh")],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHON": str(old)},
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "=3.9.1" in done.stderr
    assert "3.10 to 3.13" in done.stderr
