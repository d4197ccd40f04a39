"""The page of all people."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from pipeline.web.models import Account, Person, Photo
from pipeline.web.owned import owned
from pipeline.web.pages.frame import page, shown
from pipeline.web.pages.parts import Part, key, part, wanted, whole

KINDS = ("", "named", "unnamed", "favourites", "hidden")


class PersonTile(NamedTuple):
    """A person in a list; ``cover`` is a face's name."""

    id: int
    uuid: UUID
    name: str
    cover: UUID | None
    n_faces: int
    favourite: bool


def people_part(request: HttpRequest, account: Account, search: str, kind: str) -> Part:
    """An account's people by number of faces, the largest first; of a name that holds ``search``."""
    rows = owned(account, Person).filter(hidden=kind == "hidden")
    if search:
        rows = rows.filter(name__icontains=search)
    if kind in ("named", "unnamed"):
        rows = rows.filter(name="") if kind == "unnamed" else rows.exclude(name="")
    if kind == "favourites":
        rows = rows.filter(favourite=True)
    after = key(request, 2)
    if after:
        n = whole(after[0])
        rows = rows.filter(Q(n_faces__lt=n) | Q(n_faces=n, id__gt=int(after[1])))
    found = rows.order_by("-n_faces", "id")[: wanted(request) + 1]
    columns = ("id", "uuid", "name", "cover__uuid", "n_faces", "favourite")
    return part(request, [PersonTile(*row) for row in found.values_list(*columns)], ("n_faces", "id"))


@page
def people(request: HttpRequest) -> HttpResponse:
    """All people: covers, names, numbers of faces."""
    search = request.GET.get("q", "").replace("\0", "").strip()[:200]
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    found = people_part(request, request.user, search, kind)
    empty = not found.rows and not search and not kind
    n_photos = owned(request.user, Photo).count() if empty else None
    return shown(
        request, "people.html", "people", part=found, search=search, kind=kind, kinds=KINDS, n_photos=n_photos
    )
