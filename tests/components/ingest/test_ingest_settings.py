import json

import pytest

from components.ingest.settings import DrawingSettings, IngestSettings, settings_of


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("source", "ftp", "folder, sample, tfds:NAME"),
        ("source", "tfds:", "folder, sample, tfds:NAME"),
        ("source", "folder", "set images=DIR"),
        ("source", "quickdraw", "set images=FILE or DIR"),
        ("detector", "yolo", "auto, mtcnn, blaze, dlib, haar, yunet, none"),
        ("detector", "yunet", "set model_path=FILE"),
        ("chip_format", "gif", "jpeg, png"),
        ("split_by", "year", "photo, label"),
        ("eval_share", 1.0, "at least 0, at most 0.99"),
        ("eval_share", "half", "a number"),
        ("landmarks", "dlib5", "mtcnn5, dlib68, file"),
        ("landmarks", "file", "a folder of .pts files"),
        ("landmarks_path", "points.csv", "an absolute path"),
        ("min_face", 3, "at least 12"),
        ("min_face", True, "a whole number"),
        ("min_score", 1.5, "at most 1"),
        ("images", "photos", "an absolute path"),
        ("max_megapixels", -1, "at least 0.001, at most 4000"),
    ],
)
def test_a_wrong_value_is_named_in_one_line(name, value, expected):
    with pytest.raises(ValueError, match="Setting .* is not possible") as caught:
        settings_of({name: value})
    message = str(caught.value)
    assert expected in message
    assert "\n" not in message


def test_dense_landmarks_need_aligned_faces():
    with pytest.raises(ValueError, match="detector=none, which aligns no face"):
        settings_of({"landmarks": "dlib68", "detector": "none"})
    settings_of({"landmarks": "mtcnn5", "detector": "none"})


def test_drawings_have_no_faces_to_find():
    drawings = settings_of({"source": "quickdraw", "images": "/drawings"})
    assert type(drawings) is DrawingSettings
    with pytest.raises(ValueError, match="Unknown ingest setting 'landmarks'"):
        settings_of({"source": "quickdraw", "images": "/drawings", "landmarks": "dlib68"})


def test_an_unknown_name_lists_the_valid_ones():
    with pytest.raises(ValueError, match=r"Unknown ingest setting 'size'\. Expected one of: source, images"):
        settings_of({"size": 3})


def test_places_are_no_part_of_what_decides():
    kept = json.loads(IngestSettings(cache_dir="/a", progress="/b").to_json())
    assert kept == json.loads(IngestSettings().to_json())
    assert "cache_dir" not in kept
    assert kept["eval_share"] == 0.2
