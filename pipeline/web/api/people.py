"""People: lists of them and of their faces, their names and marks."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from ninja import Query, Router

from pipeline.web.api.bodies import Merge, PeoplePatch, PersonPatch
from pipeline.web.api.items import face_item, person_item
from pipeline.web.api.keys import After, Key, Limit, Text, page
from pipeline.web.library import erasing, people
from pipeline.web.models import Person
from pipeline.web.owned import one_seen, owned

router = Router()
LARGEST = [("n_faces", True), ("id", False)]
FACES = {
    "least_sure": [("confidence", False), ("id", False)],
    "newest": [("taken", True), ("id", True)],
}


@router.get("people")
def list_people(
    request: HttpRequest,
    q: Annotated[Text | None, Query(max_length=200)] = None,
    hidden: bool | None = None,
    favourite: bool | None = None,
    after: After = None,
    limit: Limit = 60,
) -> Any:
    """The account's people, the largest first; without ``hidden`` those that are not hidden."""
    rows = owned(request.auth, Person).filter(hidden=bool(hidden)).exclude(Q(n_faces=0) & Q(name=""))
    if favourite is not None:
        rows = rows.filter(favourite=favourite)
    if q and q.strip():
        rows = rows.filter(name__icontains=q.strip())
    found, more = page(rows.select_related("cover"), LARGEST, after, limit)
    return {"items": [person_item(row) for row in found], "next": more}


@router.get("people/{uuid:person}")
def get_person(request: HttpRequest, person: UUID) -> Any:
    """A person, of the account's own or shared with it."""
    row = one_seen(request.auth, Person, person)
    return {**person_item(row), "own": row.owner_id == request.auth.pk}


@router.get("people/{uuid:person}/faces")
def list_faces(
    request: HttpRequest,
    person: UUID,
    order: Literal["least_sure", "newest"] = "least_sure",
    after: After = None,
    limit: Limit = 60,
) -> Any:
    """The shown faces of a person."""
    row = one_seen(request.auth, Person, person)
    rows = row.faces.filter(state="shown").select_related("photo", "person")
    rows = rows.annotate(taken=Coalesce(F("photo__taken_at"), F("photo__added")))
    found, more = page(rows, FACES[order], after, limit)
    return {"items": [face_item(face) for face in found], "next": more}


@router.patch("people/{uuid:person}")
def patch_person(request: HttpRequest, person: UUID, body: PersonPatch, key: Key) -> Any:
    """Names a person, hides it, marks it, or gives it a cover; ``same_name`` tells who else has the name."""
    return people.patch(request.auth, key, person, body.model_dump(exclude_none=True))


@router.post("people/patch")
def patch_people(request: HttpRequest, body: PeoplePatch, key: Key) -> Any:
    """Names, hides or marks several people at once."""
    fields = body.model_dump(exclude_none=True, exclude={"people"})
    return people.patch_several(request.auth, key, body.people, fields)


@router.post("people/merge")
def merge_people(request: HttpRequest, body: Merge, key: Key) -> Any:
    """Puts people together into one; the answer tells the name that stays."""
    return people.merge(request.auth, key, body.people, body.into)


@router.delete("people/{uuid:person}")
def delete_person(request: HttpRequest, person: UUID, key: Key) -> Any:
    """Takes a person apart: its faces become unknown, its name is gone for good."""
    return erasing.erase_person(request.auth, key, person)
