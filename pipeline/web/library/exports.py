"""What an export holds: tables, folders by person, XMP beside or inside the photos."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.db.models import Count, Q, QuerySet

from pipeline.web import storage
from pipeline.web.exchange.folders import Person as Named
from pipeline.web.exchange.folders import folder_names
from pipeline.web.exchange.jpeg_xmp import jpeg_with_xmp, read_jpeg_xmp
from pipeline.web.exchange.regions import Regions, region_of_box, stored_size
from pipeline.web.exchange.sidecar import sidecar_name, write_sidecar
from pipeline.web.exchange.tables import FaceRow, PersonRow, PhotoRow, csv_lines, json_pieces
from pipeline.web.exchange.xmp import write_regions
from pipeline.web.library.archive_names import archive_names
from pipeline.web.models import Account, Face, Person, Photo

Entry = tuple[str, bytes | Path]
KINDS = ("csv", "json", "folders", "sidecars", "copies")
NOT_READ = "not-exported.txt"


def entries(account: Account, kind: str, people: list[int] | None) -> Iterator[Entry]:
    """The entries of an export of one of KINDS, of all people or of some, by their ids."""
    chosen = Person.objects.filter(owner=account)
    chosen = chosen if people is None else chosen.filter(pk__in=people)
    yield from {
        "csv": _csv,
        "json": _json,
        "folders": _folders,
        "sidecars": _sidecars,
        "copies": _copies,
    }[kind](account, chosen)


def _csv(account: Account, people: QuerySet[Person]) -> Iterator[Entry]:
    for name, (row_type, rows) in _tables(account, people).items():
        yield f"{name}.csv", "".join(csv_lines(row_type, rows)).encode("utf-8-sig")


def _json(account: Account, people: QuerySet[Person]) -> Iterator[Entry]:
    tables: dict[str, Iterable[Any]] = {name: rows for name, (_, rows) in _tables(account, people).items()}
    yield "facefold.json", "".join(json_pieces(tables)).encode()


def _tables(account: Account, people: QuerySet[Person]) -> dict[str, tuple[Any, Iterator[Any]]]:
    faces = Face.objects.filter(owner=account, person__in=people).select_related("photo", "person")
    photos = Photo.objects.filter(owner=account).filter(with_faces_of(people))
    return {
        "people": (PersonRow, (_person_row(one) for one in _counted(people))),
        "faces": (FaceRow, (_face_row(one) for one in faces.order_by("id").iterator(1000))),
        "photos": (PhotoRow, (_photo_row(one) for one in photos.order_by("id").iterator(1000))),
    }


def with_faces_of(people: QuerySet[Person]) -> Q:
    """Photos in which one of the people is."""
    return Q(pk__in=Face.objects.filter(person__in=people).values("photo"))


def _counted(people: QuerySet[Person]) -> QuerySet[Person]:
    shown = Q(faces__state="shown")
    return people.annotate(n_photos=Count("faces__photo", filter=shown, distinct=True)).order_by("id")


def _person_row(one: Any) -> PersonRow:
    return PersonRow(str(one.uuid), one.name, one.n_faces, one.n_photos, one.hidden, one.favourite)


def _face_row(one: Face) -> FaceRow:
    person = one.person
    left, top, width, height = one.box
    return FaceRow(
        face=str(one.uuid),
        photo=str(one.photo.uuid),
        left=left,
        top=top,
        width=width,
        height=height,
        person=str(person.uuid) if person else "",
        name=person.name if person else "",
        confidence=one.confidence,
        assigned_by=one.assigned_by,
        origin=one.origin,
        state=one.state,
    )


def _photo_row(one: Photo) -> PhotoRow:
    width, height = stored_size((one.width, one.height), one.orientation)
    taken = one.taken_at.replace(tzinfo=None).isoformat() if one.taken_at else ""
    return PhotoRow(str(one.uuid), one.name, one.sha256, width, height, one.orientation, taken)


def _folders(account: Account, people: QuerySet[Person]) -> Iterator[Entry]:
    """Each photo in the folder of every person that is on it."""
    listed = list(people.order_by("id"))
    folders = folder_names(Named(str(one.pk), one.name, number) for number, one in enumerate(listed, 1))
    for person in listed:
        photos = Photo.objects.filter(faces__person=person, faces__state="shown").distinct().order_by("id")
        names = archive_names(photos, flat=True)
        for photo in photos:
            yield f"{folders[str(person.pk)]}/{names[photo.pk]}", storage.file_of("original", photo.file)


def _sidecars(account: Account, people: QuerySet[Person]) -> Iterator[Entry]:
    """``NAME.jpg.xmp`` beside each photo's own name, for programs that read sidecars."""
    known, photos = _names(account), list(_photos_of(account, people))
    names = archive_names(photos)
    for photo, regions in _with_regions(photos, people):
        yield sidecar_name(names[photo.pk]), write_sidecar(None, regions, known)


def _copies(account: Account, people: QuerySet[Person]) -> Iterator[Entry]:
    """Copies of the JPEGs with the XMP inside; what else the XMP of a photo says is kept."""
    known, photos = _names(account), list(_photos_of(account, people).filter(kind="image/jpeg"))
    names, failed = archive_names(photos), []
    for photo, regions in _with_regions(photos, people):
        data = storage.file_of("original", photo.file).read_bytes()
        try:
            packet = write_regions(read_jpeg_xmp(data), regions, known)
            yield names[photo.pk], jpeg_with_xmp(data, packet)
        except ValueError as error:
            failed.append(f"{photo.name}: {error}\r\n")
    if failed:
        yield NOT_READ, "".join(failed).encode()


def _names(account: Account) -> list[str]:
    return list(Person.objects.filter(owner=account).exclude(name="").values_list("name", flat=True))


def _photos_of(account: Account, people: QuerySet[Person]) -> QuerySet[Photo]:
    named = Face.objects.filter(person__in=people.exclude(name=""), state="shown")
    return Photo.objects.filter(owner=account, pk__in=named.values("photo")).order_by("id")


def _with_regions(photos: list[Photo], people: QuerySet[Person]) -> Iterator[tuple[Photo, Regions]]:
    """Each photo with the regions of the named people on it, relative to the picture as stored."""
    for start in range(0, len(photos), 200):
        part = photos[start : start + 200]
        found: dict[int, list[Face]] = defaultdict(list)
        faces = Face.objects.filter(photo__in=part, person__in=people.exclude(name=""), state="shown")
        for face in faces.select_related("person").order_by("id"):
            found[face.photo_id].append(face)
        for photo in part:
            size = (photo.width, photo.height)
            regions = [
                region_of_box(face.person.name, tuple(face.box), size, photo.orientation)
                for face in found[photo.pk]
            ]
            yield photo, Regions(tuple(regions), *stored_size(size, photo.orientation))
