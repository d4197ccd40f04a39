import json

import pytest

from components.ingest.settings import IngestSettings, from_dict


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("source", "ftp", "folder, sample, tfds:NAME"),
        ("source", "tfds:", "folder, sample, tfds:NAME"),
        ("source", "folder", "set images=DIR"),
        ("detector", "yolo", "auto, mtcnn, dlib, haar, yunet, none"),
        ("detector", "yunet", "YuNet's ONNX file"),
        ("chip_format", "gif", "jpeg, png"),
        ("split_by", "year", "photo, label"),
        ("eval_share", 1.0, "0.01 to 0.99"),
        ("eval_share", "half", "float"),
        ("landmarks", "dlib5", "mtcnn5, dlib68, file"),
        ("landmarks", "file", "a folder of .pts files"),
        ("landmarks_path", "points.csv", "an absolute path"),
        ("min_face", 3, "12 to inf"),
        ("min_face", True, "int"),
        ("min_score", 1.5, "0 to 1"),
        ("images", "photos", "an absolute path"),
        ("max_megapixels", -1, "0.001 to 4000"),
    ],
)
def test_a_wrong_value_is_named_in_one_line(name, value, expected):
    with pytest.raises(ValueError, match="Ingest setting") as caught:
        from_dict({name: value})
    message = str(caught.value)
    assert expected in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"landmarks": "dlib68", "detector": "none"}, "detector=none, which aligns no face"),
        ({"landmarks": "dlib68", "source": "quickdraw", "images": "/a"}, "mtcnn5 for drawings"),
    ],
)
def test_dense_landmarks_need_aligned_faces(settings, expected):
    with pytest.raises(ValueError, match=expected):
        from_dict(settings)
    from_dict(settings | {"landmarks": "mtcnn5"})


def test_an_unknown_name_lists_the_valid_ones():
    with pytest.raises(ValueError, match=r"Unknown ingest setting 'size'\. Expected one of: source, images"):
        from_dict({"size": 3})


def test_places_are_no_part_of_what_decides():
    kept = json.loads(IngestSettings(cache_dir="/a", progress="/b").to_json())
    assert kept == json.loads(IngestSettings().to_json())
    assert "cache_dir" not in kept
    assert kept["eval_share"] == 0.2
