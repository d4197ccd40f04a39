import hashlib
import os
import sqlite3
import time
import tracemalloc

import pytest

from components.ingest import content
from components.ingest.content import content_hash, content_hashes, file_hash, forget_hashes
from components.ingest.decoding.file_kinds import RejectedPhoto
from components.ingest.sources import Photo, list_folder

TIMES = (10**18, 10**18)  # nanoseconds


def sha(data):
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def settled(monkeypatch):
    """Files count as settled at once: none here is changed twice within a tick of the clock."""
    monkeypatch.setattr(content, "UNSETTLED", -1.0)


@pytest.fixture
def read_files(monkeypatch):
    """The names of the files that are read, as they are."""
    seen = []

    def watched(file):
        seen.append(os.path.basename(file))
        return file_hash(file)

    monkeypatch.setattr(content, "file_hash", watched)
    return seen


def write(folder, **files):
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
        os.utime(folder / name, ns=TIMES)
    return list_folder(str(folder))


def test_a_file_that_stays_is_read_once(tmp_path, settled, read_files):
    photos, cache = write(tmp_path / "photos", a=b"BM1", b=b"BM2"), str(tmp_path / "cache")
    first = content_hashes(photos, cache)
    assert first == [sha(b"BM1"), sha(b"BM2")]
    assert sorted(read_files) == ["a", "b"]
    assert content_hashes(photos, cache) == first
    assert len(read_files) == 2


def test_a_file_that_was_edited_with_its_size_and_time_kept_is_seen(tmp_path, settled, read_files):
    """As ``exiftool -P`` and ``rsync -t`` do."""
    photos, cache = write(tmp_path / "photos", a=b"BM1", b=b"BM2"), str(tmp_path / "cache")
    content_hashes(photos, cache)
    write(tmp_path / "photos", a=b"BM3")
    assert content_hashes(photos, cache) == [sha(b"BM3"), sha(b"BM2")]
    assert sorted(read_files) == ["a", "a", "b"]


def test_two_files_of_one_size_and_time_that_swap_names_are_seen(tmp_path, settled):
    folder, cache = tmp_path / "photos", str(tmp_path / "cache")
    photos = write(folder, a=b"BM1", b=b"BM2")
    content_hashes(photos, cache)
    (folder / "a").rename(folder / "c")
    (folder / "b").rename(folder / "a")
    (folder / "c").rename(folder / "b")
    assert content_hashes(photos, cache) == [sha(b"BM2"), sha(b"BM1")]


def test_a_file_that_was_changed_just_now_is_not_trusted(tmp_path, read_files):
    photos, cache = write(tmp_path / "photos", a=b"BM1"), str(tmp_path / "cache")
    content_hashes(photos, cache)
    content_hashes(photos, cache)
    assert read_files == ["a", "a"]


def test_a_file_is_trusted_two_seconds_after_its_last_change(tmp_path, read_files, monkeypatch):
    photos, cache, now = write(tmp_path / "photos", a=b"BM1"), str(tmp_path / "cache"), time.time()
    for later, read in ((1.5, 2), (3.0, 3)):
        monkeypatch.setattr(content.time, "time", lambda later=later: now + later)
        content_hashes(photos, cache)
        content_hashes(photos, cache)
        assert len(read_files) == read


def test_without_a_folder_and_with_a_damaged_or_locked_one_all_is_read(tmp_path, settled):
    photos = write(tmp_path / "photos", a=b"BM1")
    assert content_hashes(photos) == [sha(b"BM1")]
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / content.NAME).write_bytes(b"no database" * 100)
    assert content_hashes(photos, str(cache)) == [sha(b"BM1")]
    (tmp_path / "file").write_bytes(b"")
    assert content_hashes(photos, str(tmp_path / "file")) == [sha(b"BM1")]


