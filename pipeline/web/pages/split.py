"""The page on which one person is parted into several."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse

from pipeline.web.models import Account, Face, Job, Person
from pipeline.web.owned import one, owned
from pipeline.web.pages.frame import page, shown
from pipeline.web.pages.parts import whole
from pipeline.web.pages.tiles import FaceTile, face_tiles

COLUMNS = range(2, 7)


class Way(NamedTuple):
    """One way to part a person: how it was found, what speaks for it, and the faces of each part."""

    method: str
    evidence: str
    advised: bool
    columns: list[list[FaceTile]]


def ways(account: Account, person: Person, result: dict[str, Any]) -> list[Way]:
    """The ways that the worker proposes, with the person's faces as they are now.

    A face that left the person since is left out, and one that came since, or that is in no part, stands in
    the first column, which is the person's own.
    """
    faces = owned(account, Face).filter(person=person, state="shown").order_by("-confidence", "id")
    now = {str(tile.uuid): tile for tile in face_tiles(faces)}
    found = []
    for told in result.get("ways", []):
        parts = [[now[name] for name in part if name in now] for part in told["columns"]]
        placed = {tile.uuid for part in parts for tile in part}
        rest = [tile for tile in now.values() if tile.uuid not in placed]
        columns = [parts[0] + rest, *parts[1:]] if parts else [rest]
        found.append(Way(told["method"], told.get("words", ""), told.get("advised", False), columns))
    return found


@page
def split(request: HttpRequest, uuid: str) -> HttpResponse:
    """The columns that the worker proposes; nothing changes before they are applied."""
    person = one(request.user, Person, uuid)
    name = request.GET.get("job", "")
    job = one(request.user, Job, name) if name else None
    proposed = ways(request.user, person, job.result) if job and job.state == "done" else []
    at = min(whole(request.GET.get("way", "")), max(0, len(proposed) - 1))
    return shown(
        request,
        "split.html",
        "people",
        person=person,
        job=job,
        ways=proposed,
        at=at,
        way=proposed[at] if proposed else None,
        parts=request.GET.get("parts", ""),
        sizes=COLUMNS,
    )
