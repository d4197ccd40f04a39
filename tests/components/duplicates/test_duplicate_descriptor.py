import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.duplicates.candidates import candidates
from components.duplicates.descriptor import CROPS, LENGTH, SIDE, descriptors, mirrored, squeezed
from tests.components.duplicates.scenes import scene

SEEDS = st.integers(0, 10_000)


@given(SEEDS)
@settings(max_examples=20, deadline=None)
def test_the_mirror_image_of_a_crop_is_the_mirrored_crop_of_the_mirror_image(seed):
    grey = squeezed(scene(seed))
    flipped = descriptors(np.ascontiguousarray(grey[:, ::-1]))
    of_mirror = {
        (round(1 - right, 2), round(1 - left, 2), top, bottom): row
        for (left, right, top, bottom), row in zip(CROPS, flipped, strict=True)
    }
    for crop, row in zip(CROPS, descriptors(grey), strict=True):
        assert np.abs(mirrored(row) - of_mirror[crop]).max() < 1e-4


@given(SEEDS, st.floats(0.3, 1.0), st.floats(0, 40))
@settings(max_examples=20, deadline=None)
def test_brightness_and_contrast_say_nothing(seed, gain, offset):
    grey = squeezed(scene(seed))
    assert np.abs(descriptors(grey) - descriptors(grey * gain + offset)).max() < 1e-3


def test_rows_have_length_one_and_one_colour_none():
    assert np.linalg.norm(descriptors(squeezed(scene(1))), axis=1) == pytest.approx(
        np.ones(len(CROPS)), abs=1e-5
    )
    assert not descriptors(np.full((SIDE, SIDE), 90.0, np.float32)).any()


def test_the_descriptor_of_a_crop_is_that_of_its_pixels():
    grey = squeezed(scene(3))
    left, right, top, bottom = (round(SIDE * side) for side in CROPS[6])
    alone = squeezed(np.repeat(grey[top:bottom, left:right, None], 3, axis=2).astype(np.uint8))
    assert descriptors(grey)[6] @ descriptors(alone)[0] > 0.99


def test_neighbours_are_found_by_crop_and_mirror_image():
    pictures = [scene(seed) for seed in range(30)]
    pictures += [pictures[4][24:, 32:], pictures[9][:, ::-1]]
    found = candidates(np.stack([descriptors(squeezed(np.ascontiguousarray(one))) for one in pictures]))
    told = {frozenset((one.first, one.second)): one for one in found}
    assert CROPS[told[frozenset((4, 30))].crop] == (0.1, 1.0, 0.1, 1.0)
    assert told[frozenset((9, 31))].mirror


def test_the_search_by_cells_finds_what_the_whole_search_finds(monkeypatch):
    rows = np.stack([descriptors(squeezed(scene(seed % 60))) for seed in range(120)])
    whole = {(one.first, one.second) for one in candidates(rows) if one.cosine > 0.999}
    monkeypatch.setattr("components.duplicates.candidates.EXACT_PHOTOS", 10)
    cells = {(one.first, one.second) for one in candidates(rows) if one.cosine > 0.999}
    assert {tuple(sorted(pair)) for pair in whole} == {tuple(sorted(pair)) for pair in cells}
    assert len(whole) == 60


def test_no_photo_or_one_has_no_neighbour():
    assert candidates(np.zeros((0, len(CROPS), LENGTH), np.float32)) == []
    assert candidates(np.zeros((1, len(CROPS), LENGTH), np.float32)) == []
