"""The replay before the push: finds what differs, and a fresh process that crashes is a problem too."""

import numpy as np
import pytest
import tensorflow as tf

from components.infra.component import Executor, replay_in_fresh_process
from components.infra.replay import example_of, problems_of
from components.infra.replay_file import load_replay, save_replay
from components.infra.warmup import warmup_requests
from schemas.face import CHIP_SIZE
from schemas.sketch_features import DRAWING_SIDE, PEN_LIFTED, STEP_SIZE, STROKES
from tests.bounds import of_sum
from tests.patience import PATIENCE

EMBEDDING = np.ones((2, 3), np.float32)
CLUSTER = np.array([0, -1])
EXPECTED = {"embedding": EMBEDDING, "cluster": CLUSTER, "probability": np.array([0.5, np.nan])}


def answer(**changes):
    return {"embedding": EMBEDDING, "cluster": CLUSTER, "probability": np.array([0.5, 0.0])} | changes


def test_equal_answers_are_no_problem():
    assert problems_of(answer(embedding=EMBEDDING + 9e-5), EXPECTED) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"embedding": EMBEDDING + 2e-4}, "embeddings lie"),
        ({"embedding": EMBEDDING * np.nan}, "embeddings lie"),
        ({"cluster": np.array([0, 0])}, "1 of 2 faces"),
        ({"probability": np.array([0.5002, 0.0])}, "probabilities differ"),
        ({"probability": np.array([0.5, 0.3])}, "probabilities differ"),
        ({"probability": np.array([np.nan, 0.0])}, "probabilities differ"),
    ],
)
def test_each_difference_is_named(changes, words):
    (problem,) = problems_of(answer(**changes), EXPECTED)
    assert words in problem


def test_a_model_that_does_not_load_fails_the_run_and_is_not_blessed(tmp_path):
    replay_file = tmp_path / "replay.npz"
    answers = {"embedding": EMBEDDING[:1], "cluster": CLUSTER[:1], "probability": np.ones(1)}
    save_replay(replay_file, [b"x"], "image_bytes", answers)
    (tmp_path / "Format-Serving").mkdir()
    (problem,) = replay_in_fresh_process(tmp_path / "Format-Serving", replay_file, PATIENCE)
    assert "the process ended with 1" in problem

    class Artifact:
        uri = str(tmp_path)

        def __init__(self):
            self.properties = {}

        def set_int_custom_property(self, name, value):
            self.properties[name] = value

    class Spec:
        max_loading_time_seconds = PATIENCE
        model_name = "facefold"

    blessing = Artifact()
    with pytest.raises(RuntimeError, match="(?s)does not serve as it was evaluated.*not pushed"):
        Executor()._Do(Artifact(), None, blessing, Spec(), Spec(), None)
    assert blessing.properties["blessed"] == 0
    assert (tmp_path / "INFRA_NOT_BLESSED").exists()


@pytest.mark.parametrize("path", ["", ":"])
def test_code_in_the_current_folder_is_not_run(tmp_path, monkeypatch, path):
    (tmp_path / "numpy.py").write_text("open('ran', 'w')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", path)
    (problem,) = replay_in_fresh_process("model", "none.npz", PATIENCE)
    assert str(tmp_path / "none.npz") in problem  # NumPy itself looked for it
    assert not (tmp_path / "ran").exists()


def test_a_process_that_hangs_is_given_up(tmp_path):
    (problem,) = replay_in_fresh_process(tmp_path, tmp_path / "none.npz", 0.01)
    assert "within 0.01 s" in problem


def test_what_is_allowed_grows_with_the_embeddings():
    """A batch of 1 and one of 32 differ by 1.9e-4 in values up to 115, which is rounding."""
    long = 115 * EMBEDDING
    assert problems_of(answer(embedding=long + 1.9e-4), EXPECTED | {"embedding": long}) == []
    short = 1e-3 * EMBEDDING
    (problem,) = problems_of(answer(embedding=short + 9e-5), EXPECTED | {"embedding": short})
    assert "embeddings lie" in problem


def test_requests_and_answers_are_kept_without_pickle(tmp_path):
    requests = [b"", b"\0\xff", b"abc"]
    answers = {name: np.repeat(values, 3, axis=0)[:3] for name, values in EXPECTED.items()}
    save_replay(tmp_path / "replay.npz", requests, "examples", answers)
    kept, expected, name = load_replay(tmp_path / "replay.npz")
    assert (kept, name) == (requests, "examples")
    for output, values in answers.items():
        np.testing.assert_array_equal(expected[output], values)
    evil = tmp_path / "evil.npz"
    np.savez(evil, requests=np.array([print], object), lengths=np.array([1]), input_name="x", **answers)
    with pytest.raises(ValueError, match="pickle"):
        load_replay(evil)


SIGNATURES = {"serving_default": "image_bytes", "examples": "examples"}


def test_warm_up_asks_every_signature_for_one_and_for_several():
    requests = warmup_requests("facefold", "image_bytes", SIGNATURES)
    assert {request.model_spec.name for request in requests} == {"facefold"}
    asked = [
        (r.model_spec.signature_name, *r.inputs, *(len(t.string_val) for t in r.inputs.values()))
        for r in requests
    ]
    assert asked == [("examples", "examples", n) for n in (1, 1, 8)] + [
        ("serving_default", "image_bytes", n) for n in (1, 1, 8)
    ]
    chips = list(requests[-1].inputs["image_bytes"].string_val)
    assert len(set(chips)) == 8
    assert {tuple(tf.io.decode_jpeg(chip).shape) for chip in chips} == {(CHIP_SIZE, CHIP_SIZE, 3)}
    assert requests[0].inputs["examples"].string_val == [example_of(chips[0])]


def test_warm_up_drawings_are_drawings():
    requests = warmup_requests("facefold", "examples", {"serving_default": "examples"})
    drawings = [from_example(text) for text in requests[-1].inputs["examples"].string_val]
    assert len({len(drawing) for drawing in drawings}) == 8
    for steps in drawings:
        assert steps[:, 2].tolist() == [0.0] * (len(steps) - 1) + [PEN_LIFTED]
        np.testing.assert_allclose(steps[:, :2].sum(axis=0), 0, atol=of_sum(len(steps)) * DRAWING_SIDE)


def from_example(text):
    features = tf.train.Example.FromString(text).features.feature
    return np.reshape(features[STROKES].float_list.value, (-1, STEP_SIZE))
