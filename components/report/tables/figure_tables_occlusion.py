"""The numbers of the study of occlusion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.occlude.table import head_of, rows_of
from components.report.tables.figure_files import Table


def occlusion_table(found: Mapping[str, Any] | None) -> Table | None:
    """Every mask and fill with its effect on each score; None without a study."""
    if not found or "undefined" in found:
        return None
    return Table("What hiding parts of faces does", head_of(), rows_of(found))
