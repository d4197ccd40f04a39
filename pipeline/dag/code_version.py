"""A version of the code for TFX's cache: a step runs again when the code that it runs has changed."""

import ast
import functools
import hashlib
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SUFFIXES = {".py", ".pbtxt", ".html", ".css", ".js"}
# How a light table of strings names a module, or what is in it.
NAMED = re.compile(r"(schemas|models|components|pipeline)(\.\w+)+([.:]\w+)?")


@functools.cache
def code_version(*places: str) -> str:
    """A short hash of all source files under ``places``: files, or folders, relative to the project.

    Raises FileNotFoundError for a place without source files: it has moved, and its step would never run
    again.
    """
    digest = hashlib.sha256()
    for place in places:
        path = ROOT / place
        files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.suffix in SUFFIXES)
        if not files:
            raise FileNotFoundError(
                f"No source file at {place}. Expected a file or a folder of the code that a step runs. "
                "Name the place where it is now."
            )
        for file in files:
            digest.update(str(file.relative_to(ROOT)).encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


@functools.cache
def reached(place: str) -> tuple[str, ...]:
    """All files of the project that the module at ``place`` imports, with its own, sorted.

    Imports inside functions count too, and so do modules named by a string, as in
    ``"models.inputs.preprocessing"``, with or without the ``:name`` or ``.name`` of something in it. A step
    that runs only these files need not run again when another file has changed.
    """
    found: set[Path] = set()
    waiting = [ROOT / place]
    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        found.add(file)
        waiting += named_in(file)
    return tuple(str(file.relative_to(ROOT)) for file in sorted(found))


@functools.cache
def named_in(file: Path) -> tuple[Path, ...]:
    """The files of the project that one imports, or names by a string; read once for all steps."""
    named = {name for node in ast.walk(ast.parse(file.read_bytes())) for name in modules_of(node)}
    paths = [ROOT / (name.replace(".", "/") + ".py") for name in sorted(named)]
    return tuple(path for path in paths if path.is_file())


def modules_of(node: ast.AST) -> list[str]:
    """Names of possible modules that a ``node`` of the syntax tree imports, or names by a string."""
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and NAMED.fullmatch(node.value):
        return [node.value, re.split(r"[.:]\w+$", node.value)[0]]
    return []
