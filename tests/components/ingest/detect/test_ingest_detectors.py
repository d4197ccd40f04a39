import cv2
import numpy as np
import pytest

from components.ingest.decode import decode
from components.ingest.detect import mtcnn
from components.ingest.detect.detectors import make_detector
from components.ingest.detect.networks import Networks, load_weights
from components.ingest.frames import align
from components.ingest.settings import IngestSettings
from components.ingest.sources import list_sample, read
from components.ingest.tables import DETECTORS
from tests.bounds import of_sum
from tests.components.ingest.pictures import astronaut

SEARCHING = [name for name in DETECTORS if name not in ("none", "yunet")]
TRUE_EYES = np.array([[203.0, 100.5], [246.5, 103.0]])  # the pupils, read off the enlarged picture


def settings_for(name):
    model = "/missing/yunet.onnx" if name == "yunet" else ""
    return IngestSettings(detector=name, model_path=model)


@pytest.fixture(scope="module")
def detectors():
    made = {}

    def get(name):
        if name == "dlib":
            pytest.importorskip("dlib", reason="the extra 'dlib' is not installed")
        if name not in made:
            made[name] = make_detector(settings_for(name))
        return made[name]

    return get


@pytest.mark.parametrize("name", DETECTORS)
def test_contract(name, detectors):
    if name == "yunet":
        with pytest.raises(FileNotFoundError, match=r"/missing/yunet\.onnx"):
            make_detector(settings_for(name))
        return
    found = detectors(name)(astronaut())
    assert found.boxes.shape == (1, 4)
    assert found.scores.shape == (1,)
    assert 0 <= found.scores[0] <= 1
    if name == "none":
        assert found.landmarks is None
        assert found.boxes[0].tolist() == [0, 0, 512, 512]
    else:
        assert found.landmarks.shape == (1, 5, 2)
        assert np.abs(found.landmarks[0, :2] - TRUE_EYES).max() < 2  # pixels, of 44 between the eyes


@pytest.mark.parametrize("name", SEARCHING)
@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (13, 11), (400, 300)])
def test_a_picture_without_a_face_gives_none(name, shape, detectors):
    found = detectors(name)(np.full((*shape, 3), 128, np.uint8))
    assert len(found) == 0
    assert found.boxes.shape == (0, 4)


def test_auto_finds_the_samples_faces_and_none_in_its_places(detectors):
    photos = list_sample()
    for photo in photos[:400:20] + [p for p in photos if not p.path.startswith("orl/")]:
        found = detectors("auto")(decode(read(photo)))
        assert len(found) == (0 if photo.path.startswith("places/") else 1), photo.path


def test_min_face_and_min_score_filter():
    image = astronaut()
    assert len(make_detector(IngestSettings(min_face=300))(image)) == 0
    assert len(make_detector(IngestSettings(min_score=1.0))(image)) == 0
    small = cv2.resize(image, (128, 128), interpolation=cv2.INTER_AREA)
    assert len(make_detector(IngestSettings(min_face=20, detector="mtcnn"))(small)) == 1


@pytest.mark.parametrize("angle", [-40, -25, -10, 10, 25, 40])
def test_a_photo_turned_on_purpose_comes_out_level(angle, detectors):
    """The eyes known from the straight photo, turned with it, are level in the chip to 0.5 degrees."""
    image = astronaut()
    straight = detectors("auto")(image).landmarks[0, :2]
    turn = cv2.getRotationMatrix2D((225, 150), angle, 1.0)
    turned = cv2.warpAffine(image, turn, (512, 512), borderMode=cv2.BORDER_REPLICATE)
    found = detectors("auto")(turned).landmarks[0]
    matrix = align.eye_transform(found[0], found[1])
    left, right = align.transform_points(matrix, align.transform_points(turn, straight))
    assert abs(np.degrees(np.arctan2(*(right - left)[::-1]))) < 0.5


def test_faces_come_back_in_the_photos_own_pixels_at_every_size(detectors):
    image = astronaut()
    for factor in (0.2, 0.5, 3.0):
        scaled = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        eyes = (detectors("auto")(scaled).landmarks[0, :2] + 0.5) / factor - 0.5
        assert np.abs(eyes - TRUE_EYES).max() < 3


def test_networks_equal_the_packages_weights_written_out():
    """The first network's first cell, computed by hand from the weights."""
    rng = np.random.default_rng(0)
    patch = rng.integers(0, 256, (12, 12, 3), dtype=np.uint8)
    x = (patch.astype(float) - 127.5) / 128
    w = load_weights("pnet")

    def conv(x, kernel, bias, slope):
        h, _, _, _ = kernel.shape
        windows = np.lib.stride_tricks.sliding_window_view(x, (h, h), axis=(0, 1))
        out = np.einsum("ijcab,abco->ijo", windows, kernel) + bias
        return np.where(out > 0, out, slope.ravel() * out)

    x = conv(x, w[0], w[1], w[2])
    x = x.reshape(5, 2, 5, 2, -1).max(axis=(1, 3))
    x = conv(conv(x, *w[3:6]), *w[6:9])[0, 0]
    logits = x @ w[11][0, 0] + w[12]
    face, shifts = Networks().propose(patch)
    expected = x @ w[9][0, 0] + w[10]
    terms = sum(np.prod(kernel.shape[:-1]) for kernel in w if kernel.ndim == 4)
    off = of_sum(terms) * max(np.abs(x).max(), np.abs(logits).max(), np.abs(expected).max())
    assert face[0, 0] == pytest.approx(1 / (1 + np.exp(logits[0] - logits[1])), rel=0, abs=off)
    np.testing.assert_allclose(shifts[0, 0], expected, rtol=0, atol=off)


def test_suppression_keeps_the_best_of_overlapping_boxes():
    corners = np.array([[0, 0, 10, 10], [1, 1, 11, 11], [30, 30, 40, 40], [4, 4, 6, 6]], float)
    scores = np.array([0.8, 0.9, 0.7, 0.95])
    assert mtcnn.suppress(corners, scores, 0.5).tolist() == [3, 1, 2]
    assert mtcnn.suppress(corners, scores, 0.5, by_smaller=True).tolist() == [3, 2]


def test_settings_reach_the_detector():
    assert len(make_detector(IngestSettings(detector="none"))(astronaut())) == 1
