"""The page of ``facefold occlude``: the report's section on occlusion, alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from components.report.render import STYLES, TEMPLATES, environment
from components.report.sections.occlusion import occlusion
from schemas.files import atomic_write


def render_occlusion(
    result: Mapping[str, Any], arrays: Mapping[str, np.ndarray], path: Path, created: str
) -> Path:
    """Writes the page of a study and returns its path.

    Args:
        result: ``model``, ``landmarks``, and ``faces`` and ``pairs`` as of ``sections.occlusion``.
        arrays: those of ``components.occlude.pictures.pictured``.
        path: the file to write.
        created: ISO 8601 time.
    """
    page = environment().get_template("occlusion_page.html").render(
        title=f"What {result['model']} looks at",
        created=created,
        landmarks=result["landmarks"],
        style=Markup("".join((TEMPLATES / name).read_text("utf-8") for name in STYLES)),
        occlusion=occlusion(result, arrays),
        files={},
        data=None,
    )  # fmt: skip
    atomic_write(path, page.encode("utf-8"))
    return path
