"""Pictures and broken files made for the ingest's tests."""

import io
import os
from pathlib import Path

import numpy as np
from PIL import Image
from skimage import data as skimage_data

from tests.png_headers import header_of_png


def gradient(height: int = 60, width: int = 80) -> np.ndarray:
    """A picture whose four corners differ: turning it shows."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x * 255 // width, y * 255 // height, np.full_like(x, 40)], axis=2).astype(np.uint8)


def encoded(image, kind: str = "PNG", **options) -> bytes:
    """An array or Pillow image as a file's bytes."""
    picture = image if isinstance(image, Image.Image) else Image.fromarray(image)
    sink = io.BytesIO()
    picture.save(sink, kind, **options)
    return sink.getvalue()


def astronaut() -> np.ndarray:
    """The astronaut, 512x512 RGB: one face."""
    return skimage_data.astronaut()


def huge_png_header(width: int = 30_000, height: int = 30_000) -> bytes:
    """A PNG that declares a huge picture and holds nothing."""
    return header_of_png(width, height)


def odd_but_good(image: np.ndarray) -> dict[str, bytes]:
    """The same picture in every form that has to be read."""
    picture = Image.fromarray(image)
    grey = np.asarray(picture.convert("L"))
    turned = picture.getexif()
    turned[0x0112] = 6
    clear = picture.copy()
    clear.putalpha(200)
    return {
        "plain.jpg": encoded(image, "JPEG", quality=95),
        "plain.webp": encoded(image, "WEBP"),
        "plain.bmp": encoded(image, "BMP"),
        "plain.tif": encoded(image, "TIFF"),
        "grey.png": encoded(grey),
        "grey16.png": encoded(Image.fromarray(grey.astype(np.uint16) * 257)),
        "grey16.tif": encoded(Image.fromarray(grey.astype(np.uint16) * 257), "TIFF"),
        "cmyk.jpg": encoded(picture.convert("CMYK"), "JPEG"),
        "palette.png": encoded(picture.convert("P", palette=Image.Palette.ADAPTIVE)),
        "alpha.png": encoded(clear),
        "animated.gif": encoded(
            picture, "GIF", save_all=True, append_images=[Image.new("RGB", picture.size)]
        ),
        "animated.webp": encoded(
            picture, "WEBP", save_all=True, append_images=[Image.new("RGB", picture.size)]
        ),
        "turned.jpg": encoded(picture.transpose(Image.Transpose.ROTATE_90), "JPEG", exif=turned),
        "turned.tif": encoded(picture.transpose(Image.Transpose.ROTATE_90), "TIFF", exif=turned),
    }


def broken(image: np.ndarray) -> dict[str, tuple[bytes, str]]:
    """Files that give no picture, each with the reason that is expected."""
    jpeg, png = encoded(image, "JPEG"), encoded(image)
    files = {
        "empty.jpg": (b"", "empty"),
        "text.jpg": (b"this is no picture\n" * 20, "not_an_image"),
        ".DS_Store": (b"\0\0\0\1Bud1" + bytes(60), "not_an_image"),
        "notes.txt": (b"holiday", "not_an_image"),
        "huge.png": (huge_png_header(), "too_large"),
        "zero.png": (huge_png_header(0, 0), "corrupt"),
    }
    for share in (5, 25, 50, 75, 95):
        files[f"cut{share}.jpg"] = (jpeg[: len(jpeg) * share // 100], "truncated")
        files[f"cut{share}.png"] = (png[: len(png) * share // 100], "truncated")
    return files


def write_links_and_pipes(folder: Path) -> dict[str, str]:
    """Things in a folder that are no files, each with its reason."""
    (folder / "dangling.jpg").symlink_to(folder / "nowhere.jpg")
    (folder / "self.jpg").symlink_to(folder / "self.jpg")
    (folder / "around").symlink_to(folder, target_is_directory=True)
    os.mkfifo(folder / "pipe.jpg")
    (folder / "folder.jpg").mkdir()
    return {
        "dangling.jpg": "dangling_link",
        "self.jpg": "link_loop",
        "around": "link_loop",
        "pipe.jpg": "not_a_file",
    }
