"""The records of a split in order of their photos' content, whatever order they were made in.

Training, folds and samples go by the order of the records. That of Beam's output goes by the names of photos
and folders and by the runner. Sorted by content hash it is the same wherever and under whatever names the
photos lie, and neighbours have nothing in common.
"""

import hashlib
import os
from collections.abc import Iterator

import tensorflow as tf

from schemas.face import CONTENT_HASH, FACE_INDEX, SPLIT_KEY

AT_ONCE = 2**26  # bytes of records sorted in memory
MOST_FILES = 256  # written to at once


def sort_by_content(unsorted: str, folder: str, name: str, at_once: int = AT_ONCE) -> None:
    """Writes all records (TFRecord, gzip) below ``unsorted`` to files in ``folder``; removes ``unsorted``.

    They are ordered by content hash, and the faces of one photo by their index. A file's name is
    ``name-00000-of-00002.gz``: sorted by name, the files follow each other. Records of about ``at_once``
    bytes are held in memory; more are first spread over files by the beginning of their hash.
    """
    files = files_of(unsorted, name)
    size = sum(tf.io.gfile.stat(file).length for file in files)
    count = max(1, min(MOST_FILES, -(-size // at_once)))
    tf.io.gfile.makedirs(folder)
    parts = [files] if count == 1 else spread(files, os.path.join(unsorted, "parts"), count)
    for number, part in enumerate(parts):
        path = os.path.join(folder, f"{name}-{number:05d}-of-{count:05d}.gz")
        with tf.io.TFRecordWriter(path, "GZIP") as writer:
            for _, record in sorted((place_of(record), record) for record in records_of(part)):
                writer.write(record)
    if tf.io.gfile.exists(unsorted):
        tf.io.gfile.rmtree(unsorted)


def fill_empty_split(folders: list[str], name: str) -> None:
    """Where one of two unsorted splits in ``folders`` has no record, it gets those of one key of the other.

    Of few photos the hash can send all to one split. The split key with the lowest hash is moved, whatever
    photos and folders are called. A split with one key keeps it. Nothing changes where both have a record.
    """
    files = {folder: files_of(folder, name) for folder in folders}
    empty = [folder for folder in folders if next(records_of(files[folder]), None) is None]
    if len(empty) != 1:
        return
    (full,) = (folder for folder in folders if folder not in empty)
    keys = {key_of(record) for record in records_of(files[full])}
    if len(keys) < 2:
        return
    moved = min(keys, key=lambda key: hashlib.sha256(key).digest())
    for folder, takes in ((empty[0], True), (full, False)):
        with tf.io.TFRecordWriter(os.path.join(folder, f"{name}-split.gz"), "GZIP") as writer:
            for record in records_of(files[full]):
                if (key_of(record) == moved) == takes:
                    writer.write(record)
    for file in files[full]:
        tf.io.gfile.remove(file)


def key_of(record: bytes) -> bytes:
    """The split key in a serialised tf.Example."""
    key: bytes = tf.train.Example.FromString(record).features.feature[SPLIT_KEY].bytes_list.value[0]
    return key


def files_of(unsorted: str, name: str) -> list[str]:
    """The files of records in ``unsorted``, if it is there; beside them may be folders of lost attempts."""
    found = sorted(tf.io.gfile.listdir(unsorted)) if tf.io.gfile.exists(unsorted) else []
    return [os.path.join(unsorted, file) for file in found if file.startswith(name)]


def spread(files: list[str], folder: str, count: int) -> list[list[str]]:
    """Spreads the records of ``files`` over ``count`` new files, of rising content hashes."""
    tf.io.gfile.makedirs(folder)
    paths = [os.path.join(folder, f"{number:05d}.gz") for number in range(count)]
    options = tf.io.TFRecordOptions("GZIP", compression_level=1)
    writers = [tf.io.TFRecordWriter(path, options) for path in paths]
    try:
        for record in records_of(files):
            digest, _ = place_of(record)
            writers[int(digest[:8], 16) * count >> 32].write(record)
    finally:
        for writer in writers:
            writer.close()
    return [[path] for path in paths]


def records_of(files: list[str]) -> Iterator[bytes]:
    """The serialised tf.Examples in the files, one after another."""
    for record in tf.data.TFRecordDataset(files, "GZIP") if files else ():
        yield record.numpy()


def place_of(record: bytes) -> tuple[str, int]:
    """The content hash and the face's index in a serialised tf.Example."""
    features = tf.train.Example.FromString(record).features.feature
    return features[CONTENT_HASH].bytes_list.value[0].decode(), features[FACE_INDEX].int64_list.value[0]
