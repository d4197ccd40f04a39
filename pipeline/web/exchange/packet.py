"""An XMP packet as a tree and back, read so that a hostile one does no harm, and the ways that RDF writes one
thing.

ISO 16684-1:2019 (XMP, part 1: data model and serialisation). A property may stand as an attribute or as an
element, a structure as ``rdf:parseType="Resource"`` or around an ``rdf:Description``, a list as Bag, Seq or
Alt.
"""

import codecs
import re
from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

MOST = 10_000  # properties at the top: a developed photo has hundreds
LARGEST = 16 << 20  # bytes of a packet; masks of a developed photo take a few million
NAMESPACES = {
    "x": "adobe:ns:meta/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "mwg-rs": "http://www.metadataworkinggroup.com/schemas/regions/",
    "stDim": "http://ns.adobe.com/xap/1.0/sType/Dimensions#",
    "stArea": "http://ns.adobe.com/xmp/sType/Area#",
    "MP": "http://ns.microsoft.com/photo/1.2/",
    "MPRI": "http://ns.microsoft.com/photo/1.2/t/RegionInfo#",
    "MPReg": "http://ns.microsoft.com/photo/1.2/t/Region#",
    "xmpNote": "http://ns.adobe.com/xmp/note/",
}
EMPTY = (
    f'<x:xmpmeta xmlns:x="{NAMESPACES["x"]}" x:xmptk="facefold">'
    f'<rdf:RDF xmlns:rdf="{NAMESPACES["rdf"]}"/></x:xmpmeta>'
)
BEGIN = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'.encode()
END = b'\n<?xpacket end="w"?>'
PROLOGUE = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
DECLARATION = re.compile(r"\A<\?xml\s.*?\?>\s*", re.DOTALL)
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
BYTE_ORDERS = [  # the longer marks first: UTF-32's begins as UTF-16's
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00<", "utf-16-be"),
    (b"<\x00", "utf-16-le"),
]

Element = Any  # lxml ships no types
for _prefix, _address in NAMESPACES.items():  # else lxml would call a namespace that a packet lacks ns0
    etree.register_namespace(_prefix, _address)


