"""Names of people among a photo's keywords (``dc:subject``) and people shown
(``Iptc4xmpExt:PersonInImage``)."""

import unicodedata
from collections.abc import Collection, Mapping, Sequence

from lxml import etree

from pipeline.web.exchange.packet import (
    DESCRIPTION,
    LI,
    LISTS,
    Element,
    first_description,
    list_items,
    properties,
    tag,
    text_of,
    tidy,
    xml_text,
)

LISTED = ("dc:subject", "Iptc4xmpExt:PersonInImage")


def change_names(
    rdf: Element, names: Sequence[str], renamed: Mapping[str, str], gone: Collection[str]
) -> None:
    """Brings both lists of a packet up to date: renamed names replaced, gone ones out, ours in, none twice.

    Args:
        rdf: the packet's ``rdf:RDF``.
        names: of the people on the photo.
        renamed: from the old name, as ``plain`` gives it, to the new one.
        gone: names, as ``plain`` gives them, that the photo's regions bear no longer.
    """
    for name in LISTED:
        before = listed(rdf, name)
        after, added = _changed(before, names, renamed, gone)
        if added or after != before:
            _write(rdf, name, after, added)


def listed(rdf: Element, name: str) -> list[str]:
    """The texts of a list of texts, as Bag, Seq, plain element or attribute."""
    found = [text for node in rdf.iterchildren(DESCRIPTION) if (text := node.get(tag(name))) is not None]
    for node in properties(rdf, name):
        items = list(list_items(node))
        found += [text_of(item) for item in items or [node]]
    return found


def plain(name: str) -> str:
    """A name as it is compared: what XML can hold, one way to write accents, no space around."""
    return unicodedata.normalize("NFC", xml_text(name)).strip()


def _changed(
    before: Sequence[str], names: Sequence[str], renamed: Mapping[str, str], gone: Collection[str]
) -> tuple[list[str | None], list[str]]:
    """For each text that is there the one it shall be, None where it leaves; and the names to add."""
    touched = {plain(name) for name in [*names, *renamed.values()]}
    seen: set[str] = set()
    after: list[str | None] = []
    for text in before:
        new = renamed.get(plain(text), text)
        same = plain(new)
        leaves = (same in touched and same in seen) or (new == text and same in gone and same not in touched)
        after.append(None if leaves else new)
        seen.add(same)
    added: dict[str, str] = {}
    for name in names:
        if plain(name) and plain(name) not in seen:
            added.setdefault(plain(name), xml_text(name))
    return after, list(added.values())


def _write(rdf: Element, name: str, after: Sequence[str | None], added: Sequence[str]) -> None:
    """Changes the items of the property that must change, and adds the new ones to its first list."""
    items = _as_items(rdf, name)
    for item, text in zip(items, after, strict=True):
        if text is None:
            item.getparent().remove(item)
        elif text != text_of(item):
            for child in list(item):
                item.remove(child)
            item.text = text
    nodes = properties(rdf, name)
    if not nodes and added:
        nodes = [etree.SubElement(first_description(rdf), tag(name))]
    if added:
        bag = next(nodes[0].iterchildren(*LISTS), None)
        bag = etree.SubElement(nodes[0], LISTS[0]) if bag is None else bag
        for text in added:
            etree.SubElement(bag, LI).text = text
    for node in nodes:
        if next(list_items(node), None) is None:
            node.getparent().remove(node)
        else:
            tidy(node)


def _as_items(rdf: Element, name: str) -> list[Element]:
    """The items of a property, in the order of ``listed``; what is no list yet becomes one."""
    items = []
    for node in rdf.iterchildren(DESCRIPTION):
        text = node.attrib.pop(tag(name), None)
        if text is not None:
            items.append(etree.SubElement(etree.SubElement(etree.SubElement(node, tag(name)), LISTS[0]), LI))
            items[-1].text = text
    made = {id(item) for item in items}
    for node in properties(rdf, name):
        found = list(list_items(node))
        if not found:
            text, node.text = text_of(node), None
            for child in list(node):
                node.remove(child)
            found = [etree.SubElement(etree.SubElement(node, LISTS[0]), LI)]
            found[0].text = text
        items += [item for item in found if id(item) not in made]
    return items
