"""The two ways in which programs write regions into XMP, read and written by the same five functions.

MWG's ``mwg-rs:Regions`` (Guidelines 2.0, "Image Regions") has centre and size, in a structure of its own;
Microsoft's ``MP:RegionInfo`` (photo schema 1.2) has left, top, width and height in one text, and faces of
people only.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lxml import etree

from pipeline.web.exchange.packet import (
    LISTS,
    PARSE_TYPE,
    Element,
    fields,
    list_items,
    namespaces_of,
    new_description,
    properties,
    set_value,
    tag,
    value,
    xml_text,
)
from pipeline.web.exchange.regions import FACE, Region, Regions

DIGITS = 6  # after the point: a hundredth of a pixel of a picture 10,000 pixels wide
SIDES = ("x", "y", "w", "h")


@dataclass(frozen=True)
class Form:
    """One way to write regions: its property, the field with its list, the field with a name, and three
    functions."""

    prop: str
    field: str
    name: str
    prefixes: tuple[str, ...]
    read: Callable[[Element, Regions], Region | None]
    place: Callable[[Element, Region], None]
    items: Callable[[Element], list[Element]]


def rounded(region: Region) -> Region:
    """A region as it will be read back: by six digits, and without what XML can't hold."""
    x, y, w, h = (round(getattr(region, side), DIGITS) for side in SIDES)
    return Region(xml_text(region.name), x, y, max(w, 10**-DIGITS), max(h, 10**-DIGITS), region.kind)


def items_of(rdf: Element, form: Form) -> list[Element]:
    """All items of the lists of regions that a packet has in this form."""
    return [item for found in properties(rdf, form.prop) for item in form.items(found)]


def add_item(rdf: Element, form: Form, region: Region) -> None:
    """Adds a region to the packet's first list in this form, which is made where there is none."""
    found = properties(rdf, form.prop)
    holder = (
        fields(found[0])
        if found
        else _structure(new_description(rdf, namespaces_of(*form.prefixes)), form.prop)
    )
    wanted = holder.find(tag(form.field))
    if wanted is None:
        if PARSE_TYPE not in holder.attrib and holder.tag == tag(form.prop):
            holder.set(PARSE_TYPE, "Resource")
        wanted = etree.SubElement(holder, tag(form.field))
    bag = next(wanted.iterchildren(*LISTS), None)
    item = _structure(etree.SubElement(wanted, LISTS[0]) if bag is None else bag, "rdf:li")
    form.place(item, region)
    name_item(item, form, region.name)


def name_item(item: Element, form: Form, name: str) -> None:
    """Gives an item a name; an empty one takes it away."""
    if (value(item, form.name) or "") != name:
        set_value(item, form.name, name or None)


def dimensions(rdf: Element) -> tuple[int | None, int | None]:
    """Width and height that MWG's regions were made for, in pixels of the picture as stored; None where not
    told."""
    for found in properties(rdf, "mwg-rs:Regions"):
        told = fields(found).find(tag("mwg-rs:AppliedToDimensions"))
        if told is not None:
            width, height = (_number(value(told, f"stDim:{side}")) for side in "wh")
            if width and height and min(width, height) >= 1 and max(width, height) < 1e9:
                return round(width), round(height)
    return None, None


def set_dimensions(rdf: Element, width: int, height: int) -> None:
    """Writes the size in pixels that MWG's regions are made for, where a packet has such regions."""
    for found in properties(rdf, "mwg-rs:Regions"):
        told = fields(found).find(tag("mwg-rs:AppliedToDimensions"))
        if told is None:
            told = _structure(fields(found), "mwg-rs:AppliedToDimensions")
            fields(found).insert(0, told)
        for field, text in (("w", str(width)), ("h", str(height)), ("unit", "pixel")):
            if value(told, f"stDim:{field}") != text:
                set_value(told, f"stDim:{field}", text)


