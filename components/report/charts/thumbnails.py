"""Thumbnails in a few large pictures (sprite sheets), so that a page of thousands of faces stays small."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from markupsafe import Markup

from schemas.samples import batches_of, evenly_spread

SIDES = (96, 80, 64, 48)  # pixels; multiples of 16, so that JPEG blocks never mix two faces
COLUMNS = 16
SHEET_ROWS = 16
QUALITY = 80
MISSING = 96  # grey of a tile whose picture cannot be decoded


@dataclass(frozen=True)
class Sheets:
    """Sprite sheets, and the place of each picture in them.

    Attributes:
        prefix: start of the CSS class of every sheet.
        images: data URIs, one for each sheet.
        rows: tiles from top to bottom of each sheet; each row has `columns`.
        slot: index of a picture to its place, counted through all sheets.
        side: pixels of a tile.
        columns: tiles from left to right.
        missing: pictures that could not be decoded and are grey.
    """

    prefix: str
    images: list[str]
    rows: list[int]
    slot: dict[int, int]
    side: int
    columns: int
    missing: int

    def css(self) -> Markup:
        """A CSS class for each sheet, with its picture and its size in tiles."""
        return Markup(
            "".join(
                f".{self.prefix}{i}{{background-image:url({uri});"
                f"background-size:{100 * self.columns}% {100 * rows}%}}\n"
                for i, (uri, rows) in enumerate(zip(self.images, self.rows, strict=True))
            )
        )

    def place(self, picture: int) -> Markup:
        """The class and style attributes of an element that shows this picture, at any size."""
        slot = self.slot.get(picture)
        if slot is None:
            return Markup('class="t t-none"')
        sheet, tile = divmod(slot, self.columns * SHEET_ROWS)
        x, y = tile % self.columns, tile // self.columns
        left, top = _percent(x, self.columns), _percent(y, self.rows[sheet])
        return Markup(f'class="t {self.prefix}{sheet}" style="background-position:{left} {top}"')


def face_sheets(chips: Sequence[bytes], chosen: np.ndarray, side: int, prefix: str = "s") -> Sheets:
    """Sprite sheets of the chosen faces, `side` pixels each, one sheet in memory at a time."""
    columns = max(1, min(COLUMNS, len(chosen)))
    images, rows, missing = [], [], 0
    for part in batches_of(len(chosen), COLUMNS * SHEET_ROWS):
        tiles = [decoded_tile(chips[i], side) for i in chosen[part]]
        missing += sum(tile is None for tile in tiles)
        grey = np.full((side, side, 3), MISSING, np.uint8)
        picture = mosaic([grey if tile is None else tile for tile in tiles], columns)
        images.append(data_uri(picture))
        rows.append(picture.shape[0] // side)
    slot = {int(face): place for place, face in enumerate(chosen)}
    return Sheets(prefix, images, rows, slot, side, columns, missing)


def picture_sheets(pictures: np.ndarray, side: int, prefix: str) -> Sheets:
    """Sprite sheets of RGB pictures, uint8 (m, h, w, 3), enlarged to `side` pixels without smoothing."""
    encoded = [cv2.imencode(".png", np.ascontiguousarray(p[:, :, ::-1]))[1].tobytes() for p in pictures]
    return face_sheets(encoded, np.arange(len(encoded)), side, prefix)


def decoded_tile(chip: bytes, side: int) -> np.ndarray | None:
    """A chip as uint8 BGR (side, side, 3); None if it cannot be decoded."""
    try:
        picture = cv2.imdecode(np.frombuffer(chip, np.uint8), cv2.IMREAD_COLOR) if chip else None
    except cv2.error:
        return None
    if picture is None:
        return None
    smaller = picture.shape[0] > side
    return cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_NEAREST)


def mosaic(tiles: list[np.ndarray], columns: int) -> np.ndarray:
    """Tiles (side, side, 3) row by row in one picture; empty places are grey."""
    side = tiles[0].shape[0]
    rows = -(-len(tiles) // columns)
    picture = np.full((rows * side, columns * side, 3), MISSING, np.uint8)
    for place, tile in enumerate(tiles):
        y, x = divmod(place, columns)
        picture[y * side : (y + 1) * side, x * side : (x + 1) * side] = tile
    return picture


def data_uri(picture: np.ndarray, quality: int = QUALITY) -> str:
    """A BGR picture as a JPEG data URI."""
    encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return "data:image/jpeg;base64," + base64.b64encode(encoded.tobytes()).decode("ascii")


def mean_face(chips: Sequence[bytes], chosen: np.ndarray, side: int = 192) -> str | None:
    """The average of the chosen faces as a JPEG data URI; None if no face can be decoded."""
    total, count = np.zeros((side, side, 3)), 0
    for face in chosen:
        tile = decoded_tile(chips[face], side)
        if tile is not None:
            total, count = total + tile, count + 1
    return data_uri((total / count).round().astype(np.uint8), 90) if count else None


def affordable(chips: Sequence[bytes], wanted: int, budget: float, overhead: float) -> tuple[int, int]:
    """The side in pixels and the number of thumbnails, at most `wanted`, that fit into `budget` bytes.

    The bytes of a thumbnail are measured on 64 faces, and `overhead` bytes of text are added for each. The
    largest side at which all fit is taken. If there is none, it is the smallest side and as many as fit.
    """
    trial = evenly_spread(len(chips), 64)
    for side in SIDES:
        sheets = face_sheets(chips, trial, side)
        each = sum(len(uri) for uri in sheets.images) / max(1, len(trial)) + overhead
        if each * wanted <= budget:
            return side, wanted
    return SIDES[-1], max(0, min(wanted, int(budget / each)))


def _percent(index: int, count: int) -> str:
    return f"{100 * index / (count - 1):.4g}%" if count > 1 else "0"
