"""People, faces and photos as answers tell of them."""

from __future__ import annotations

from typing import Any

from django.db.models import Count

from pipeline.web.models import Account, Face, Person, Photo
from pipeline.web.owned import owned, seen

Item = dict[str, Any]


def person_item(person: Person) -> Item:
    """A person, with the face on its cover; the rows need ``select_related("cover")``."""
    return {
        "id": person.uuid,
        "name": person.name,
        "cover": person.cover.uuid if person.cover else None,
        "n_faces": person.n_faces,
        "hidden": person.hidden,
        "favourite": person.favourite,
    }


def named(person: Person | None) -> Item | None:
    """A person by its id and name; None for nobody."""
    return None if person is None else {"id": person.uuid, "name": person.name}


def face_item(face: Face) -> Item:
    """A face; the rows need ``select_related("photo", "person")``."""
    return {
        "id": face.uuid,
        "photo": face.photo.uuid,
        "box": face.box,
        "confidence": face.confidence,
        "quality": face.quality,
        "origin": face.origin,
        "state": face.state,
        "assigned_by": face.assigned_by,
        "taken_at": face.photo.taken_at,
        "person": named(face.person),
    }


def photo_items(account: Account, photos: list[Photo]) -> list[Item]:
    """Photos with the number of faces that the account may look at; file names are the owner's alone."""
    faces = seen(account, Face) if any(photo.owner_id != account.pk for photo in photos) else None
    faces = owned(account, Face) if faces is None else faces
    shown = faces.filter(photo__in=photos, state="shown").order_by()
    counts = dict(shown.values_list("photo").annotate(n=Count("id", distinct=True)))
    return [
        {
            "id": photo.uuid,
            "name": photo.name if photo.owner_id == account.pk else "",
            "width": photo.width,
            "height": photo.height,
            "taken_at": photo.taken_at,
            "n_faces": counts.get(photo.pk, 0),
        }
        for photo in photos
    ]
