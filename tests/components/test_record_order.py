import numpy as np
import pytest
import tensorflow as tf

from components.record_order import (
    fill_empty_split,
    key_of,
    place_of,
    records_of,
    sort_by_content,
    spread,
)
from schemas.face import Face
from schemas.features import to_example


def example(number, face=0):
    digest = f"{number * 2654435761 % 2**32:08x}" + "0" * 56
    about = {"content_hash": digest, "split_key": digest, "image_path": f"{number}.jpg"}
    face = Face(face_index=face, chip=bytes(100), **about)
    return to_example(face).SerializeToString()


@pytest.fixture
def places(tmp_path):
    (tmp_path / "unsorted").mkdir()
    (tmp_path / "sorted").mkdir()
    return tmp_path / "unsorted", tmp_path / "sorted"


def write(folder, parts):
    for number, part in enumerate(parts):
        with tf.io.TFRecordWriter(str(folder / f"data-{number}.gz"), "GZIP") as writer:
            for record in part:
                writer.write(record)


@pytest.mark.parametrize("at_once", [2**30, 2000, 500])
def test_any_order_in_any_files_gives_the_same_records(places, at_once):
    unsorted, folder = places
    records = [example(number, face) for number in range(80) for face in range(number % 3 + 1)]
    order = np.random.default_rng(at_once).permutation(len(records))
    write(unsorted, [[records[i] for i in part] for part in np.array_split(order, 5)])
    sort_by_content(str(unsorted), str(folder), "data", at_once)
    files = sorted(str(file) for file in folder.iterdir())
    assert (len(files) > 1) == (at_once < 2**30)
    assert list(records_of(files)) == sorted(records, key=place_of)
    assert not unsorted.exists()


def test_an_empty_split_has_an_empty_file(places):
    unsorted, folder = places
    write(unsorted, [[]])
    sort_by_content(str(unsorted), str(folder), "data")
    assert [file.name for file in folder.iterdir()] == ["data-00000-of-00001.gz"]
    assert list(records_of([str(folder / "data-00000-of-00001.gz")])) == []


def test_a_split_without_a_file_has_an_empty_file_too(places):
    unsorted, folder = places
    sort_by_content(str(unsorted), str(folder), "data")
    assert [file.name for file in folder.iterdir()] == ["data-00000-of-00001.gz"]


def test_records_of_twice_the_size_are_in_two_files(places):
    unsorted, folder = places
    records = [example(number) for number in range(40)]
    write(unsorted, [records])
    size = sum(file.stat().st_size for file in unsorted.iterdir())
    sort_by_content(str(unsorted), str(folder), "data", -(-size // 2))
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == ["data-00000-of-00002.gz", "data-00001-of-00002.gz"]
    halves = [list(records_of([str(file)])) for file in files]
    assert halves[0] + halves[1] == sorted(records, key=place_of)
    assert [place_of(half[0])[0] < "8" for half in halves] == [True, False]


def test_records_are_spread_by_the_beginning_of_their_hash(places):
    unsorted, folder = places
    hashes = ["00000000", "3fffffff", "40000000", "80000000", "bfffffff", "c0000000", "ffffffff"]
    faces = [Face(content_hash=h + "0" * 56, split_key="k", chip=b"") for h in hashes]
    write(unsorted, [[to_example(face).SerializeToString() for face in faces]])
    parts = spread([str(file) for file in unsorted.iterdir()], str(folder), 4)
    found = [sorted(place_of(record)[0][:8] for record in records_of(part)) for part in parts]
    assert found == [hashes[:2], ["40000000"], ["80000000", "bfffffff"], ["c0000000", "ffffffff"]]


def test_of_two_photos_each_split_gets_one(places):
    write(places[0], [[]])
    write(places[1], [[example(1), example(2)]])
    fill_empty_split([str(folder) for folder in places], "data")
    assert [len(list(records_of([str(f) for f in folder.iterdir()]))) for folder in places] == [1, 1]


def test_what_lost_attempts_left_is_not_read(places):
    unsorted, folder = places
    write(unsorted, [[example(1)]])
    (unsorted / "beam-temp-data-lost").mkdir()
    (unsorted / "beam-temp-data-lost" / "half.gz").write_bytes(b"half")
    sort_by_content(str(unsorted), str(folder), "data")
    assert len(list(records_of([str(file) for file in folder.iterdir()]))) == 1


@pytest.mark.parametrize("empty", [0, 1])
def test_a_split_without_a_record_gets_one_photo_of_the_other(places, empty):
    """Of ten photos none is in the eval split by a chance of a tenth."""
    folders = [str(folder) for folder in places]
    records = [example(number, face) for number in range(10) for face in range(2)]
    chosen = set()
    for seed in range(2):  # in any order
        for folder in places:
            for file in folder.iterdir():
                file.unlink()
        order = np.random.default_rng(seed).permutation(len(records))
        write(places[empty], [[]])
        write(places[1 - empty], [[records[i] for i in order[:7]], [records[i] for i in order[7:]]])
        fill_empty_split(folders, "data")
        found = [list(records_of([str(file) for file in folder.iterdir()])) for folder in places]
        assert sorted(found[0] + found[1]) == sorted(records)
        assert len(found[empty]) == 2  # both faces of one photo
        assert len({key_of(record) for record in found[empty]}) == 1
        chosen |= {key_of(record) for record in found[empty]}
    assert len(chosen) == 1


@pytest.mark.parametrize("parts", [([0, 1], [2]), ([], []), ([0], []), ([], [3])])
def test_splits_that_have_records_or_too_few_stay_as_they_are(places, parts):
    for folder, numbers in zip(places, parts, strict=True):
        write(folder, [[example(number) for number in numbers]])
    before = [{file.name: file.read_bytes() for file in folder.iterdir()} for folder in places]
    fill_empty_split([str(folder) for folder in places], "data")
    assert [{file.name: file.read_bytes() for file in folder.iterdir()} for folder in places] == before
