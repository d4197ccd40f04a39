"""Rows of arrays as pictures: what each reader takes, and what becomes of what is wrong with a file."""

import gzip
import struct

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.ingest.decoding.file_kinds import RejectedPhoto
from components.ingest.pictures.arrays import REASONS, arrays_from, in_bytes, pixels_of
from components.ingest.pictures.digits import list_digits
from components.ingest.pictures.idx import list_idx
from components.ingest.pictures.made import hash_of, image_of, picture, picture_hashes
from components.ingest.pictures.npz import list_npz
from components.ingest.pictures.usps import list_usps
from components.ingest.settings import ImageSettings

GREY = np.arange(3 * 4 * 5, dtype=np.uint8).reshape(3, 4, 5)
LABELS = np.array([7, 0, 7])


def reasons(photos):
    return [photo.problem.partition(":")[0] for photo in photos]


def npz(folder, name="some.npz", **arrays):
    np.savez(folder / name, **arrays)
    return str(folder / name)


def idx(file, array, count=None):
    """Writes an IDX file that promises ``count`` rows."""
    sizes = (count if count is not None else len(array), *array.shape[1:])
    data = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *sizes) + array.tobytes()
    file.write_bytes(gzip.compress(data) if file.suffix == ".gz" else data)
    return str(file)


def test_rows_of_an_npz_file_have_names_labels_and_their_own_pixels(tmp_path):
    photos = list_npz(npz(tmp_path, x=GREY, y=LABELS))
    assert [(photo.path, photo.label) for photo in photos] == [
        ("some.npz:1", "7"),
        ("some.npz:2", "0"),
        ("some.npz:3", "7"),
    ]
    for photo, pixels in zip(photos, GREY, strict=True):
        np.testing.assert_array_equal(pixels_of(photo), pixels)


def test_train_and_test_of_one_npz_file_follow_each_other(tmp_path):
    file = npz(tmp_path, x_test=GREY[:1], y_test=LABELS[:1], x_train=GREY[1:], y_train=LABELS[1:])
    photos = list_npz(file)
    assert [photo.label for photo in photos] == ["0", "7", "7"]
    np.testing.assert_array_equal(pixels_of(photos[2]), GREY[0])


def test_without_labels_nothing_is_said_of_the_classes(tmp_path):
    assert [photo.label for photo in list_npz(npz(tmp_path, x=GREY))] == ["", "", ""]


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({"x": GREY, "y": LABELS[:2]}, "unequal"),
        ({"x": GREY, "y": LABELS[:, None]}, "unequal"),
        ({"z": GREY}, "wrong_shape"),
        ({"x": GREY[0, 0]}, "wrong_shape"),
        ({"x": np.zeros((2, 4, 5, 2), np.uint8)}, "wrong_shape"),
        ({"x": np.zeros((2, 7), np.uint8)}, "wrong_shape"),
        ({"x": np.zeros((2, 600, 600), np.uint8)}, "wrong_shape"),
        ({"x": np.zeros((0, 4, 5), np.uint8)}, "wrong_shape"),
        ({"x": np.array(["a", "b"])}, "wrong_shape"),
        ({"x": np.array([None, GREY[0]], object)}, "broken"),
        ({"x_train": GREY, "x_test": GREY[:, :3]}, "wrong_shape"),
        ({"x_train": GREY, "y_train": LABELS, "x_test": GREY}, "unequal"),
    ],
)
def test_a_file_whose_pictures_or_labels_can_not_be_told_is_one_row_with_its_reason(tmp_path, arrays, reason):
    photos = list_npz(npz(tmp_path, **arrays))
    assert (len(photos), reasons(photos)) == (1, [reason])
    with pytest.raises(RejectedPhoto, match=reason):
        picture(photos[0])


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"no file of NumPy", bytes(1000)])
def test_a_file_that_is_none_is_broken(tmp_path, data):
    for name, lister in (("a.npz", list_npz), ("a.h5", list_usps)):
        (tmp_path / name).write_bytes(data)
        assert reasons(lister(str(tmp_path / name))) == ["broken"]


