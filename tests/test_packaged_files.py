"""What is installed is what is in the folders: each file that is no Python is named in setup.py."""

import ast
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def package_data():
    tree = ast.parse((ROOT / "setup.py").read_text())
    (call,) = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "setup"
    ]
    return ast.literal_eval(next(word.value for word in call.keywords if word.arg == "package_data"))


def test_every_file_beside_the_code_is_installed():
    missing = []
    for package, patterns in package_data().items():
        for file in sorted((ROOT / package).rglob("*")):
            name = file.relative_to(ROOT / package).as_posix()
            # setuptools' ** takes folders, none too; fnmatch's * takes slashes as well
            known = any(fnmatch(name, one) or fnmatch(name, one.replace("**/", "")) for one in patterns)
            if file.is_file() and file.suffix not in (".py", ".pyc") and not known:
                missing.append(f"{package}/{name}")
    assert missing == []
