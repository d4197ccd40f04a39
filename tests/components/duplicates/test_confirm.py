import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from components.duplicates.candidates import candidates
from components.duplicates.confirm import confirmed
from components.duplicates.photos import see_all, seen_of
from components.duplicates.search import duplicates, open_rows
from components.ingest.sources import Photo, list_folder
from tests.components.duplicates.scenes import encoded, moved_in, scene, seen

SEEDS = st.integers(0, 10_000)


def rows_of(tmp_path, files):
    for path, data in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    found, broken = see_all(list_folder(str(tmp_path)))
    return duplicates(found)[0], broken


def tint(picture):
    return np.clip(picture * np.array([0.8, 1.0, 1.15]) + np.array([10, -5, 0]), 0, 255).astype(np.uint8)


MADE = {
    "flipped": lambda picture: encoded(np.ascontiguousarray(picture[:, ::-1]), "JPEG", quality=92),
    "re-compressed": lambda picture: encoded(picture, "JPEG", quality=40),
    "resized": lambda picture: encoded(cv2.resize(picture, (160, 120), interpolation=cv2.INTER_AREA)),
    "cropped": lambda picture: encoded(np.ascontiguousarray(picture[10:226, 20:308])),
    "tinted": lambda picture: encoded(tint(picture)),
}


@pytest.mark.parametrize("kind", MADE)
def test_each_kind_is_found_and_named(tmp_path, kind):
    files = {f"other/{seed}.png": encoded(scene(seed)) for seed in range(5)}
    rows, _ = rows_of(tmp_path, {**files, "a/0.png": encoded(scene(9)), "b/1.jpg": MADE[kind](scene(9))})
    (row,) = rows
    assert (row.first, row.second, row.kind, row.also) == ("a/0.png", "b/1.jpg", kind, "")
    assert row.two_names
    assert row.mirror == (kind == "flipped")
    assert row.scale == pytest.approx(0.5 if kind == "resized" else 1, abs=0.005)
    assert row.overlap == pytest.approx(0.81 if kind == "cropped" else 1, abs=0.01)


def test_a_tint_is_told_from_the_first_to_the_second(tmp_path):
    rows, _ = rows_of(tmp_path, {"a.png": encoded(tint(scene(9))), "b.png": encoded(scene(9))})
    red, green, blue = (float(gain) for gain in rows[0].tint.split())
    assert (red, green, blue) == pytest.approx((1 / 0.8, 1, 1 / 1.15), abs=0.05)


def test_same_pixels_in_other_files_are_exact_however_they_lie_in_them(tmp_path):
    picture = scene(4)
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = np.ascontiguousarray(np.rot90(picture))
    files = {
        "a/1.png": encoded(picture),
        "a/2.webp": encoded(picture, "WEBP", lossless=True),
        "b/3.png": encoded(lying, exif=exif),
        "c/4.png": encoded(picture),
    }
    rows, _ = rows_of(tmp_path, files)
    assert [(row.first, row.second, row.kind, row.also) for row in rows] == [
        ("a/1.png", "b/3.png", "exact", ""),
        ("a/1.png", "c/4.png", "exact", "the same file"),
        ("a/1.png", "a/2.webp", "exact", ""),
    ]


@given(SEEDS)
@settings(max_examples=15, deadline=None)
def test_the_same_scene_a_second_later_is_no_duplicate(seed):
    picture, later = moved_in(scene(seed), seed)
    pair = [seen(picture, "a/1.png"), seen(later, "a/2.png")]
    pixels = {"a/1.png": picture, "a/2.png": later}
    found = candidates(np.stack([one.described for one in pair]))
    assert found
    assert confirmed_of(pair, found, pixels) == []


def confirmed_of(pair, found, pixels, monkeypatch=None):
    from components.duplicates import confirm

    rows = [
        confirm.confirm(pair[one.first], pair[one.second], one, lambda photo: pixels[photo.path])
        for one in found
    ]
    return [row for row in rows if row is not None]


@given(SEEDS)
@settings(max_examples=10, deadline=None)
def test_the_match_of_a_mirrored_picture_is_the_mirrored_match(seed):
    picture = scene(seed)
    crop = np.ascontiguousarray(picture[12:228, 8:296])
    flipped = np.ascontiguousarray(crop[:, ::-1])
    told = []
    for other in (crop, flipped):
        pair = [seen(picture, "a/1.png"), seen(other, "a/2.png")]
        found = candidates(np.stack([one.described for one in pair]))
        rows = confirmed_of(pair, found, {"a/1.png": picture, "a/2.png": other})
        told.append(min(rows, key=lambda row: row.worst))
    straight, mirror = told
    assert (straight.mirror, mirror.mirror) == (False, True)
    assert mirror.overlap == pytest.approx(straight.overlap, abs=0.005)
    assert mirror.scale == pytest.approx(straight.scale, abs=0.005)


def test_broken_photos_are_told_with_their_reason_and_stop_nothing(tmp_path):
    files = {
        "a.png": encoded(scene(1)),
        "b.png": encoded(scene(1))[:200],
        "c.txt": b"no picture",
        "d.jpg": b"",
    }
    rows, broken = rows_of(tmp_path, files)
    assert rows == []
    assert {photo.path: reason.partition(":")[0] for photo, reason in broken} == {
        "b.png": "truncated",
        "c.txt": "not_an_image",
        "d.jpg": "empty",
    }


def test_a_photo_that_goes_away_meanwhile_is_in_no_pair(tmp_path):
    data = encoded(scene(1))
    pair = [seen_of(Photo(name, str(tmp_path / name)), data) for name in ("gone.png", "gone too.png")]
    found = candidates(np.stack([one.described for one in pair]))
    assert found
    assert confirmed(pair, found) == []


def test_decided_pairs_are_not_open(tmp_path):
    rows, _ = rows_of(tmp_path, {"a.png": encoded(scene(1)), "b.jpg": MADE["re-compressed"](scene(1))})
    (row,) = rows
    assert open_rows(rows, set()) == rows
    assert open_rows(rows, {frozenset((row.second_hash, row.first_hash))}) == []