def test_what_is_kept_is_the_hash_by_name_and_state(tmp_path, settled):
    photos, cache = write(tmp_path / "photos", a=b"BM1"), tmp_path / "cache"
    content_hashes(photos, str(cache))
    with sqlite3.connect(cache / content.NAME) as book:
        ((file, state, digest),) = book.execute("SELECT * FROM hashes").fetchall()
    book.close()
    assert (os.fsdecode(file), digest) == (photos[0].file, sha(b"BM1"))
    assert state.split()[:2] == ["3", str(TIMES[1])]


def test_names_that_are_not_utf8_are_kept(tmp_path, settled, read_files):
    with open(os.path.join(os.fsencode(tmp_path), b"caf\xe9.png"), "wb") as stream:
        stream.write(b"BM1")
    photos = list_folder(str(tmp_path))
    for _ in range(2):
        assert content_hashes(photos, str(tmp_path / "cache")) == [sha(b"BM1")]
    assert len(read_files) == 1


def test_problems_and_files_that_are_gone_have_their_reason(tmp_path):
    gone, link = content_hashes([Photo("a", str(tmp_path / "a")), Photo("b", "/b", problem="dangling_link")])
    assert isinstance(gone, RejectedPhoto)
    assert gone.reason == "unreadable"
    assert isinstance(link, RejectedPhoto)
    assert link.reason == "dangling_link"


def test_one_photo_has_its_hash_or_says_why_not(tmp_path):
    (photo,) = write(tmp_path / "photos", a=b"BM1")
    assert content_hash(photo) == sha(b"BM1")
    with pytest.raises(RejectedPhoto) as raised:
        content_hash(Photo("b", str(tmp_path / "b")))
    assert (raised.value.reason, raised.value.detail) == ("unreadable", "No such file or directory")


def test_forgotten_hashes_are_made_anew_and_their_folder_is_made(tmp_path, settled, read_files):
    photos, cache = write(tmp_path / "photos", a=b"BM1"), tmp_path / "root" / "photos"
    for _ in range(2):
        content_hashes(photos, str(cache))
    assert len(read_files) == 1
    for _ in range(2):  # the second time there are none
        forget_hashes(cache)
    content_hashes(photos, str(cache))
    assert len(read_files) == 2


def test_a_large_file_is_hashed_in_pieces(tmp_path):
    file = tmp_path / "video.mp4"
    with open(file, "wb") as stream:
        stream.truncate(64 * content.BLOCK)
    tracemalloc.start()
    found = file_hash(str(file))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == sha(bytes(64 * content.BLOCK))
    assert peak < 4 * content.BLOCK  # a block, the one before it, and what Python itself takes


def test_what_starts_as_no_image_is_told_by_its_first_bytes(tmp_path, read_files):
    """A video among the photos is not read whole, however long it is."""
    photos = write(tmp_path / "photos", a=b"BM1", b=b"", c=b"RIFF\0\0\0\0AVI LIST", d=b"\0\0\0 ftypqt  ")
    found = content_hashes(photos, str(tmp_path / "cache"))
    assert found[0] == sha(b"BM1")
    assert [one.reason for one in found[1:]] == ["empty", "not_an_image", "not_an_image"]
    assert read_files == ["a"]


def test_a_line_of_drawings_has_the_hash_of_its_file(tmp_path):
    file = tmp_path / "face.ndjson"
    file.write_bytes(b"{}")
    assert content_hashes([Photo("face.ndjson:1", str(file), line=1, size=2)]) == [sha(b"{}")]


def test_a_hash_of_any_file_does_not_make_it_an_image(tmp_path, settled):
    """A list of pairs may lie among the photos."""
    photos, cache = write(tmp_path / "photos", pairs=b"first,second,same"), str(tmp_path / "cache")
    (any_file,) = content_hashes(photos, cache, images=False)
    assert any_file == sha(b"first,second,same")
    (image,) = content_hashes(photos, cache)
    assert isinstance(image, RejectedPhoto)
    assert content_hashes(photos, cache, images=False) == [any_file]