def tag(name: str) -> str:
    """The full name of ``prefix:local``, as lxml writes it."""
    prefix, local = name.split(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


RDF, DESCRIPTION, LI = tag("rdf:RDF"), tag("rdf:Description"), tag("rdf:li")
ABOUT, PARSE_TYPE = tag("rdf:about"), tag("rdf:parseType")
LISTS = [tag("rdf:Bag"), tag("rdf:Seq"), tag("rdf:Alt")]


def xml_text(text: str) -> str:
    """A text without the characters that XML 1.0 can't hold: control characters and halves of surrogate
    pairs."""
    return NOT_XML.sub("", text)


def parse(packet: bytes) -> Element:
    """The root element of an XMP packet; nothing outside the packet is read and no entity is replaced.

    Args:
        packet: UTF-8, UTF-16 or UTF-32, with or without its wrapper (``<?xpacket …?>``).

    Raises:
        ValueError: too large, no text of Unicode, a DOCTYPE, no XML, XML without RDF, or more than
            ``MOST`` properties.
    """
    if len(packet) > LARGEST:
        raise ValueError(
            f"An XMP packet is too large. Expected at most {LARGEST} bytes; received {len(packet)}. "
            "Fix: leave it out."
        )
    text = _decoded(packet)
    if _after_prologue(text).startswith("<!DOCTYPE"):
        raise _refused("a document type, which XMP has not")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(DECLARATION.sub("", text, count=1).encode(), parser)
    except (etree.XMLSyntaxError, UnicodeEncodeError) as error:
        raise _refused(f"no XML ({error})") from None
    rdf = rdf_of(root, needed=False)
    if rdf is None:
        raise _refused(f"XML without rdf:RDF (its root is {root.tag})")
    if sum(1 + len(node) + len(node.attrib) for node in rdf) > MOST:
        raise _refused(f"more than {MOST} properties")
    return root


def new_packet() -> Element:
    """The root of an empty packet."""
    return etree.fromstring(EMPTY)


def serialised(root: Element, wrapped: bool = True) -> bytes:
    """A packet's bytes in UTF-8, with what stood around its root; ``wrapped`` in ``<?xpacket …?>``."""
    around = [*reversed(list(root.itersiblings(preceding=True))), root, *root.itersiblings()]
    kept = [node for node in around if getattr(node, "target", None) != "xpacket"]
    body = b"\n".join(
        etree.tostring(node, encoding="UTF-8", with_tail=False, xml_declaration=False) for node in kept
    )
    return BEGIN + body + END if wrapped else body


def rdf_of(root: Element, needed: bool = True) -> Element:
    """The element ``rdf:RDF`` of a packet's tree; None, or ValueError if ``needed``, where there is none."""
    found = root if root.tag == RDF else root.find(RDF)
    if found is None and needed:
        raise _refused("XML without rdf:RDF")
    return found


def first_description(rdf: Element) -> Element:
    """The first ``rdf:Description`` of ``rdf:RDF``, made where there is none."""
    found = rdf.find(DESCRIPTION)
    return new_description(rdf, namespaces_of("dc", "Iptc4xmpExt")) if found is None else found


def new_description(rdf: Element, namespaces: Mapping[str, str]) -> Element:
    """A new ``rdf:Description`` at the end of ``rdf:RDF``, about the same thing, with prefixes for these."""
    about = next((node.get(ABOUT, "") for node in rdf.iterchildren(DESCRIPTION)), "")
    node = etree.SubElement(rdf, DESCRIPTION, nsmap=dict(namespaces))
    node.set(ABOUT, about)
    return node


def namespaces_of(*prefixes: str) -> dict[str, str]:
    """Some of ``NAMESPACES``."""
    return {prefix: NAMESPACES[prefix] for prefix in prefixes}


def properties(rdf: Element, name: str) -> list[Element]:
    """The elements of a property, in whichever ``rdf:Description`` they stand."""
    return [found for node in rdf.iterchildren(DESCRIPTION) for found in node.iterchildren(tag(name))]


def fields(node: Element) -> Element:
    """The element at which the fields of a structure stand: itself, or the ``rdf:Description`` in it."""
    inner = node.find(DESCRIPTION)
    return node if inner is None else inner


def value(node: Element, name: str) -> str | None:
    """The text of a structure's field, written as attribute or as element; None if it isn't there."""
    at = fields(node)
    if (text := at.get(tag(name))) is not None:
        return str(text)
    child = at.find(tag(name))
    if child is None:
        return None
    items = list(list_items(child))
    inner = items[0] if items else child.find(f".//{tag('rdf:value')}")
    return text_of(child if inner is None else inner)


def text_of(node: Element) -> str:
    """All text in an element, without what stands in comments."""
    return "".join(node.itertext(etree.Element))


def set_value(node: Element, name: str, text: str | None) -> None:
    """Sets a structure's field where it stands, or adds it in the way of its neighbours; None takes it
    away."""
    at, full = fields(node), tag(name)
    child = at.find(full)
    if text is None:
        at.attrib.pop(full, None)
        if child is not None:
            at.remove(child)
    elif child is not None:
        place = at.index(child)
        at.remove(child)
        fresh = etree.Element(full, nsmap=child.nsmap)
        fresh.text = text
        at.insert(place, fresh)
    elif full in at.attrib or (at.tag != DESCRIPTION and PARSE_TYPE not in at.attrib):
        at.set(full, text)  # an element without parseType may have no fields but attributes
    else:
        etree.SubElement(at, full).text = text


def list_items(node: Element) -> Iterator[Element]:
    """The items of the Bag, Seq or Alt in an element."""
    for child in node.iterchildren(*LISTS):
        yield from child.iterchildren(LI)


def tidy(node: Element) -> None:
    """Puts an element's descendants on lines of their own, so that two writings give the same bytes; no text
    changes."""
    children = list(node)
    between = [node.text, *(child.tail for child in children)]
    if not children or any((text or "").strip() for text in between):
        return
    level = sum(1 for _ in node.iterancestors())
    node.text = "\n" + " " * (level + 1)
    for child in children:
        child.tail = node.text
        tidy(child)
    children[-1].tail = "\n" + " " * level


def _decoded(packet: bytes) -> str:
    encoding = next((name for mark, name in BYTE_ORDERS if packet.startswith(mark)), "utf-8")
    try:
        text = packet.decode(encoding)
    except UnicodeDecodeError as error:
        raise _refused(f"no {encoding} text ({error.reason} at byte {error.start})") from None
    return text.removeprefix("\ufeff").rstrip("\0").strip()


def _after_prologue(text: str) -> str:
    at = 0
    while found := PROLOGUE.match(text, at):
        at = found.end()
    return text[at : at + 16]


def _refused(what: str) -> ValueError:
    return ValueError(
        f"An XMP packet can't be read. Expected XML with rdf:RDF; received {what}. Fix: leave it out."
    )
