"""XMP that is too long for one segment of a JPEG: a main packet, and an extension in pieces.

XMP specification, part 3 (Adobe, 2020), section 1.1.3.1. The extension is a packet of its own whose
properties belong to the main one; the main packet names it by ``xmpNote:HasExtendedXMP``, the MD5 of the
extension's bytes.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from xml.sax.saxutils import quoteattr

from lxml import etree

from pipeline.web.exchange.packet import (
    ABOUT,
    DESCRIPTION,
    LARGEST,
    Element,
    first_description,
    namespaces_of,
    new_description,
    new_packet,
    parse,
    rdf_of,
    serialised,
    tag,
)

HEADER = b"http://ns.adobe.com/xmp/extension/\0"
NOTE = tag("xmpNote:HasExtendedXMP")
MARK = b"HasExtendedXMP"
PIECE = 65_400  # bytes of the extension in one segment: its header takes 75 of 65,533
MARGINS = (4_000, 16_000, 48_000)  # bytes for what is no property; the first is nearly always enough
# What other programs look for in the main packet leaves it last.
STAYS = [tag(name) for name in ("Iptc4xmpExt:PersonInImage", "dc:subject", "MP:RegionInfo", "mwg-rs:Regions")]
Property = tuple[str, Element, Element]  # its name, the description it stands in, its element or None
NO_PROPERTY = f"{{{DESCRIPTION[1:].split('}')[0]}}}"  # rdf:about and its like


@dataclass(frozen=True)
class Piece:
    """A piece of an extension: whose (its MD5), the whole's length, and where this one begins."""

    guid: str
    whole: int
    offset: int
    data: bytes


def piece_of(payload: bytes) -> Piece | None:
    """The piece in a segment APP1; None if there is none.

    Raises:
        ValueError: the segment is one of an extension, but too short for its own figures.
    """
    if not payload.startswith(HEADER):
        return None
    at = len(HEADER)
    if len(payload) < at + 40:
        raise _broken(f"a piece of {len(payload)} bytes")
    guid = payload[at : at + 32].decode("latin-1")
    whole, offset = (int.from_bytes(payload[at + 32 + i : at + 36 + i], "big") for i in (0, 4))
    return Piece(guid, whole, offset, payload[at + 40 :])


def named_extension(packet: bytes) -> str | None:
    """The MD5 of the extension that a main packet names; None if it names none.

    Raises:
        ValueError: the packet says something of an extension and can't be read.
    """
    if MARK not in packet:
        return None
    for node in rdf_of(parse(packet)).iterchildren(DESCRIPTION):
        told = node.get(NOTE) or node.findtext(NOTE)
        if told:
            return str(told).strip()
    return None


def whole_extension(pieces: list[Piece]) -> bytes:
    """The extension put together of its pieces, in any order.

    Raises:
        ValueError: pieces are missing, overlap, or disagree about the whole.
    """
    lengths = {piece.whole for piece in pieces}
    length = max(lengths)
    if len(lengths) > 1 or length > LARGEST:
        raise _broken(f"lengths {sorted(lengths)}, of at most {LARGEST}")
    data = bytearray()
    for piece in sorted(pieces, key=lambda one: one.offset):
        if piece.offset != len(data):
            raise _broken(f"a piece at {piece.offset} after {len(data)} bytes")
        data += piece.data
        if len(data) > length:
            raise _broken(f"more than its {length} bytes")
    if len(data) != length:
        raise _broken(f"{len(data)} of its {length} bytes")
    return bytes(data)


def merged(main: bytes, *others: bytes) -> bytes:
    """One packet with the properties of all; of a property that two have, that of the first.

    Raises:
        ValueError: one of them can't be read.
    """
    root = parse(main)
    rdf = rdf_of(root)
    for node in list(rdf.iterchildren(DESCRIPTION)):
        notes = list(node.iterchildren(NOTE))
        for child in notes:
            node.remove(child)
        if node.attrib.pop(NOTE, None) is not None or notes:
            _drop_if_empty(node)
    for other in others:
        there = {name for name, _, _ in _properties(rdf)}
        new = [found for found in _properties(rdf_of(parse(other))) if found[0] not in there | {NOTE}]
        if new:
            _take(rdf, new)
    return serialised(root)


