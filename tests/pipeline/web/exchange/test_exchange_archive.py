"""The zip file of an export."""

import os
import tracemalloc
import zipfile

import pytest

from pipeline.web.exchange.archive import CHUNK, write_archive


def test_what_went_in_comes_out(tmp_path):
    photo = tmp_path / "photo"
    photo.write_bytes(os.urandom(3 << 20))
    path = tmp_path / "out.zip"
    table = b"name\r\n" * 10_000
    entries = [("people/Zoë 李/1.jpg", photo), ("faces.csv", table), ("a.JPG.XMP", table), ("b.jpg", table)]
    assert write_archive(path, iter(entries)) == 4
    with zipfile.ZipFile(path) as read:
        assert read.testzip() is None
        assert read.namelist() == [name for name, _ in entries]
        assert read.read("people/Zoë 李/1.jpg") == photo.read_bytes()
        assert read.read("faces.csv") == table
        packed = [info.compress_type == zipfile.ZIP_DEFLATED for info in read.infolist()]
        assert packed == [False, True, True, False]
        assert {info.date_time for info in read.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {info.external_attr >> 16 for info in read.infolist()} == {0o100644}
    assert sorted(one.name for one in tmp_path.iterdir()) == ["out.zip", "photo"]


def test_the_same_bytes_twice(tmp_path):
    """Whatever the files' dates and rights are."""
    photo = tmp_path / "photo"
    photo.write_bytes(b"x" * 1000)
    entries = [("1.jpg", photo), ("2.csv", b"y" * 1000)]
    write_archive(tmp_path / "1.zip", entries)
    os.utime(photo, (1e9, 1e9))
    photo.chmod(0o600)
    write_archive(tmp_path / "2.zip", entries)
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/etc/passwd",
        "../a",
        "a/../b",
        "a//b",
        "./a",
        "a/",
        "a\\b",
        "C:a",
        "a\x00b",
        "a\nb",
        ".",
        "..",
        "x" * 70_000,
    ],
)
def test_no_name_leads_out(name, tmp_path):
    with pytest.raises(ValueError, match="can't go into an archive"):
        write_archive(tmp_path / "a.zip", [("fine", b""), (name, b"")])
    assert list(tmp_path.iterdir()) == []


def test_no_name_twice(tmp_path):
    with pytest.raises(ValueError, match="comes twice"):
        write_archive(tmp_path / "a.zip", [("a", b""), ("a", b"")])


def test_a_failed_archive_leaves_the_old_one(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(b"old")

    def entries():
        yield "a", b"1"
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        write_archive(path, entries())
    with pytest.raises(FileNotFoundError):
        write_archive(path, [("a", tmp_path / "none")])
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["a.zip"]


def test_a_large_file_takes_no_more_memory_than_its_pieces(tmp_path):
    """Copied a piece at a time, and a piece is held at most three times: as read, as written, and by the file."""
    photo = tmp_path / "photo"
    photo.write_bytes(b"x" * (32 * CHUNK))
    tracemalloc.start()
    write_archive(tmp_path / "a.zip", [("1.jpg", photo)])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak <= 4 * CHUNK
