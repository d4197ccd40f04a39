"""One face of each photo, as the ingest finds it, and which of several."""

import cv2
import numpy as np
import pytest

from components.ingest import chips
from components.ingest.chips import central, largest, one_face_each
from components.ingest.row import Row
from components.ingest.settings import IngestSettings
from components.ingest.sources import list_folder
from schemas.face import Face


def face(box):
    return Face(box, 1.0, 1.0, b"%d" % box[0], image_path="a.jpg")


def test_the_central_face_is_nearest_to_the_middle_and_the_largest_comes_first():
    row = Row("a.jpg", "faces", width=250, height=250)
    faces = [face((0.0, 0.0, 120.0, 120.0)), face((90.0, 80.0, 80.0, 80.0)), face((200.0, 200.0, 20.0, 20.0))]
    assert central(faces, row) is faces[1]
    assert largest(faces, row) is faces[0]
    twins = [face((85.0, 85.0, 80.0, 80.0)), face((105.0, 105.0, 40.0, 40.0))]
    assert central(twins, row) is twins[0]


def settings_for(folder, **changes):
    return IngestSettings(source="folder", images=str(folder), detector="none", **changes)


def test_every_photo_has_its_answer_in_its_place(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    colours = np.array([[250, 0, 0], [0, 250, 0], [0, 0, 250]], np.uint8)
    for name, colour in zip("abd", colours, strict=True):
        cv2.imwrite(str(folder / f"{name}.png"), np.broadcast_to(colour, (40, 30, 3)))
    (folder / "c.jpg").write_bytes(b"no picture")
    seen = []
    settings = settings_for(folder, cache_dir=str(tmp_path / "cache"))
    found, rows = one_face_each(
        list_folder(str(folder)), settings, report=lambda done, total: seen.append((done, total))
    )
    assert [row.status for row in rows] == ["faces", "faces", "rejected", "faces"]
    assert found[2] is None
    for face, colour in zip([found[0], found[1], found[3]], colours, strict=True):
        pixels = cv2.imdecode(np.frombuffer(face.chip, np.uint8), cv2.IMREAD_COLOR)
        assert pixels.shape == (192, 192, 3)
        assert np.abs(pixels[96, 96].astype(int) - colour).max() < 8
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_what_was_found_once_is_not_looked_for_again(tmp_path, monkeypatch):
    folder = tmp_path / "photos"
    folder.mkdir()
    cv2.imwrite(str(folder / "a.png"), np.zeros((20, 20, 3), np.uint8))
    settings = settings_for(folder, cache_dir=str(tmp_path / "cache"))
    first, _ = one_face_each(list_folder(str(folder)), settings)

    def blind(_settings):
        def detector(image):
            raise AssertionError("looked again")

        return detector

    monkeypatch.setattr(chips, "make_detector", blind)
    again, rows = one_face_each(list_folder(str(folder)), settings)
    assert [face.chip for face in again] == [face.chip for face in first]
    assert rows[0].status == "faces"
    (folder / "a.png").unlink()
    (folder / "gone.png").symlink_to(folder / "nowhere")
    nothing, rows = one_face_each(list_folder(str(folder)), settings)
    assert nothing == [None]
    assert rows[0].reason == "dangling_link"


def test_an_unknown_choice_is_said():
    with pytest.raises(
        ValueError, match="Unknown choice of a face 'best'. Expected one of: central, largest"
    ):
        one_face_each([], settings_for("/photos"), "best")