def test_a_cut_npz_file_is_broken(tmp_path):
    file = tmp_path / "some.npz"
    np.savez_compressed(file, x=np.random.default_rng(0).integers(0, 256, (50, 8, 8), np.uint8))
    file.write_bytes(file.read_bytes()[:-400])
    assert reasons(list_npz(str(file))) == ["broken"]


def test_other_files_in_the_folder_are_rows_of_the_wrong_kind(tmp_path):
    npz(tmp_path, x=GREY)
    (tmp_path / "notes.txt").write_text("digits")
    photos = list_npz(str(tmp_path))
    assert reasons(photos) == ["wrong_kind", "", "", ""]


def test_rows_with_numbers_that_are_no_pixels_are_rejected_and_the_others_kept(tmp_path):
    x = np.full((5, 2, 2), 0.5)
    x[1, 0, 0], x[2, 1, 1], x[3, 0, 1] = np.nan, np.inf, -0.1
    photos = list_npz(npz(tmp_path, x=x))
    assert reasons(photos) == ["", "not_finite", "not_finite", "out_of_range", ""]
    assert {reason for reason in reasons(photos) if reason} <= set(REASONS)
    np.testing.assert_array_equal(pixels_of(photos[4]), 128)
    found = picture_hashes(photos)
    assert [isinstance(one, str) for one in found] == [True, False, False, False, True]


def test_shares_and_levels_give_the_same_pixels():
    levels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    for given_as in (levels, levels / 255, levels.astype(np.float32), levels.astype(np.int64)):
        np.testing.assert_array_equal(arrays_from(given_as).pixels, levels)
    np.testing.assert_array_equal(arrays_from(levels > 9).pixels, np.where(levels > 9, 255, 0))


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=20))
def test_a_share_is_off_by_half_a_level_at_most(values):
    x = np.array(values, np.float32).reshape(-1, 1, 1)
    pixels, problems = in_bytes(x)
    assert not problems
    assert np.abs(pixels / 255 - x).max() <= 0.5 / 255 + np.finfo(np.float32).eps


def test_flat_rows_are_squares_and_one_channel_is_none():
    flat = np.arange(2 * 16, dtype=np.uint8).reshape(2, 16)
    np.testing.assert_array_equal(arrays_from(flat).pixels, flat.reshape(2, 4, 4))
    np.testing.assert_array_equal(arrays_from(GREY[..., None]).pixels, GREY)


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (np.array([1.0, 2.0, 3.0]), ["1", "2", "3"]),
        (np.array([0.5, 2.0, 3.0]), ["0.5", "2.0", "3.0"]),
        (np.array([b"a", b"b", b"c"]), ["a", "b", "c"]),
        (np.array(["cat", "dog", "cat"]), ["cat", "dog", "cat"]),
    ],
)
def test_labels_are_text(labels, names):
    assert list(arrays_from(GREY, labels).labels) == names


def usps_file(folder, **parts):
    with h5py.File(folder / "usps.h5", "w") as held:
        for name, arrays in parts.items():
            for key, array in arrays.items():
                held[f"{name}/{key}"] = array
    return str(folder / "usps.h5")


def test_usps_is_read_train_before_test(tmp_path):
    x = np.linspace(0, 1, 3 * 16, dtype=np.float32).reshape(3, 16)
    file = usps_file(
        tmp_path,
        train={"data": x[:2], "target": np.array([3, 9])},
        test={"data": x[2:], "target": np.array([5])},
    )
    photos = list_usps(file)
    assert [(photo.path, photo.label) for photo in photos] == [
        ("usps.h5:1", "3"),
        ("usps.h5:2", "9"),
        ("usps.h5:3", "5"),
    ]
    np.testing.assert_array_equal(pixels_of(photos[2]), np.rint(x[2] * 255).reshape(4, 4))


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"valid": {"data": np.zeros((2, 16))}}, "wrong_shape"),
        ({"train": {"target": np.zeros(2)}}, "wrong_shape"),
        ({"train": {"data": np.zeros((2, 16)), "target": np.zeros(3)}}, "unequal"),
    ],
)
def test_an_hdf5_file_of_another_form_is_one_row(tmp_path, parts, reason):
    assert reasons(list_usps(usps_file(tmp_path, **parts))) == [reason]


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_idx_files_are_read_with_the_labels_beside_them(tmp_path, ending):
    idx(tmp_path / f"train-images-idx3-ubyte{ending}", GREY)
    idx(tmp_path / f"train-labels-idx1-ubyte{ending}", LABELS.astype(np.uint8))
    photos = list_idx(str(tmp_path))
    assert [photo.label for photo in photos] == ["7", "0", "7"]
    np.testing.assert_array_equal(pixels_of(photos[1]), GREY[1])


