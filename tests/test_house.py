"""The house's own rules: imports go one way, and nothing shadows the four packages."""

import ast
import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ORDER = ["schemas", "models", "components", "pipeline"]


def imported_packages(file):
    """Top-level names that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def sources(package):
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("package", ORDER)
def test_imports_go_one_way(package):
    above = set(ORDER[ORDER.index(package) + 1 :])
    wrong = [
        (str(f.relative_to(ROOT)), name)
        for f in sources(package)
        for name in imported_packages(f)
        if name in above
    ]
    assert not wrong
    assert sources(package)


@pytest.mark.parametrize("package", ["schemas", "models"])
def test_no_tfx_and_no_beam_below_the_components(package):
    wrong = [
        (str(f.relative_to(ROOT)), name)
        for f in sources(package)
        for name in imported_packages(f)
        if name in ("tfx", "apache_beam")
    ]
    assert not wrong


def test_plain_functions_of_the_components_know_no_tfx():
    thin = {"component.py", "driver.py", "executor.py", "baseline.py", "artifacts.py", "beam_stages.py"} | {
        *("row_stages.py", "labelled_stages.py"),
    }
    wrong = [
        str(f.relative_to(ROOT))
        for f in sources("components")
        if f.name not in thin and {"tfx", "apache_beam"} & set(imported_packages(f))
    ]
    assert not wrong


@pytest.mark.parametrize("package", ORDER)
def test_each_package_is_imported_from_here(package):
    assert Path(importlib.util.find_spec(package).origin).resolve().parent == ROOT / package


def test_init_files_are_empty():
    """But for one line, by which `from pipeline.serving import connect` stays what it was."""
    filled = [f for package in ORDER for f in (ROOT / package).rglob("__init__.py") if f.read_text().strip()]
    assert [str(f.relative_to(ROOT)) for f in filled] == ["pipeline/serving/__init__.py"]
    assert len(filled[0].read_text().splitlines()) == 1


def test_library_code_does_not_print():
    wrong = []
    for package in ORDER:
        for file in sources(package):
            calls = [n for n in ast.walk(ast.parse(file.read_text())) if isinstance(n, ast.Call)]
            printed = any(isinstance(c.func, ast.Name) and c.func.id == "print" for c in calls)
            if printed and file.name != "cli.py":
                wrong.append(str(file.relative_to(ROOT)))
    assert not wrong


def test_no_two_test_files_have_one_name():
    """pytest takes the second for the first: the folders of tests are no packages."""
    names = [file.name for file in (ROOT / "tests").rglob("test_*.py")]
    assert sorted({name for name in names if names.count(name) > 1}) == []
