"""How a picture is looked at: small faces beside large ones, long pictures, photos turned without a tag."""

import cv2
import numpy as np
import pytest

from components.ingest.detect import looks, tape
from components.ingest.detect import networks as networks_module
from components.ingest.detect.detectors import make_detector, smallest_face
from components.ingest.detect.levelling import DOUBT, LIKELIER, level_landmarks, patch_box
from components.ingest.detect.mtcnn import Detections
from components.ingest.detect.networks import Networks, load_weights
from components.ingest.detect.upright import eye_angles, upright
from components.ingest.settings import IngestSettings
from tests.bounds import of_sum
from tests.components.ingest.pictures import astronaut

FACE = np.array([178.0, 60.0, 88.0, 113.0])  # the astronaut's box, of 512 pixels


@pytest.fixture(scope="module")
def auto():
    return make_detector(IngestSettings())


@pytest.fixture(scope="module")
def networks():
    return Networks()


def laid_out(height, width, places):
    """A grey picture with an astronaut of so many pixels at each place (x, y, side), and the faces' boxes."""
    picture, boxes = np.full((height, width, 3), 90, np.uint8), []
    for x, y, side in places:
        picture[y : y + side, x : x + side] = cv2.resize(
            astronaut(), (side, side), interpolation=cv2.INTER_AREA if side < 512 else cv2.INTER_CUBIC
        )
        boxes.append(np.array([x, y, 0, 0]) + FACE * side / 512)
    return picture, np.array(boxes)


def n_known(found, boxes):
    """How many of the known boxes have a found box's middle in them."""
    middles = found.boxes[:, :2] + found.boxes[:, 2:] / 2
    inside = (middles[None] > boxes[:, None, :2]) & (middles[None] < boxes[:, None, :2] + boxes[:, None, 2:])
    return int(inside.all(axis=2).any(axis=1).sum())


def test_a_large_face_hides_no_small_ones(auto):
    """Faces of 620 to 35 pixels, in a picture of 2,400."""
    sizes = [(1500 + 180 * column, 100 + 180 * row, 170) for column in range(5) for row in range(8)]
    picture, boxes = laid_out(1800, 2400, [(0, 100, 1480), *sizes])
    found = auto(picture)
    assert n_known(found, boxes) == len(boxes) == len(found)


@pytest.mark.parametrize("shape", [(6000, 600), (600, 6000)])
def test_a_face_in_a_long_picture_is_found(auto, shape):
    place = (150, 4600, 300) if shape[0] > shape[1] else (4600, 150, 300)
    picture, boxes = laid_out(*shape, [place])
    found = auto(picture)
    assert n_known(found, boxes) == 1 == len(found)


@pytest.mark.parametrize(
    ("width", "height"), [(500, 400), (2500, 1000), (1000, 12000), (5001, 2000), (7, 3000)]
)
def test_the_parts_of_a_long_picture_cover_it_and_overlap_by_its_width(width, height):
    parts = list(looks._parts(width, height))
    short, long = min(width, height), max(width, height)
    starts = [max(part[:2]) for part in parts]
    ends = [start + max(part[2:]) for start, part in zip(starts, parts, strict=True)]
    if width == height:
        ends = [long]
    assert starts[0] == 0
    assert ends[-1] == long
    assert all(end - start >= short for end, start in zip(ends, starts[1:], strict=False))
    assert all(max(part[2:]) <= np.ceil(2.5 * short) for part in parts)
    assert all(min(part[2:]) <= short for part in parts)


def test_the_smallest_face_that_is_looked_for_is_told_in_pixels_of_the_photo():
    settings = IngestSettings()
    assert smallest_face(settings, 500, 400) == 20
    assert smallest_face(settings, 4000, 3000) == round(12 * 4000 / 1280)
    assert smallest_face(settings, 12000, 1080) == round(12 * 2700 / 1280)
    assert smallest_face(IngestSettings(min_face=90), 4000, 3000) == 90


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_photo_turned_without_a_tag_gives_an_upright_face(auto, quarters):
    straight = auto(astronaut()).landmarks[0]
    found = auto(np.ascontiguousarray(np.rot90(astronaut(), quarters)))
    assert len(found) == 1
    points = found.landmarks[0]
    for _ in range(quarters):  # back: the picture's top right corner came to the top left
        points = np.stack([511 - points[:, 1], points[:, 0]], axis=1)
    # Eyes are known to half a degree, and so are the other points about them.
    assert np.abs(points - straight).max() < 2 * np.radians(0.5) * FACE[3] + 1
    assert found.unsettled == 0


def test_small_faces_of_a_turned_photo_are_found_too(auto):
    picture, boxes = laid_out(900, 1200, [(0, 0, 800), (850, 100, 300), (850, 500, 300)])
    found = auto(np.ascontiguousarray(picture[::-1, ::-1]))
    back = Detections(found.boxes.copy(), found.scores, found.landmarks)
    back.boxes[:, :2] = np.array([1200, 900]) - found.boxes[:, :2] - found.boxes[:, 2:]
    assert n_known(back, boxes) == len(boxes) == len(found)
    assert (np.abs(eye_angles(found)) > 135).all()


