"""`facefold forget` erases what is kept of photos that are named, or gone, and of no others."""

import json

import cv2
import numpy as np
import pytest

from components.ingest import content
from components.ingest.content import content_hashes, file_hash
from components.ingest.photo_cache import Outcome, PhotoCache
from components.ingest.settings import IngestSettings
from components.ingest.sources import list_folder
from pipeline import cli
from pipeline.dag.layout import Layout
from pipeline.runners import root_lock
from schemas.face import Face

FACE = Face(
    box=(1.0, 2.0, 3.0, 4.0),
    score=0.9,
    sharpness=1.0,
    landmarks=(1.0,) * 10,
    matrix=(1.0,) * 6,
    chip=b"a face",
)


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A folder of photos and a root whose runs have looked at them, with two detectors."""
    monkeypatch.setattr(content, "UNSETTLED", -60.0)  # these files are new
    photos, layout = tmp_path / "photos", Layout(tmp_path / "root")
    for shade, name in enumerate(("anna/1.png", "anna/2.png", "bob/1.png", "bob/2.png")):
        (photos / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(photos / name), np.full((8, 8, 3), 40 * shade, np.uint8))
    (layout.runs / "1").mkdir(parents=True)
    (layout.runs / "1" / "settings.json").write_text(json.dumps({"images": str(photos)}))
    hashes = content_hashes(list_folder(str(photos)), str(layout.photos))
    for detector in ("mtcnn", "haar"):
        cache = PhotoCache(str(layout.photos), IngestSettings(detector=detector))
        for digest in hashes:
            cache.put(digest, Outcome(8, 8, (FACE,)))
    return photos, layout


def forget(layout, *arguments):
    return cli.main(["forget", *map(str, arguments), "--root", str(layout.root)])


def kept(layout):
    """The names of photos that something is kept of, by either detector."""
    return sorted({file.name for file in layout.photos.glob("*/??/*")})


def test_a_named_photo_is_forgotten_by_all_detectors_and_by_name(library, capfd):
    photos, layout = library
    others = sorted(file_hash(str(photos / name)) for name in ("anna/2.png", "bob/1.png", "bob/2.png"))
    assert forget(layout, photos / "anna" / "1.png", "--dry-run") == cli.DONE
    told = capfd.readouterr().out
    assert f"would erase the faces of {photos / 'anna' / '1.png'}" in told
    assert "Would erase what was found in 1 photo, 0.0 MB." in told
    assert len(kept(layout)) == 4
    assert forget(layout, photos / "anna" / "1.png") == cli.DONE
    told = capfd.readouterr().out
    assert "Erased what was found in 1 photo" in told
    assert f"Earlier runs still hold them, in {layout.artifacts} and in the reports in {layout.runs}" in told
    assert "Pages in" not in told
    assert f"facefold clean --root {layout.root} --versions 1" in told
    assert kept(layout) == others
    for book in layout.photos.glob("hashes.sqlite*"):
        assert b"anna/1.png" not in book.read_bytes()
    assert (photos / "anna" / "1.png").exists()
    assert forget(layout, photos / "anna" / "1.png") == cli.DONE
    told = capfd.readouterr().out
    assert f"nothing is kept of {photos / 'anna' / '1.png'}" in told
    assert "Earlier runs" not in told


def test_a_folder_stands_for_its_photos_there_or_deleted(library):
    photos, layout = library
    bobs = sorted(file_hash(str(file)) for file in (photos / "bob").iterdir())
    (photos / "anna" / "1.png").unlink()
    assert forget(layout, photos / "anna") == cli.DONE
    assert kept(layout) == bobs


def test_a_deleted_photo_is_forgotten_by_its_name_and_a_moved_one_by_its_content(library):
    photos, layout = library
    (photos / "anna" / "1.png").unlink()
    (photos / "anna" / "2.png").rename(photos / "moved.png")
    assert forget(layout, photos / "anna" / "1.png", photos / "moved.png") == cli.DONE
    assert kept(layout) == sorted(file_hash(str(file)) for file in (photos / "bob").iterdir())


def test_gone_are_photos_deleted_or_edited_and_not_those_that_were_moved(library):
    photos, layout = library
    moved, left = (file_hash(str(photos / "anna" / name)) for name in ("1.png", "2.png"))
    (photos / "anna" / "1.png").rename(photos / "1 moved.png")
    (photos / "bob" / "1.png").unlink()
    cv2.imwrite(str(photos / "bob" / "2.png"), np.full((9, 9, 3), 250, np.uint8))
    assert forget(layout, "--gone", "--dry-run") == cli.DONE
    assert len(kept(layout)) == 4
    assert forget(layout, "--gone") == cli.DONE
    assert kept(layout) == sorted((moved, left))
    assert forget(layout, "--gone") == cli.DONE
    assert len(kept(layout)) == 2


@pytest.mark.parametrize("mount_point", [False, True])
def test_a_folder_that_is_not_there_is_no_reason_to_forget_all(library, capfd, mount_point):
    photos, layout = library
    photos.rename(photos.with_name("not mounted"))
    if mount_point:
        photos.mkdir()
    assert forget(layout, "--gone") == cli.FAILED
    error = capfd.readouterr().err
    assert f"{photos} is not there, or empty, and runs took photos from it" in error
    assert f"facefold forget {photos}" in error
    assert len(kept(layout)) == 4
    assert forget(layout, photos) == cli.DONE  # it is gone for good
    assert kept(layout) == []
    assert forget(layout, "--gone") == cli.DONE


def test_a_link_whose_drive_is_not_mounted_is_not_gone_until_it_is_named(library):
    photos, layout = library
    for name in ("1.png", "2.png"):
        (photos / "anna" / name).unlink()
        (photos / "anna" / name).symlink_to("/not/mounted/photo.png")
    (photos / "bob" / "1.png").unlink()
    assert forget(layout, "--gone") == cli.DONE
    assert len(kept(layout)) == 3
    assert forget(layout, photos / "anna") == cli.DONE
    assert kept(layout) == [file_hash(str(photos / "bob" / "2.png"))]


def test_without_a_book_of_hashes_photos_are_found_by_their_content(library):
    photos, layout = library
    (layout.photos / "hashes.sqlite").write_bytes(b"damaged")
    (photos / "bob" / "1.png").unlink()
    assert forget(layout, photos / "anna" / "1.png") == cli.DONE
    assert forget(layout, "--gone") == cli.DONE
    assert len(kept(layout)) == 2


@pytest.mark.parametrize("arguments", [[], ["--gone", "a.jpg"]])
def test_photos_or_gone_are_asked_for(library, capfd, arguments):
    assert forget(library[1], *arguments) == cli.WRONG_ARGUMENTS
    assert "Expected one of the two" in capfd.readouterr().err


def test_a_root_that_is_none_or_in_use_is_left_alone(library, tmp_path, capfd):
    photos, layout = library
    assert cli.main(["forget", "--gone", "--root", str(tmp_path / "none")]) == cli.WRONG_ARGUMENTS
    assert "is no folder" in capfd.readouterr().err
    with root_lock.hold(layout.lock, "facefold run other"):
        assert forget(layout, "--gone") == cli.FAILED
    assert "facefold run other" in capfd.readouterr().err
    assert len(kept(layout)) == 4


def test_pages_that_hold_faces_are_named(library, capfd):
    photos, layout = library
    layout.page("duplicates").mkdir()
    assert forget(layout, photos / "anna" / "1.png", "--dry-run") == cli.DONE
    told = capfd.readouterr().out
    assert f"Pages in {layout.page('duplicates')} may hold them too" in told
