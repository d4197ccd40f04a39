"""What a CSV tells of photos: answers, parts, people, and everything that can be wrong with it."""

import pytest
from tensorflow.train import Example

from components.ingest.labelled_stages import NO_TARGETS, noted, with_targets
from components.ingest.row import Row
from components.ingest.settings import LabelledSettings, settings_of
from components.ingest.sources import Photo
from components.ingest.targets import Told, told_of, validates
from schemas.face import Face
from schemas.features import from_example, to_example
from schemas.labelled_face import HELD_OUT, LEARNED, VALIDATED

PHOTOS = [Photo(f"{who}/{who}{i}.jpg", "", who) for who in ("ann", "bob") for i in (1, 2)]


def settings(tmp_path, text, **told):
    file = tmp_path / "targets.csv"
    file.write_text(text)
    values = {"images": "/photos", "target_columns": ("Male", "Smiling"), "split_by": "label", **told}
    return LabelledSettings(targets=str(file), **values)


def test_answers_by_name_with_or_without_folders(tmp_path):
    text = "image_id,Smiling,Male\nann1.jpg,1,-1\nbob/bob1.png,-1,1\nbob2.jpg,,1\n"
    found = told_of(PHOTOS, settings(tmp_path, text))
    assert found == {
        "ann/ann1.jpg": Told((0, 1), LEARNED),
        "bob/bob1.jpg": Told((1, 0), LEARNED),
        "bob/bob2.jpg": Told((1, -1), LEARNED),
    }


def test_all_ways_to_write_an_answer(tmp_path):
    text = "file,Male,Smiling\nann1,true,0\nann2,FALSE,1\nbob1,yes,\nbob2,no,0\n"
    found = told_of(PHOTOS, settings(tmp_path, text))
    assert [found[photo.path].answers for photo in PHOTOS] == [(1, 0), (0, 1), (1, -1), (0, 0)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("file,Male,Smiling\nann1,maybe,1\n", "column 'Male', has an answer 'maybe'"),
        ("file,Male,Smiling\nann1,1,1\nann2,0,0\nbob1,-1,1\n", "column 'Male', has -1, 0 and 1"),
        ("file,Male\nann1,1\n", "Unknown attribute 'Smiling'. Expected one of: Male"),
        ("file,Male,Smiling\nann1,1\n", "row 2"),
    ],
)
def test_what_is_no_answer_is_named(tmp_path, text, told):
    with pytest.raises(ValueError, match=told):
        told_of(PHOTOS, settings(tmp_path, text))


def test_a_partition_names_the_parts(tmp_path):
    text = "file,Male,Smiling,partition\nann1,1,0,0\nann2,1,0,0\nbob1,0,0,2\nbob2,0,0,2\n"
    found = told_of(PHOTOS, settings(tmp_path, text, split_by="partition"))
    assert [found[photo.path].part for photo in PHOTOS] == [LEARNED, LEARNED, HELD_OUT, HELD_OUT]
    fewer = "file,Male,Smiling,partition\nann1,1,0,0\nbob1,0,0,2\n"  # of bob's other photo nothing is told
    assert set(told_of(PHOTOS, settings(tmp_path, fewer, split_by="partition"))) == {
        "ann/ann1.jpg",
        "bob/bob1.jpg",
    }
    words = text.replace(",2", ",test").replace("ann1,1,0,0", "ann1,1,0,train")
    assert told_of(PHOTOS, settings(tmp_path, words, split_by="partition")) == found


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("ann1,1,0,0\nann2,1,0,2\nbob1,0,0,2\n", "photos of 'ann' in two parts"),
        ("ann1,1,0,0\nann2,1,0,0\n", "names none to learn from, or none to hold out"),
        ("ann1,1,0,7\n", "has '7'. Expected 0, 1 or 2"),
    ],
)
def test_a_partition_that_can_not_be_is_named(tmp_path, rows, told):
    with pytest.raises(ValueError, match=told):
        told_of(PHOTOS, settings(tmp_path, f"file,Male,Smiling,partition\n{rows}", split_by="partition"))


def test_without_a_file_the_setting_is_named():
    with pytest.raises(ValueError, match="Setting targets= is not possible.*set targets=FILE"):
        told_of(PHOTOS, LabelledSettings(images="/photos"))


def example(path="ann/ann1.jpg", index=0, label="ann", frame=b"f"):
    face = Face((0, 0, 9, 9), 1.0, 1.0, b"c", image_path=path, face_index=index, label=label, frame=frame)
    return Example.FromString(to_example(face).SerializeToString())


def parts_of(told, **changes):
    return [one.features.feature["part"].int64_list.value[0] for one in with_targets(*told, **changes)]


def test_only_the_largest_face_of_a_photo_that_is_told_of_learns():
    told = {"ann/ann1.jpg": Told((1, -1), LEARNED)}
    (one,) = with_targets(example(), told, True, True)
    assert from_example(one.SerializeToString()).targets == (1, -1)
    assert parts_of((example(), told, True, True)) == [LEARNED]
    assert not list(with_targets(example(index=1), told, True, True))
    assert not list(with_targets(example("bob/bob1.jpg"), told, True, True))
    assert not list(with_targets(example(frame=b""), told, True, True))
    assert list(with_targets(example(frame=b""), told, True, False))


def test_a_tenth_of_the_people_validates_where_the_file_names_none():
    names = [f"person {number}" for number in range(500)]
    share = sum(map(validates, names)) / len(names)
    assert abs(share - 0.1) < 4 * (0.1 * 0.9 / len(names)) ** 0.5
    for name in names[:40]:
        told = {"x": Told((1,), LEARNED)}
        assert parts_of((example("x", label=name), told, False, True)) == [
            VALIDATED if validates(name) else LEARNED
        ]
        assert parts_of((example("x", label=name), told, True, True)) == [LEARNED]
        held_out = {"x": Told((1,), HELD_OUT)}
        assert parts_of((example("x", label=name), held_out, False, True)) == [HELD_OUT]


def test_a_photo_of_which_nothing_is_told_is_counted():
    told = {"a": Told((1,), LEARNED)}
    assert noted(Row("b", "faces", note="page 1"), told).note == f"page 1; {NO_TARGETS}"
    assert noted(Row("a", "faces"), told).note == ""
    assert noted(Row("b", "no_face"), told).note == ""


def test_the_settings_say_what_can_be_cut(tmp_path):
    with pytest.raises(ValueError, match="frame=celeba is not possible.*detector=none"):
        LabelledSettings(images="/photos", detector="none", frame="celeba", landmarks="mtcnn5")
    with pytest.raises(ValueError, match="frame=box is not possible.*landmarks=mtcnn5"):
        LabelledSettings(images="/photos", frame="box", landmarks="mtcnn5")
    assert len(LabelledSettings(images="/photos").columns) == 40
    chosen = settings(tmp_path, "file,Male\n")
    again = settings_of({"kind": "labelled_face", **chosen.model_dump(mode="json")})
    assert again == chosen