def test_rows_that_a_short_idx_file_promises_are_rejected(tmp_path):
    file = idx(tmp_path / "t-images-idx3-ubyte", GREY[:2], count=5)
    photos = list_idx(file)
    assert reasons(photos) == ["", "", "cut_short", "cut_short", "cut_short"]
    with pytest.raises(RejectedPhoto, match="cut_short"):
        picture(photos[4])


def test_a_gzip_file_without_its_end_gives_the_rows_that_are_there(tmp_path):
    x = np.random.default_rng(0).integers(0, 256, (400, 28, 28), np.uint8)
    file = tmp_path / "t-images-idx3-ubyte.gz"
    idx(file, x)
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2])
    found = reasons(list_idx(str(file)))
    assert len(found) == 400
    there = found.count("")
    assert 0 < there < 400
    assert found == [""] * there + ["cut_short"] * (400 - there)
    np.testing.assert_array_equal(pixels_of(list_idx(str(file))[there - 1]), x[there - 1])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "broken"),
        (b"\x01\x02\x03\x04" * 20, "broken"),
        (bytes([0, 0, 13, 3]) + bytes(12), "wrong_shape"),  # floats
        (bytes([0, 0, 8, 1]) + struct.pack(">I", 4) + bytes(20), "wrong_shape"),
        (bytes([0, 0, 8, 3]) + struct.pack(">3I", 2**32 - 1, 28, 28) + bytes(784), "cut_short"),
        (bytes([0, 0, 8, 3]) + struct.pack(">3I", 3, 0, 28), "wrong_shape"),
    ],
)
def test_an_idx_file_with_another_header_is_one_row(tmp_path, data, reason):
    file = tmp_path / "t-images-idx3-ubyte"
    file.write_bytes(data)
    assert reasons(list_idx(str(file))) == [reason]


def test_more_labels_than_pictures_of_idx_are_one_row(tmp_path):
    idx(tmp_path / "t-images-idx3-ubyte", GREY)
    idx(tmp_path / "t-labels-idx1-ubyte", np.zeros(9, np.uint8))
    assert reasons(list_idx(str(tmp_path))) == ["unequal"]


def test_the_package_of_digits_has_500_of_each():
    photos = list_digits()
    assert len(photos) == 5000
    assert {label: sum(photo.label == label for photo in photos) for label in "0123456789"} == dict.fromkeys(
        "0123456789", 500
    )
    assert picture(photos[0]).shape == (28, 28)


def test_a_file_that_changes_is_read_again(tmp_path):
    first = list_npz(npz(tmp_path, x=GREY))[0]
    before = hash_of(picture(first))
    npz(tmp_path, x=np.concatenate([255 - GREY, GREY]))
    assert hash_of(picture(first)) != before


def test_colours_stay_and_grey_in_three_channels_is_grey(tmp_path):
    colours = np.random.default_rng(1).integers(0, 256, (1, 4, 4, 3), np.uint8)
    grey = np.repeat(colours[..., :1], 3, axis=3)
    photos = list_npz(npz(tmp_path, x=np.concatenate([colours, grey])))
    assert [picture(photo).shape for photo in photos] == [(4, 4, 3), (4, 4)]
    made = [image_of(photo, "digest", ImageSettings())[1] for photo in photos]
    assert [(one.height, one.width, one.channels) for one in made] == [(4, 4, 3), (4, 4, 1)]
