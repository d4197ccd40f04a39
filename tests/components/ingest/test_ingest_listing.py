import json
import os
import shutil

import numpy as np
import pytest

from components.ingest.listing import list_photos, listing_fingerprint, path_fingerprint
from components.ingest.settings import DrawingSettings, IngestSettings
from components.ingest.sources import list_folder


def write(folder, contents, name_of):
    for i, content in enumerate(contents):
        file = folder / name_of(i)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"BM" + content)
    return str(folder)


def contents_of(photos):
    found = []
    for photo in photos:
        with open(photo.file, "rb") as stream:
            found.append(stream.read())
    return found


def test_max_photos_takes_the_same_contents_under_any_names(tmp_path):
    contents = [bytes([i]) * 9 for i in range(60)]
    order = np.random.default_rng(0).permutation(60)
    folders = [
        write(tmp_path / "people", contents, lambda i: f"person{i // 10}/{i:02d}.jpg"),
        write(tmp_path / "flat", contents, lambda i: f"{order[i]:02d}.jpg"),
    ]
    chosen = [list_photos(IngestSettings(source="folder", images=f, max_photos=20)) for f in folders]
    assert sorted(contents_of(chosen[0])) == sorted(contents_of(chosen[1]))
    assert [len({*contents_of(photos)}) for photos in chosen] == [20, 20]
    assert all(photos == sorted(photos, key=lambda photo: photo.path) for photos in chosen)
    # Six folders of ten: evenly spread by path every folder would give a third of its photos.
    assert len({photo.label for photo in chosen[0]}) > 1


def test_fewer_photos_are_part_of_more(tmp_path):
    folder = write(tmp_path, [bytes([i]) for i in range(30)], lambda i: f"{i}.jpg")
    settings = IngestSettings(source="folder", images=folder)
    five, ten = (list_photos(settings.changed(max_photos=most)) for most in (5, 10))
    assert len(five) == 5
    assert len(ten) == 10
    assert {*five} < {*ten}
    assert len(list_photos(settings)) == len(list_photos(settings.changed(max_photos=99))) == 30


def test_files_that_cannot_be_read_come_last(tmp_path):
    write(tmp_path, [bytes([i]) for i in range(5)], lambda i: f"{i}.jpg")
    for name in ("0.lnk", "9.lnk"):
        (tmp_path / name).symlink_to(tmp_path / "nowhere")
    settings = IngestSettings(source="folder", images=str(tmp_path))
    assert not any(photo.problem for photo in list_photos(settings.changed(max_photos=5)))
    assert [p.path for p in list_photos(settings.changed(max_photos=6)) if p.problem] == ["0.lnk"]


def test_drawings_are_chosen_by_their_strokes(tmp_path):
    drawings = [[[[0, i + 1], [0, 2 * i + 3]]] for i in range(20)]

    def lines(order):
        return "".join(json.dumps({"word": "cat", "drawing": drawings[i]}) + "\n" for i in order)

    (tmp_path / "one.ndjson").write_text(lines(range(20)))
    (tmp_path / "other.ndjson").write_text(lines(range(19, -1, -1)))
    chosen = []
    for name in ("one", "other"):
        settings = DrawingSettings(images=str(tmp_path / f"{name}.ndjson"), max_photos=7)
        lines_of_file = (tmp_path / f"{name}.ndjson").read_text().splitlines()
        chosen.append(sorted(lines_of_file[photo.line - 1] for photo in list_photos(settings)))
    assert chosen[0] == chosen[1]
    assert len(chosen[0]) == 7


def test_the_fingerprint_follows_names_and_contents_and_nothing_else(tmp_path):
    folder, seen = tmp_path / "photos", []
    folder.mkdir()

    def look():
        found = listing_fingerprint(list_folder(str(folder)), str(tmp_path / "cache"))
        assert found == listing_fingerprint(list_folder(str(folder)))
        if found not in seen:
            seen.append(found)
        return seen.index(found)

    assert look() == 0
    (folder / "a.jpg").write_bytes(b"BM1")
    assert look() == 1
    (folder / "b.jpg").write_bytes(b"BM1")
    assert look() == 2
    os.utime(folder / "a.jpg", ns=(1, 1))  # copied, or restored from a backup: the same photo
    assert look() == 2
    (folder / "a.jpg").write_bytes(b"BM2")
    os.utime(folder / "a.jpg", ns=(1, 1))
    assert look() == 3
    (folder / "b.jpg").unlink()
    assert look() == 4
    shutil.move(folder / "a.jpg", folder / "c.jpg")
    assert look() == 5


def test_of_what_is_no_image_the_reason_counts(tmp_path):
    """A video among the photos is not read whole, so what comes later in it makes no other run."""
    seen = []
    for content in (b"a", b"b"):
        (tmp_path / "clip.avi").write_bytes(b"RIFF\0\0\0\0AVI LIST" + content)
        seen.append(listing_fingerprint(list_folder(str(tmp_path))))
        seen.append(path_fingerprint(str(tmp_path)))
    assert seen[0] == seen[2]
    assert seen[1] != seen[3]  # but not where a setting names it
    assert path_fingerprint("") == ""


def test_albums_are_no_people_unless_it_is_said(tmp_path):
    (tmp_path / "beach").mkdir()
    (tmp_path / "beach" / "1.jpg").touch()
    for labels, expected in (("none", ""), ("folders", "beach")):
        (photo,) = list_photos(IngestSettings(source="folder", images=str(tmp_path), labels=labels))
        assert photo.label == expected
    with pytest.raises(ValueError, match="photo with labels=none"):
        IngestSettings(source="folder", images=str(tmp_path), labels="none", split_by="label")
