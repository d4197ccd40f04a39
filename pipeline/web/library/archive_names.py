"""The name of each photo inside an archive: its own, as far as every file system takes it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pipeline.web.exchange.folders import Person as Named
from pipeline.web.exchange.folders import folder_names
from pipeline.web.models import Photo
from pipeline.web.uploads.kinds import ENDINGS

ENDING = re.compile(r"\.[A-Za-z0-9]{1,5}")


def archive_names(photos: Iterable[Photo], flat: bool = False) -> dict[int, str]:
    """A path for each photo's id, "/" between folders; no two are one on any file system.

    With ``flat`` the folders that the photos came from are left out.
    """
    out: dict[int, str] = {}
    taken: set[str] = set()
    counts: dict[str, int] = {}  # where counting goes on, of thousands of one name
    for photo in photos:
        parts = [part for part in re.split(r"[/\\]", photo.name) if part not in ("", ".", "..")] or ["photo"]
        stem, dot, ending = parts[-1].rpartition(".")
        if not stem or not ENDING.fullmatch(dot + ending):
            stem, dot, ending = parts[-1], "", ENDINGS.get(photo.kind, "")
        folder = "" if flat else "".join(f"{_safe(part)}/" for part in parts[:-1][-8:])
        safe = _safe(stem)
        name = f"{folder}{safe}{dot}{ending}"
        first = name.casefold()
        count = counts.get(first, 1)
        while name.casefold() in taken:
            count += 1
            name = f"{folder}{safe} ({count}){dot}{ending}"
        counts[first] = count
        taken.add(name.casefold())
        out[photo.pk] = name
    return out


def _safe(part: str) -> str:
    return folder_names([Named("", part, 1)])[""]
