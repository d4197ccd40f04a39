"""Regions of faces out of an XMP packet, and into one that keeps everything else it had."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from pipeline.web.exchange.keywords import change_names, plain
from pipeline.web.exchange.matching import best_pairs
from pipeline.web.exchange.packet import (
    DESCRIPTION,
    Element,
    new_packet,
    parse,
    properties,
    rdf_of,
    serialised,
    tidy,
    xml_text,
)
from pipeline.web.exchange.region_forms import (
    MICROSOFT,
    MWG,
    Form,
    add_item,
    dimensions,
    items_of,
    name_item,
    rounded,
    set_dimensions,
)
from pipeline.web.exchange.regions import FACE, Region, Regions, overlap

MOST = 1_000  # regions of one packet: a crowd has hundreds
ALIKE = 0.5  # overlap from which on two programs' regions are one face
PLACES = 2 * 10**-6  # how far a written number may be from the one asked for: it has six digits
NOBODY: Mapping[str, str] = MappingProxyType({})


def read_regions(packet: bytes) -> Regions:
    """The regions of an XMP packet, relative to the picture as stored, and the size they were made for.

    MWG's and Microsoft's are read; a face that stands in both is told once. Regions without an area, with
    numbers that are none, or outside the picture are passed over.

    Raises:
        ValueError: the packet can't be read, or has more than ``MOST`` regions.
    """
    rdf = rdf_of(parse(packet))
    told = Regions((), *dimensions(rdf))
    found = [region for item in _few(items_of(rdf, MWG)) if (region := MWG.read(item, told)) is not None]
    for item in _few(items_of(rdf, MICROSOFT)):
        region = MICROSOFT.read(item, told)
        if region is not None and not _told_already(region, found):
            found.append(region)
    return replace(told, regions=tuple(found))


def write_regions(
    packet: bytes | None,
    ours: Regions,
    known: Collection[str] = (),
    renamed: Mapping[str, str] = NOBODY,
) -> bytes:
    """An XMP packet in which our faces stand, and everything else of the packet as it was.

    The faces of people we know are ours: such a region moves to where we have it, or leaves. A region that
    nobody named is taken for ours where it overlaps one. Regions of other kinds, and faces by names that we
    don't know, stay. Where the packet has Microsoft's regions, ours stand there too. ``dc:subject`` and
    ``Iptc4xmpExt:PersonInImage`` get the names; a name that a region bore, and bears no longer, leaves them.
    Written twice, the same bytes.

    Args:
        packet: what the file has; None if it has none.
        ours: the faces of the photo, relative to the picture as stored, with its width and height; those
            without a name are written without one.
        known: the names of all people of the library; those of ``ours`` and ``renamed`` need not be told
            again.
        renamed: from a person's old name to the new one.

    Raises:
        ValueError: the packet can't be read or has more than ``MOST`` regions, or a region of ours is no face
            or lies outside the picture.
    """
    root = new_packet() if packet is None else parse(packet)
    rdf = rdf_of(root)
    faces = _checked(ours)
    renames = {plain(old): xml_text(new) for old, new in renamed.items()}
    mine = {plain(name) for name in [*known, *renamed.keys(), *renamed.values(), *(f.name for f in faces)]}
    left = _write_form(rdf, MWG, faces, mine, renames)
    if properties(rdf, MICROSOFT.prop):
        left |= _write_form(rdf, MICROSOFT, faces, mine, renames)
    if ours.width and ours.height:
        set_dimensions(rdf, ours.width, ours.height)
    still = {plain(region.name) for region in _all_regions(rdf)}
    change_names(rdf, [face.name for face in faces if face.name], renames, left - still)
    for form in (MWG, MICROSOFT):
        for found in properties(rdf, form.prop):
            tidy(found)
    return serialised(root)


def _checked(ours: Regions) -> list[Region]:
    for region in ours.regions:
        edges = (abs(region.x - 0.5) + region.w / 2, abs(region.y - 0.5) + region.h / 2)
        inside = all(edge <= 0.5 + PLACES for edge in edges)  # false for NaN too
        if region.kind != FACE or not inside or not min(region.w, region.h) > 0:
            raise ValueError(
                f"A region can't be written. Expected the kind {FACE!r} and an area within 0 and 1; "
                f"received {region}. "
                "Fix: leave it out: regions of other kinds that a file has are kept."
            )
    return [rounded(region) for region in ours.regions]


def _write_form(
    rdf: Element, form: Form, faces: list[Region], mine: set[str], renamed: Mapping[str, str]
) -> set[str]:
    """Brings one form's regions to what ours are; returns the names that its regions of ours bore before."""
    told = Regions((), *dimensions(rdf))
    theirs: list[tuple[Element, Region]] = []
    others: list[tuple[Element, Region]] = []
    for item in _few(items_of(rdf, form)):
        region = form.read(item, told)
        if region is not None and region.kind == FACE:
            (theirs if plain(region.name) in mine | {""} else others).append((item, region))
    # A face without a name says nothing where somebody else named one.
    faces = [face for face in faces if face.name or not any(overlap(face, one) >= ALIKE for _, one in others)]
    pairs = dict(best_pairs(_likeness([region for _, region in theirs], faces, renamed)))
    for place, (item, region) in enumerate(theirs):
        if place in pairs:
            _change(item, form, region, faces[pairs[place]])
        elif region.name:
            item.getparent().remove(item)
    taken = set(pairs.values())
    for place, face in enumerate(faces):
        if place not in taken:
            add_item(rdf, form, face)
    _drop_empty(rdf, form)
    return {plain(region.name) for _, region in theirs} - {""}


def _likeness(theirs: list[Region], faces: list[Region], renamed: Mapping[str, str]) -> np.ndarray:
    """How well each region of a file (n) is each of ours (m): by its name, or where it has none by its place.

    A region of another name is not changed into ours: what else it says is about somebody else.
    """
    likeness = np.zeros((len(theirs), len(faces)))
    for i, one in enumerate(theirs):
        name = plain(one.name)
        for j, other in enumerate(faces):
            shared = overlap(one, other)
            if name and plain(renamed.get(name, name)) == plain(other.name):
                likeness[i, j] = 1 + shared
            elif not name and shared >= ALIKE:
                likeness[i, j] = shared
    return likeness


def _change(item: Element, form: Form, is_so: Region, face: Region) -> None:
    if any(abs(getattr(is_so, side) - getattr(face, side)) > PLACES for side in ("x", "y", "w", "h")):
        form.place(item, face)
    name_item(item, form, face.name)


def _drop_empty(rdf: Element, form: Form) -> None:
    """Takes away a property whose list has no item left, and the description that held nothing else."""
    for found in properties(rdf, form.prop):
        if not form.items(found):
            parent = found.getparent()
            parent.remove(found)
            if len(parent) == 0 and len(parent.attrib) <= 1 and len(list(rdf.iterchildren(DESCRIPTION))) > 1:
                rdf.remove(parent)


def _all_regions(rdf: Element) -> Iterable[Region]:
    told = Regions((), *dimensions(rdf))
    for form in (MWG, MICROSOFT):
        yield from (region for item in items_of(rdf, form) if (region := form.read(item, told)) is not None)


def _told_already(region: Region, found: list[Region]) -> bool:
    return any(
        one.kind == FACE
        and overlap(region, one) >= ALIKE
        and (not region.name or plain(region.name) == plain(one.name))
        for one in found
    )


def _few(items: list[Element]) -> list[Element]:
    if len(items) > MOST:
        raise ValueError(
            f"An XMP packet has too many regions. Expected at most {MOST}; received {len(items)}. "
            "Fix: leave it out."
        )
    return items
