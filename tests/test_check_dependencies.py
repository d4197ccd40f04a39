"""What deptry is told of setup.py."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def declared():
    place = ROOT / "scripts" / "check_dependencies.py"
    spec = importlib.util.spec_from_file_location("check_dependencies", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.declared


def test_extras_may_be_imported_and_tools_may_not(tmp_path, declared):
    file = tmp_path / "setup.py"
    file.write_text(
        'PACKAGES = ["models*"]\n'
        'INSTALL_REQUIRES = ["numpy>=2", "tqdm"]  # both\n'
        'EXTRAS_REQUIRE = {"umap": ["umap-learn"], "dev": ["pytest>=8"], "web": ["fastapi", "uvicorn"]}\n'
        'raise SystemExit("not to be run")\n'
    )
    assert declared(file) == (["numpy>=2", "tqdm", "umap-learn", "fastapi", "uvicorn"], ["pytest>=8"])


def test_the_project_declares_itself(declared):
    installed, development = declared(ROOT / "setup.py")
    assert any(line.startswith("numpy") for line in installed)
    assert any(line.startswith("deptry") for line in development)
    assert not any(line.startswith("pandas") for line in installed)
