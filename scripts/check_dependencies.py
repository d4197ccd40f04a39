"""Holds what the code imports against what setup.py declares, by deptry, which reads no setup.py itself.

    .venv/bin/python scripts/check_dependencies.py

Extras count as what may be imported. What deptry can't know is told in pyproject.toml.
"""

import ast
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LISTS = ("INSTALL_REQUIRES", "EXTRAS_REQUIRE")


def declared(setup_file):
    """What is installed, and what the extra ``dev`` adds: two lists of requirements."""
    assigned = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(setup_file.read_text()).body
        if isinstance(node, ast.Assign) and node.targets[0].id in LISTS
    }
    extras = dict(assigned["EXTRAS_REQUIRE"])
    development = extras.pop("dev")
    importable = [line for lines in extras.values() for line in lines]
    return [*assigned["INSTALL_REQUIRES"], *importable], development


def main():
    """Runs deptry on the four packages; returns its exit code."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("installed.txt", "development.txt")]
        for file, lines in zip(files, declared(ROOT / "setup.py"), strict=True):
            file.write_text("\n".join(lines))
        deptry = str(Path(sys.executable).parent / "deptry")
        told = ["--requirements-files", str(files[0]), "--requirements-files-dev", str(files[1])]
        return subprocess.run([deptry, ".", *told], cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main())
