"""An account's own things: searches, exports, calibration, sessions, and its erasing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponseBase
from ninja import File, Router, Schema
from ninja.files import UploadedFile
from pydantic import Field

from pipeline.web import storage
from pipeline.web.accounts.erasing import erase_account
from pipeline.web.api.keys import Text
from pipeline.web.jobs.model_names import models
from pipeline.web.jobs.queue import add
from pipeline.web.library import searching
from pipeline.web.library.calibrating import calibrate
from pipeline.web.library.exports import KINDS
from pipeline.web.library.refused import Refused
from pipeline.web.models import Face, Job, Library, Person, Session
from pipeline.web.owned import one, owned, several
from pipeline.web.pages.sending import sent
from pipeline.web.uploads.pieces import LARGEST

router = Router(tags=["account"])


class Export(Schema):
    """What to export: one of csv, json, folders, sidecars, copies; of all people, or of some."""

    kind: Text = Field(max_length=20)
    people: list[UUID] | None = Field(None, max_length=2000)


class Password(Schema):
    """The account's password."""

    password: Text = Field(max_length=1000)


class Model(Schema):
    """A model by its name."""

    model: Text = Field(max_length=40)


class Rate(Schema):
    """How many of a thousand pairs of two people may be taken for one."""

    false_merge_rate: float = Field(0.001, ge=1e-5, le=0.5)


@router.post("search")
def search_photo(request: HttpRequest, photo: File[UploadedFile]) -> dict[str, Any]:
    """Searches for the faces most like the largest one in a photo that is sent, and not kept."""
    if photo.size is None or not 0 < photo.size <= LARGEST:
        raise Refused(f"Expected a photo of at most {LARGEST:,} bytes.")
    name = storage.new_name()
    storage.write("search", name, photo.read())
    return {"job": str(add(request.auth, "search", {"file": name}).uuid)}


@router.post("search/{uuid:face}")
def search_face(request: HttpRequest, face: UUID) -> dict[str, Any]:
    """Searches for the faces most like one of the library; the job that it tells of has ended already."""
    return {"job": str(searching.search_face(request.auth, one(request.auth, Face, face)).uuid)}


@router.post("exports")
def export(request: HttpRequest, told: Export) -> dict[str, Any]:
    """Lets the worker write an export."""
    if told.kind not in KINDS:
        raise Refused(f"Unknown export {told.kind[:20]!r}. Expected one of: {', '.join(KINDS)}.")
    payload: dict[str, Any] = {"kind": told.kind}
    if told.people is not None:
        payload["people"] = [row.pk for row in several(request.auth, Person, told.people)]
    return {"job": str(add(request.auth, "export", payload).uuid)}


@router.get("exports/{uuid:job}/file")
def export_file(request: HttpRequest, job: UUID) -> HttpResponseBase:
    """The zip file of an export that is done."""
    row = one(request.auth, Job, job)
    if row.kind != "export" or row.state != "done":
        raise Http404("No such export, or it is not done.")
    return sent(storage.file_of("export", row.uuid), "application/zip", row.result["name"])


@router.get("models")
def list_models(request: HttpRequest) -> dict[str, Any]:
    """The models that this server offers, and in which of their spaces faces are embedded."""
    library = Library.objects.get_or_create(owner=request.auth)[0]
    spaces = {model: space for space, model in library.space_models.items()}
    return {
        "items": [
            {"name": name, "space": spaces.get(name), "is_current": name == library.model}
            for name in models()
        ]
    }


@router.post("models")
def embed_by(request: HttpRequest, told: Model) -> dict[str, Any]:
    """Embeds all faces by another model that the server offers, to compare what it groups."""
    if told.model not in models():
        raise Refused(f"Unknown model {told.model[:40]!r}. Expected one of: {', '.join(models())}.")
    return {"job": str(add(request.auth, "embed", {"model": told.model}, once=True).uuid)}


@router.post("calibration")
def calibration(request: HttpRequest, told: Rate) -> dict[str, Any]:
    """The distance for a rate of false merges, by what was said of pairs; refused where that is little."""
    return calibrate(request.auth, told.false_merge_rate)


@router.delete("sessions/{number}")
def end_session(request: HttpRequest, number: str) -> dict[str, Any]:
    """Ends another browser's session, by the first 12 letters of the SHA-256 of its key."""
    from pipeline.web.accounts.sessions import mark

    for session in owned(request.auth, Session):
        if mark(session.session_key) == number:
            session.delete()
            return {"ended": 1}
    raise Http404("No such session.")


@router.delete("account")
def erase(request: HttpRequest, told: Password) -> Any:
    """Erases the account with everything that it has, for good."""
    erase_account(request.auth, told.password)
    logout(request)
    return {"erased": True}
