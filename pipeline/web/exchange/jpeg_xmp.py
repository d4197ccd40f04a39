"""The XMP packet inside a JPEG: read, and put into a copy whose picture and other segments stay as they
are."""

from pipeline.web.exchange.extended_xmp import (
    Piece,
    merged,
    named_extension,
    piece_of,
    split_packet,
    whole_extension,
)
from pipeline.web.exchange.jpeg_segments import APP0, APP1, Segment, damaged, joined, segment, split_jpeg
from pipeline.web.exchange.several_pictures import places_set

XMP = b"http://ns.adobe.com/xap/1.0/\0"
EXIF = b"Exif\0"
MOST_PACKETS = 8  # of one JPEG: more than one is a mistake of some program
MOST = 65_502  # bytes of a packet in one segment (XMP specification, part 3, section 1.1.3)


def read_jpeg_xmp(data: bytes) -> bytes | None:
    """The XMP packet of a JPEG, with the extension that it names merged into it; None if it has none.

    An extension of which no piece is there was taken out by another program, and is passed over.

    Raises:
        ValueError: no JPEG, a damaged one, or a packet or extension that must be merged and can't be read.
    """
    segments, _ = split_jpeg(data)
    packets = [one.payload[len(XMP) :] for one in segments if _is_packet(one)]
    if not packets:
        return None
    if len(packets) > MOST_PACKETS:
        raise damaged(f"{len(packets)} XMP packets")
    pieces: dict[str, list[Piece]] = {}
    for one in segments:
        if one.marker == APP1 and (piece := piece_of(one.payload)) is not None:
            pieces.setdefault(piece.guid, []).append(piece)
    names = [named_extension(packet) for packet in packets]
    if len(packets) == 1 and names == [None]:
        return packets[0]
    wanted = [name for name in dict.fromkeys(names) if name in pieces]
    return merged(*packets, *(whole_extension(pieces[name]) for name in wanted if name))


def jpeg_with_xmp(data: bytes, packet: bytes) -> bytes:
    """A copy of a JPEG with this XMP packet in the place of its own, after EXIF; all else byte for byte.

    A packet of more than 65,502 bytes goes into a main packet and ExtendedXMP. The list of further pictures
    in the file (a phone's gain map) is set right, for they move.

    Args:
        data: the JPEG's bytes.
        packet: all of the XMP; what the file has itself is replaced, not merged: ``read_jpeg_xmp`` gives it.

    Raises:
        ValueError: no JPEG, a damaged one, or a packet that can't be split as needed.
    """
    before, scan = split_jpeg(data)
    names = {named_extension(one.payload[len(XMP) :]) for one in before if _is_packet(one)}
    kept = [one for one in before if not _is_packet(one) and not _is_piece_of(one, names)]
    pieces: list[bytes] = []
    if len(packet) > MOST:
        packet, pieces = split_packet(packet, MOST)
    new = [segment(APP1, XMP + packet), *(segment(APP1, piece) for piece in pieces)]
    at = _after_exif(kept)
    return joined(places_set([*kept[:at], *new, *kept[at:]], before), scan)


def _is_packet(one: Segment) -> bool:
    return one.marker == APP1 and one.payload.startswith(XMP)


def _is_piece_of(one: Segment, names: set[str | None]) -> bool:
    if one.marker != APP1:
        return False
    piece = piece_of(one.payload)
    return piece is not None and piece.guid in names


def _after_exif(segments: list[Segment]) -> int:
    """Where the packet belongs: after EXIF; without it after JFIF's APP0, which must come first."""
    exif = [i for i, one in enumerate(segments) if one.marker == APP1 and one.payload.startswith(EXIF)]
    if exif:
        return exif[-1] + 1
    return next((i for i, one in enumerate(segments) if one.marker != APP0), len(segments))
