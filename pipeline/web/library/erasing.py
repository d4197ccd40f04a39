"""What goes for good: a photo with its faces, and a person's name. Neither is taken back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pipeline.web.edits import steps
from pipeline.web.edits.change import Change, changing
from pipeline.web.jobs import queue
from pipeline.web.library import likeness, spaces
from pipeline.web.library.naming import counted
from pipeline.web.library.scrubbing import Erased, drop_exports, everything_of, scrub
from pipeline.web.models import Account, Face, Item, Job, Person, Photo
from pipeline.web.owned import one
from pipeline.web.uploads.sidecars import sidecars_of

Answer = dict[str, Any]


def erase_person(account: Account, key: str, person: UUID) -> Answer:
    """Takes a person apart: its faces become unknown; its name, verdicts and shares are gone for good."""
    with changing(account, "erase", key, ["person", person]) as change:
        if change.answer is None:
            change.final = True
            row = one(account, Person, person)
            faces = Face.objects.filter(person=row)
            count = faces.update(person=None, assigned_by="", confidence=0.0)
            erased = everything_of(account, row)
            row.delete()
            scrub(account, erased)
            job = queue.add(account, "erase", {"exports": drop_exports(account)})
            change.summary = f"Took a person apart: {counted(count)}."
            change.answer = {"job": str(job.uuid), "faces": count}
    return change.answer


def erase_photo(account: Account, key: str, photo: UUID) -> Answer:
    """Erases a photo with its faces, embeddings and comments; the job removes its files.

    What was announced of it loses its file's name; everything that tells of its faces loses them.
    """
    with changing(account, "erase", key, ["photo", photo]) as change:
        if change.answer is None:
            row = one(account, Photo, photo)
            change.summary = "Erased a photo."
            change.answer = erase_photos(change, [row])
    spaces.forget(account)
    likeness.forget(account)
    return change.answer


def erase_photos(change: Change, photos: list[Photo]) -> Answer:
    """Erases photos within a change, and queues the removal of their files."""
    account = change.account
    change.final = True
    for part in steps.parts_of(photos):  # the worker, which may look at one now, is waited for
        list(Photo.objects.select_for_update().filter(pk__in=[photo.pk for photo in part]))
    faces = list(Face.objects.filter(photo__in=photos))
    change.people |= {face.person_id for face in faces if face.person_id is not None}
    files = [{"uuid": str(photo.uuid), "file": photo.file} for photo in photos]
    files_of_faces = [str(face.uuid) for face in faces]
    words = {word for photo in photos for word in (str(photo.uuid), photo.file)} | set(files_of_faces)
    ids = {"photo": {photo.pk for photo in photos}, "face": {face.pk for face in faces}}
    sidecars = _drop_sidecars(account, photos)
    Item.objects.filter(photo__in=photos).update(name="", photo=None, reason="erased")
    for part in steps.parts_of(photos):
        Photo.objects.filter(pk__in=[photo.pk for photo in part]).delete()
    scrub(account, Erased(ids, words))
    payload: dict[str, Any] = {"photos": files, "faces": files_of_faces, "sidecars": sidecars}
    payload["exports"] = drop_exports(account)
    job = queue.add(account, "erase", payload)
    return {"job": str(job.uuid), "faces": len(faces)}


def _drop_sidecars(account: Account, photos: list[Photo]) -> list[str]:
    """Takes the names of sidecars beside erased photos away; returns the files of those not read yet."""
    files: list[str] = []
    for part in steps.parts_of([item.pk for photo in photos for item in sidecars_of(photo, Item.STATES)]):
        Item.objects.filter(pk__in=part).update(name="", reason="erased")
        waiting = Job.objects.filter(owner=account, kind="names", payload__item__in=part)
        files += [payload["file"] for payload in waiting.values_list("payload", flat=True)]
        waiting.delete()
    return files
