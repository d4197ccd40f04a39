"""The replay before the push: finds what differs, and a fresh process that crashes is a problem too."""

import numpy as np
import pytest

from components.infra.component import Executor, replay_in_fresh_process, warmup_requests
from components.infra.replay import example_of, problems_of
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
        ({"embedding": EMBEDDING + 2e-4}, "embeddings differ"),
        ({"embedding": EMBEDDING * np.nan}, "embeddings differ"),
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
    np.savez(
        replay_file, requests=np.array([b"x"], object), embedding=EMBEDDING[:1], cluster=CLUSTER[:1],
        probability=np.ones(1), input_name="image_bytes",
    )  # fmt: skip
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


def test_warm_up_asks_every_signature_for_one_and_for_several():
    signatures = {"serving_default": "image_bytes", "examples": "examples"}
    requests = warmup_requests("facefold", [b"a", b"b", b"c"], "image_bytes", signatures)
    assert {request.model_spec.name for request in requests} == {"facefold"}
    asked = [
        (r.model_spec.signature_name, *r.inputs, *(len(t.string_val) for t in r.inputs.values()))
        for r in requests
    ]
    assert asked == [("examples", "examples", n) for n in (1, 1, 3)] + [
        ("serving_default", "image_bytes", n) for n in (1, 1, 3)
    ]
    assert requests[-1].inputs["image_bytes"].string_val == [b"a", b"b", b"c"]
    assert requests[0].inputs["examples"].string_val == [example_of(b"a")]


def test_a_single_replayed_request_warms_up_too():
    assert len(warmup_requests("facefold", [b"a"], "examples", {"serving_default": "examples"})) == 2
