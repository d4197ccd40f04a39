"""A version of the code for TFX's cache: a step runs again when the code that it runs has changed."""

import ast
import functools
import hashlib
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENTRY = re.compile(r"([a-z_][\w.]*):[A-Za-z_]\w*")  # the path of a ``schemas.entry.Entry``
SUFFIXES = {".py", ".pbtxt", ".html", ".css", ".js"}


@functools.cache
def code_version(*places):
    """A short hash of all source files under ``places``, folders or files relative to the house."""
    digest = hashlib.sha256()
    for place in places:
        path = ROOT / place
        files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.suffix in SUFFIXES)
        for file in files:
            digest.update(str(file.relative_to(ROOT)).encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


@functools.cache
def reached(place):
    """All files of the house that the module at ``place`` imports, also within functions, or has entries of.

    A step that runs only these need not run again when another file has changed.
    """
    found: set[Path] = set()
    waiting = [ROOT / place]
    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        found.add(file)
        for node in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.Constant) and (entry := ENTRY.fullmatch(str(node.value))):
                names = [entry[1]]
            else:
                continue
            paths = [ROOT / (name.replace(".", "/") + ".py") for name in names]
            waiting += [path for path in paths if path.is_file()]
    return tuple(str(file.relative_to(ROOT)) for file in sorted(found))