def split_packet(packet: bytes, most: int) -> tuple[bytes, list[bytes]]:
    """A packet as a main packet of at most ``most`` bytes, and the payloads of the segments with its
    extension.

    The largest properties leave the main packet first; names and regions last. Split, merged and split again,
    the same bytes.

    Raises:
        ValueError: it can't be read, or what can't leave the main packet is too long.
    """
    for margin in MARGINS:
        main, extension, guid = _split(parse(packet), most - margin)
        if len(main) <= most:
            break
    else:
        raise ValueError(
            f"An XMP packet is too long for a JPEG. Expected at most {most} bytes without its properties; "
            f"received {len(main)}. Fix: write a sidecar beside it."
        )
    head = HEADER + guid.encode() + len(extension).to_bytes(4, "big")
    starts = range(0, len(extension), PIECE)
    return main, [head + at.to_bytes(4, "big") + extension[at : at + PIECE] for at in starts]


def _split(root: Element, budget: int) -> tuple[bytes, bytes, str]:
    """A main packet whose properties take at most ``budget`` bytes, the extension, and its MD5; empty if
    none."""
    rdf = rdf_of(root)
    sized = [(*one, _size(one)) for one in _properties(rdf)]
    order = sorted(sized, key=lambda one: (one[0] in STAYS, -one[3], one[0]))
    # Sizes that don't depend on how the packet is laid out: the same properties leave the next time.
    length = sum(one[3] for one in order)
    leaving: list[Property] = []
    for name, node, child, size in order:
        if length <= budget:
            break
        leaving.append((name, node, child))
        length -= size
    if not leaving:
        return serialised(root), b"", ""
    extension = _extension(leaving, rdf)
    guid = hashlib.md5(extension, usedforsecurity=False).hexdigest().upper()
    new_description(rdf, namespaces_of("xmpNote")).set(NOTE, guid)
    return serialised(root), extension, guid


def _extension(leaving: list[Property], rdf: Element) -> bytes:
    root = new_packet()
    about = first_description(rdf).get(ABOUT, "")
    _take(rdf_of(root), sorted(leaving, key=lambda one: one[0])).set(ABOUT, about)
    for node in {id(holder): holder for _, holder, _ in leaving}.values():
        _drop_if_empty(node)
    return serialised(root, wrapped=False)


def _properties(rdf: Element) -> Iterator[Property]:
    """Each property at the top: its name, the description it stands in, and its element (None: an
    attribute)."""
    for node in rdf.iterchildren(DESCRIPTION):
        for name in node.attrib:
            if name.startswith("{") and not name.startswith((NO_PROPERTY, "{http://www.w3.org/XML/")):
                yield name, node, None
        for child in node.iterchildren(etree.Element):
            yield child.tag, node, child


def _take(rdf: Element, found: list[Property]) -> Element:
    """Moves properties to a new description, by the prefixes that they have."""
    spaces: dict[str, str] = {}
    for name, node, child in found:
        if child is None:
            address = name[1:].split("}")[0]
            prefix = next((key for key, value in node.nsmap.items() if key and value == address), None)
            if prefix:
                spaces.setdefault(prefix, address)
    target = new_description(rdf, spaces)
    for name, node, child in found:
        if child is None:
            target.set(name, node.attrib.pop(name))
        else:
            child.tail = None
            target.append(child)
    return target


def _size(one: Property) -> int:
    """The bytes of a property, however its namespaces are declared."""
    name, node, child = one
    if child is None:
        return len(quoteattr(node.get(name)).encode()) + len(name)
    return len(etree.tostring(child, method="c14n", exclusive=True, with_tail=False))


def _drop_if_empty(node: Element) -> None:
    """Takes away a description that holds nothing but what it is about, unless it is the only one."""
    rest = [name for name in node.attrib if name != ABOUT]
    parent = node.getparent()
    if not rest and len(node) == 0 and len(list(islice(parent.iterchildren(DESCRIPTION), 2))) > 1:
        parent.remove(node)


def _broken(what: str) -> ValueError:
    return ValueError(
        f"The extended XMP of a JPEG is damaged. Expected pieces that make up the whole; received {what}. "
        "Fix: leave it out, or write a sidecar beside it."
    )
