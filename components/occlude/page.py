"""The page of a study."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.occlude.conditions import Faces
from components.occlude.study import Study


def write_page(result: Mapping[str, Any], faces: Faces, study: Study, path: Path) -> None:
    """Writes the page."""
    path.write_text("")
