"""Where the ingest keeps its cache and its progress: in the environment, not among its properties.

Properties decide whether TFX uses its own cache, and places never change a result.
"""

import os
from collections.abc import Mapping
from typing import Any

from components.ingest.settings import SourceSettings, settings_of

PLACE_VARIABLES = {name: f"FACEFOLD_INGEST_{name.upper()}" for name in ("cache_dir", "progress")}


def with_places(settings: Mapping[str, Any]) -> SourceSettings:
    """The settings with the places that the environment names; ValueError as for ``settings_of``."""
    places = {name: os.environ.get(variable, "") for name, variable in PLACE_VARIABLES.items()}
    return settings_of({**settings, **places})