def upside_down(points):
    """Landmarks [5, 2] as a detector gives them that takes the face for one turned by half."""
    return 2 * points.mean(axis=0) - points


def test_a_face_taken_for_one_upside_down_is_turned(auto, networks):
    straight = auto(astronaut())
    wrong = Detections(straight.boxes, straight.scores, upside_down(straight.landmarks[0])[None])
    found = upright(networks, astronaut(), wrong, IngestSettings())
    assert len(found) == 1
    assert abs(eye_angles(found)[0] - eye_angles(straight)[0]) < 1  # settled to half a degree, both
    x, y, side, _ = found.boxes[0]
    assert x < FACE[0] + FACE[2] / 2 < x + side
    assert y < FACE[1] + FACE[3] / 2 < y + side


def test_two_looks_at_one_face_are_one_face(auto, networks):
    straight = auto(astronaut())
    points = straight.landmarks[0]
    twice = Detections(
        np.repeat(straight.boxes, 2, axis=0), np.array([0.95, 0.99]), np.stack([upside_down(points), points])
    )
    found = upright(networks, astronaut(), twice, IngestSettings())
    assert len(found) == 1
    assert found.scores[0] == 0.99


def test_what_does_not_settle_is_left_out_and_counted(networks):
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    points = np.array([[80.0, 90.0], [120.0, 90.0], [100.0, 110.0], [85.0, 130.0], [115.0, 130.0]])
    seen = Detections(np.array([[60.0, 60.0, 80.0, 90.0]]), np.array([0.99]), points[None])
    found = upright(networks, noise, seen, IngestSettings())
    assert len(found) == 0
    assert found.unsettled == 1
    assert len(upright(networks, noise, seen, IngestSettings(min_score=0.0))) == 1


def test_a_surely_upright_face_is_not_looked_at_by_quarter_turns(auto, networks):
    points = auto(astronaut()).landmarks[0]
    levelled = level_landmarks(networks, astronaut(), points)
    assert levelled.odds >= DOUBT
    assert levelled.score == pytest.approx(1 / (1 + np.exp(-levelled.odds)))
    assert not levelled.turned
    turned = level_landmarks(networks, astronaut(), upside_down(points))
    assert turned.turned
    assert turned.odds > DOUBT + LIKELIER


def test_the_patch_of_a_face_is_a_square_about_it(auto):
    points = auto(astronaut()).landmarks[0]
    x, y, side, other = patch_box(points)
    assert side == other == pytest.approx(np.hypot(*(points[1] - points[0])) / 0.39)
    assert x < points[:, 0].min() < points[:, 0].max() < x + side
    assert y < points[:, 1].min() < points[:, 1].max() < y + side


@pytest.mark.parametrize(
    "sizes", [[(225, 300), (112, 150), (56, 75)], [(12, 12)], [(500, 40), (300, 24)], [(93, 129), (92, 128)]]
)
def test_the_tape_holds_every_cell_of_every_level(networks, sizes, monkeypatch):
    rng = np.random.default_rng(1)
    levels = [rng.integers(0, 256, (*size, 3), dtype=np.uint8) for size in sizes]
    laid, strips = tape.lay_out(levels)
    face, shifts = networks.propose(laid)
    monkeypatch.setattr(networks_module, "windows", lambda width: [slice(0, width)])
    widest = [np.prod(kernel.shape[:-1]) for kernel in load_weights("pnet") if kernel.ndim == 4]
    for number, level in enumerate(levels):
        rows, columns = (tape.n_cells(side) for side in level.shape[:2])
        alone = networks.propose(level)[0][:rows, :columns]  # of odd sides it has a cell more
        seen = np.full((rows, columns), np.nan)
        for strip in strips:
            if strip.level == number:
                where = strip.cells(level.shape[1])
                first = strip.top // tape.STRIDE
                seen[first : first + tape.n_cells(strip.rows)] = face[where]
        # A probability moves by a quarter of its logit, whose terms are of the order of ten.
        np.testing.assert_allclose(seen, alone, rtol=0, atol=10 * of_sum(sum(widest)))
    assert shifts.shape == (*face.shape, 4)
    assert (laid.shape[1] - tape.OVERLAP) % (tape.WINDOW - tape.OVERLAP) == 0


def test_looks_are_joined_by_the_surest_of_boxes_that_lie_in_each_other():
    first = Detections(np.array([[0.0, 0, 100, 100]]), np.array([0.9]), np.zeros((1, 5, 2)), unsettled=2)
    second = Detections(
        np.array([[10.0, 10, 80, 80], [300, 300, 20, 20]]), np.array([0.99, 0.8]), np.ones((2, 5, 2))
    )
    both = looks.joined([first, second])
    assert both.boxes.tolist() == [[10, 10, 80, 80], [300, 300, 20, 20]]
    assert both.landmarks.tolist() == np.ones((2, 5, 2)).tolist()
    assert both.unsettled == 2
    assert len(looks.joined([])) == 0


@pytest.mark.parametrize("shape", [(1, 65_535), (65_535, 1), (11, 5_000)])
def test_a_picture_narrower_than_a_face_is_not_searched(shape):
    def search(image, scale):
        raise AssertionError("it was searched")

    assert len(looks.on_reduced(np.zeros((*shape, 3), np.uint8), 1280, search)) == 0