def _structure(parent: Element, name: str) -> Element:
    node = etree.SubElement(parent, tag(name))
    node.set(PARSE_TYPE, "Resource")
    return node


def _in_list(field: str) -> Callable[[Element], list[Element]]:
    def items(found: Element) -> list[Element]:
        return list(_items(fields(found), field))

    return items


def _items(holder: Element, field: str) -> Iterator[Element]:
    for wanted in holder.iterchildren(tag(field)):
        yield from list_items(wanted)


def _number(text: str | None) -> float | None:
    """A finite number, with point or comma: programs have written their user's own comma."""
    try:
        number = float((text or "").strip().replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _region(name: str, centre: tuple[float, float], size: tuple[float, float], kind: str) -> Region | None:
    """A region, cut at the picture's edge; None if nothing of it lies inside."""
    sides = []
    for middle, length in zip(centre, size, strict=True):
        first, last = middle - length / 2, middle + length / 2
        inside = first >= 0 and last <= 1
        cut = (max(first, 0.0), min(last, 1.0))
        sides.append((middle, length) if inside else ((cut[0] + cut[1]) / 2, cut[1] - cut[0]))
    (x, w), (y, h) = sides
    return Region(name, x, y, w, h, kind) if w > 0 and h > 0 else None


def _read_mwg(item: Element, regions: Regions) -> Region | None:
    area = fields(item).find(tag("mwg-rs:Area"))
    if area is None:
        return None
    x, y, w, h = (_number(value(area, f"stArea:{side}")) for side in SIDES)
    across = _number(value(area, "stArea:d"))  # a circle, by its diameter relative to the smaller side
    if across is not None and w is None and h is None:
        wide, high = regions.width or 1, regions.height or 1
        w, h = across * min(wide, high) / wide, across * min(wide, high) / high
    if x is None or y is None or w is None or h is None:
        return None
    if value(area, "stArea:unit") == "pixel" and regions.width and regions.height:
        x, y, w, h = x / regions.width, y / regions.height, w / regions.width, h / regions.height
    return _region(
        value(item, "mwg-rs:Name") or "", (x, y), (w, h), (value(item, "mwg-rs:Type") or FACE).strip() or FACE
    )


def _read_microsoft(item: Element, _regions: Regions) -> Region | None:
    told = [_number(part) for part in (value(item, "MPReg:Rectangle") or "").split(",")]
    numbers = [number for number in told if number is not None]
    if len(told) != 4 or len(numbers) != 4:
        return None
    left, top, w, h = numbers
    return _region(value(item, "MPReg:PersonDisplayName") or "", (left + w / 2, top + h / 2), (w, h), FACE)


def _place_mwg(item: Element, region: Region) -> None:
    at = fields(item)
    area = at.find(tag("mwg-rs:Area"))
    if area is None:
        area = _structure(at, "mwg-rs:Area")
    set_value(area, "stArea:d", None)
    for side in SIDES:
        set_value(area, f"stArea:{side}", f"{getattr(region, side):.{DIGITS}f}")
    set_value(area, "stArea:unit", "normalized")
    set_value(item, "mwg-rs:Type", region.kind)


def _place_microsoft(item: Element, region: Region) -> None:
    numbers = (region.x - region.w / 2, region.y - region.h / 2, region.w, region.h)
    set_value(item, "MPReg:Rectangle", ", ".join(f"{max(number, 0.0):.{DIGITS}f}" for number in numbers))


MWG = Form(
    "mwg-rs:Regions",
    "mwg-rs:RegionList",
    "mwg-rs:Name",
    ("mwg-rs", "stDim", "stArea"),
    _read_mwg,
    _place_mwg,
    _in_list("mwg-rs:RegionList"),
)
MICROSOFT = Form(
    "MP:RegionInfo",
    "MPRI:Regions",
    "MPReg:PersonDisplayName",
    ("MP", "MPRI", "MPReg"),
    _read_microsoft,
    _place_microsoft,
    _in_list("MPRI:Regions"),
)
