"""Names that another program wrote into a photo or beside it, given to the faces that were found in it."""

from __future__ import annotations

from typing import Any

from pipeline.web.edits.change import Change, changing
from pipeline.web.exchange.jpeg_xmp import read_jpeg_xmp
from pipeline.web.exchange.matching import matched_regions
from pipeline.web.exchange.regions import (
    FACE,
    Region,
    Regions,
    box_of_region,
    made_for,
    region_of_box,
    stored_size,
)
from pipeline.web.exchange.sidecar import read_sidecar
from pipeline.web.exchange.xmp import read_regions
from pipeline.web.jobs.queue import add
from pipeline.web.models import Account, Face, Person, Photo, Verdict

MOST = 200  # regions of one photo


def regions_in(data: bytes) -> Regions:
    """The regions in a photo's own XMP; none where it has no XMP that can be read."""
    try:
        packet = read_jpeg_xmp(data) if data.startswith(b"\xff\xd8") else None
        return read_regions(packet) if packet else Regions()
    except ValueError:
        return Regions()


def apply_sidecar(photo: Photo, data: bytes) -> dict[str, Any]:
    """Gives the names in a sidecar to the photo's faces; raises ValueError if it can't be read."""
    return apply_regions(photo, read_sidecar(data), "sidecar")


def apply_regions(photo: Photo, told: Regions, source: str) -> dict[str, Any]:
    """Gives the names of regions to the faces they lie over, and makes faces of those that lie over none.

    It is one edit, that can be taken back, and is done once for a photo and a source. A face that a person
    has named keeps its name. Regions made for a picture of another shape, one that was cropped since, are
    left out.
    """
    named = [region for region in told.regions if region.kind == FACE and region.name.strip()][:MOST]
    size = (photo.width, photo.height)
    if not named or not made_for(told, *stored_size(size, photo.orientation)):
        return {"named": 0, "made": 0}
    with changing(photo.owner, "import", f"xmp:{source}:{photo.uuid}") as change:
        if change.answer is None:
            faces = list(Face.objects.filter(photo=photo, state="shown").order_by("id"))
            places = [region_of_box("", tuple(face.box), size, photo.orientation) for face in faces]
            found = matched_regions(named, places)
            pairs = [(named[region], faces[face]) for region, face in found.pairs]
            pairs = [(region, face) for region, face in pairs if face.assigned_by != "person"]
            made = [_face(photo, named[region], size) for region in found.new]
            change.add(made)
            pairs += list(zip((named[region] for region in found.new), made, strict=True))
            for region, face in pairs:
                _name(change, photo.owner, face, region.name)
            for face in made:
                add(photo.owner, "draw", {"face": face.pk})
            change.summary = f"Names out of {photo.name[-80:]}: {len(pairs)}."
            change.answer = {"named": len(pairs), "made": len(made)}
    return change.answer or {}


def _face(photo: Photo, region: Region, size: tuple[int, int]) -> Face:
    box = [round(value, 1) for value in box_of_region(region, size, photo.orientation)]
    return Face(owner=photo.owner, photo=photo, box=box, origin="xmp", placed=True)


def _name(change: Change, account: Account, face: Face, name: str) -> None:
    text = " ".join(name.split())[:200]
    person = Person.objects.filter(owner=account, name__iexact=text).order_by("-n_faces", "id").first()
    if person is None:
        person = change.add([Person(owner=account, name=text)])[0]
    if Verdict.objects.filter(face=face, person=person, is_person=False).exists():
        return
    change.set([face], person=person, assigned_by="import", confidence=1.0)
    if not Verdict.objects.filter(face=face, person=person).exists():
        change.add([Verdict(face=face, person=person, is_person=True)])
