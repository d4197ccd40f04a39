import os
import subprocess
import sys
import types

import pytest

from components.ingest.decoding.file_kinds import RejectedPhoto
from components.ingest.listing import list_photos
from components.ingest.own_roots import OWN_ROOT
from components.ingest.settings import IngestSettings
from components.ingest.sources import Photo, list_folder, list_sample, list_tfds, read
from tests.components.ingest.pictures import encoded, gradient, write_links_and_pipes


def test_sample_is_403_real_pictures_with_40_people_and_two_places():
    photos = list_sample()
    assert len(photos) == 403
    assert len({p.label for p in photos if p.path.startswith("orl/")}) == 40
    assert [p.path for p in photos if not p.label] == ["places/china.jpg", "places/flower.jpg"]
    assert all(os.path.isfile(p.file) for p in photos)
    assert photos == sorted(photos, key=lambda p: p.path)


def test_folder_lists_everything_with_labels(tmp_path):
    for name in ("top.jpg", ".DS_Store", "ann/1.jpg", "ann/more/2.jpg", "bob/Thumbs.db"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    listed = {p.path: p.label for p in list_folder(str(tmp_path))}
    assert listed == {
        ".DS_Store": "",
        "ann/1.jpg": "ann",
        "ann/more/2.jpg": "ann",
        "bob/Thumbs.db": "bob",
        "top.jpg": "",
    }


def test_links_pipes_and_folders_are_told_apart_and_never_opened(tmp_path):
    expected = write_links_and_pipes(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.jpg").write_bytes(b"x")
    (tmp_path / "linked").symlink_to(tmp_path / "elsewhere")
    photos = {p.path: p for p in list_folder(str(tmp_path))}
    assert {path: p.problem for path, p in photos.items() if p.problem} == expected
    assert {"elsewhere/a.jpg", "linked/a.jpg"} <= set(photos)
    for path, reason in expected.items():
        with pytest.raises(RejectedPhoto, match=reason):
            read(photos[path])


def test_a_name_that_is_not_utf8_is_listed_and_read(tmp_path):
    with open(os.path.join(os.fsencode(tmp_path), b"caf\xe9.png"), "wb") as stream:
        stream.write(encoded(gradient()))
    (photo,) = list_folder(str(tmp_path))
    assert photo.path == "caf\\xe9.png"
    assert read(photo).startswith(b"\x89PNG")


def test_a_file_that_may_not_be_read_is_rejected_as_unreadable(monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(RejectedPhoto) as caught:
        read(Photo("a.jpg", "/a.jpg"))
    assert (caught.value.reason, caught.value.detail) == ("unreadable", "Permission denied")


def test_a_folder_that_may_not_be_read_has_its_row(tmp_path, monkeypatch):
    (tmp_path / "locked").mkdir()
    scandir = os.scandir

    def refuse(folder):
        if str(folder).endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    assert [(p.path, p.problem) for p in list_folder(str(tmp_path))] == [("locked", "unreadable")]


def test_missing_folder_is_named():
    with pytest.raises(FileNotFoundError, match="'/no/such/folder'"):
        list_folder("/no/such/folder")


class FakeBuilder:
    def __init__(self, folder, features):
        self.data_dir = str(folder)
        self.info = types.SimpleNamespace(features=features, splits={"train": None})

    def download_and_prepare(self):
        pass

    def as_dataset(self, split, decoders):
        return [{"image": encoded(gradient()), "label": 1}, {"image": encoded(gradient(9, 9)), "label": 0}]


def fake_tfds(builder):
    return types.SimpleNamespace(
        builder=lambda name: builder,
        decode=types.SimpleNamespace(SkipDecoding=lambda: None),
        as_numpy=lambda rows: rows,
    )


def test_tfds_pictures_are_written_once_and_labelled(tmp_path, monkeypatch):
    names = types.SimpleNamespace(names=["cat", "dog"])
    builder = FakeBuilder(tmp_path, {"image": None, "label": names})
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", fake_tfds(builder))
    photos = list_photos(IngestSettings(source="tfds:pets"))
    assert [(p.path, p.label) for p in photos] == [
        ("cat/train-00000001", "cat"),
        ("dog/train-00000000", "dog"),
    ]
    monkeypatch.setattr(builder, "as_dataset", None)
    assert list_photos(IngestSettings(source="tfds:pets")) == photos


def test_tfds_errors_say_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(ModuleNotFoundError, match="pip install tensorflow-datasets"):
        list_tfds("pets")
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", fake_tfds(FakeBuilder(tmp_path, {"text": None})))
    with pytest.raises(ValueError, match=r"no pictures.*'text'"):
        list_tfds("words")
    offline = FakeBuilder(tmp_path, {"image": None})
    monkeypatch.setattr(offline, "download_and_prepare", lambda: (_ for _ in ()).throw(OSError("no network")))
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", fake_tfds(offline))
    with pytest.raises(RuntimeError, match="no network"):
        list_tfds("pets")


def test_a_folder_that_facefold_keeps_its_own_files_in_is_one_row(tmp_path):
    for name in (
        "a.jpg",
        "r/metadata.sqlite",
        "r/artifacts/1.jpg",
        "new/lock.json",
        "new/runs/log.txt",
        "runs/b.jpg",
        "web/facefold-web.txt",
        "web/photos/original/ab/ab12",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    listed = {photo.path: photo.problem for photo in list_folder(str(tmp_path))}
    assert listed == {"a.jpg": "", "new": OWN_ROOT, "r": OWN_ROOT, "runs/b.jpg": "", "web": OWN_ROOT}


def test_folders_deeper_than_pythons_calls_are_listed(tmp_path):
    depth = sys.getrecursionlimit() + 50
    below = os.open(tmp_path, os.O_RDONLY)
    for _ in range(depth):  # one by one: the whole name is too long for some calls
        os.mkdir("d", dir_fd=below)
        above, below = below, os.open("d", os.O_RDONLY, dir_fd=below)
        os.close(above)
    os.close(os.open("a.jpg", os.O_CREAT | os.O_WRONLY, dir_fd=below))
    os.close(below)
    (photo,) = list_folder(str(tmp_path))
    subprocess.run(["rm", "-r", tmp_path / "d"], check=True)  # Python's own way is by recursion
    assert photo.path == "d/" * depth + "a.jpg"
    assert photo.label == "d"
