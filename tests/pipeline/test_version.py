"""`facefold --version`, and that the version stands in setup.py alone."""

import re
from pathlib import Path

import pytest

from pipeline import cli

ROOT = Path(__file__).resolve().parents[2]


def test_the_command_tells_the_version_of_setup_py(capsys):
    (written,) = re.findall(r'^    version="([^"]+)",$', (ROOT / "setup.py").read_text(), re.MULTILINE)
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"facefold {written}\n"


def test_the_changelog_has_the_version_and_no_other_file_of_the_root_repeats_it():
    (written,) = re.findall(r'^    version="([^"]+)",$', (ROOT / "setup.py").read_text(), re.MULTILINE)
    assert f"## [{written}]" in (ROOT / "CHANGELOG.md").read_text()
    for name in ("CITATION.cff", "pyproject.toml"):
        assert not re.search(r"^version", (ROOT / name).read_text(), re.MULTILINE)
