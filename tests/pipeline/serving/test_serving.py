"""The client of a served model: one interface over three ways, against a stand-in for TF Serving."""

import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from pipeline.serving import calls as serving_calls
from pipeline.serving import client as serving
from pipeline.serving.calls import (
    DeadlineError,
    NotServedError,
    RefusedError,
    ServingError,
    TooLargeError,
    UnavailableError,
)
from pipeline.serving.client import CallSettings, connect
from tests.bounds import of_sum
from tests.patience import PATIENCE
from tests.pipeline.serving.served_models import CLUSTERS, LATENT_DIM, VERSION, chips, example
from tests.png_headers import header_of_png

ROOT = Path(__file__).resolve().parents[3]
# However slow this machine is; what shall be given up says when.
PATIENT = CallSettings(timeout=PATIENCE, attempt_timeout=PATIENCE, first_wait=0.01, longest_wait=0.05)
WAYS = ("process", "grpc", "rest")
DEADLINE = 1.0


def by(way, base, server, settings=PATIENT, **which):
    where = {"process": {"model": base}, "grpc": {"server": server.grpc}, "rest": {"server": server.rest}}
    return connect(**where[way], settings=settings, **which)


# The interface, three ways


@pytest.mark.parametrize("n", [1, 5])
@pytest.mark.parametrize("way", WAYS[1:])
def test_in_process_and_served_answers_are_the_same_to_the_bit(base, server, way, n):
    inside, outside = by("process", base, server), by(way, base, server)
    for signature, values in (
        ("serving_default", chips(n)),
        ("examples", [example(chip) for chip in chips(n)]),
        ("reconstruct", chips(n)),
    ):
        expected, found = inside.predict(values, signature), outside.predict(values, signature)
        assert set(found) == set(expected)
        for name, value in expected.items():
            assert found[name].dtype == value.dtype
            np.testing.assert_array_equal(found[name], value)


@pytest.mark.parametrize("way", WAYS)
def test_what_is_served_is_told(base, server, way):
    with by(way, base, server) as client:
        told = client.signatures()
        assert set(told) == {"serving_default", "examples", "reconstruct"}
        assert told["serving_default"] == {
            "inputs": {"image_bytes": "string"},
            "outputs": {
                "embedding": "float32",
                "cluster": "int64",
                "probability": "float32",
                "unknown": "bool",
            },
        }
        assert client.status() == {VERSION: "AVAILABLE"}
        assert client.ready()
        answer = client.predict(chips(2))
        assert answer["embedding"].shape == (2, LATENT_DIM)
        assert set(answer["cluster"]) <= set(range(CLUSTERS))


@pytest.mark.parametrize("way", WAYS)
def test_a_picture_that_is_none_is_refused_by_its_number(base, server, way):
    with pytest.raises(RefusedError, match=r"INVALID_ARGUMENT: image_bytes\[1\] is not a JPEG or PNG"):
        by(way, base, server).predict([*chips(1), b"no picture"])
    for bad in (b"no picture", chips(1)[0][:-40]):
        with pytest.raises(RefusedError, match=r"INVALID_ARGUMENT: image_bytes\[0\] is not a JPEG or PNG"):
            by(way, base, server).predict([bad])
    few = replace(PATIENT, max_batch=2)
    with pytest.raises(RefusedError, match=r"image_bytes\[1\] .* Its batch begins with picture 2\."):
        by(way, base, server, few).predict([*chips(3), b"no picture"])


@pytest.mark.parametrize("way", WAYS)
def test_a_picture_of_too_many_pixels_is_refused_by_its_number(base, server, way):
    bomb = header_of_png(20_000, 20_000)
    client = by(way, base, server)
    with pytest.raises(RefusedError, match=r"image_bytes\[0\] is not a JPEG or PNG of at most 4 megapixels"):
        client.predict([bomb])
    with pytest.raises(RefusedError, match=r"image_bytes\[1\] is not a JPEG or PNG of at most 4 megapixels"):
        client.predict([*chips(1), bomb, *chips(1)])


@pytest.mark.parametrize("way", WAYS)
def test_an_example_without_a_chip_is_refused_by_its_number(base, server, way):
    good, client = example(chips(1)[0]), by(way, base, server)
    for bad in (b"", b"\xff\xfe no example", good[:50]):
        with pytest.raises(RefusedError, match=r"examples\[2\] is no tf.Example with chip \(string\)"):
            client.predict([good, good, bad, good], "examples")
        with pytest.raises(RefusedError, match=r"examples\[0\] is no tf.Example with chip \(string\)\. Exp"):
            client.predict([bad], "examples")
    with pytest.raises(RefusedError, match=r"image_bytes\[0\] is not a JPEG or PNG .* Expected: bytes of"):
        client.predict([example(chips(1)[0][:-40])], "examples")


@pytest.mark.parametrize("way", WAYS)
def test_an_unknown_signature_is_told_with_those_there_are(base, server, way):
    with pytest.raises(
        RefusedError, match="no signature 'embed'. Expected one of: examples, reconstruct, serv"
    ):
        by(way, base, server).predict(chips(1), "embed")


@pytest.mark.parametrize("way", WAYS[1:])
def test_a_version_or_label_is_asked_for(base, server, way):
    everywhere = by(way, base, server).predict(chips(1))["embedding"]
    for which in ({"version": VERSION}, {"label": "stable"}):
        np.testing.assert_array_equal(
            by(way, base, server, **which).predict(chips(1))["embedding"], everywhere
        )
    with pytest.raises(
        NotServedError, match=r"NOT_FOUND: Servable not found for request: Specific\(facefold, 7\)"
    ):
        by(way, base, server, version=7).predict(chips(1))
    with pytest.raises(RefusedError, match="Unrecognized servable version label: canary"):
        by(way, base, server, label="canary").predict(chips(1))
    assert by(way, base, server, version=VERSION).ready()
    assert not by(way, base, server, version=7).ready()
    assert not by(way, base, server, label="canary").ready()


# Limits


@pytest.mark.parametrize("way", WAYS)
def test_many_pictures_go_in_several_messages(base, server, way):
    small = replace(PATIENT, max_batch=3, max_message_bytes=60_000)
    answer = by(way, base, server, small).predict(chips(7))
    assert answer["cluster"].shape == (7,)
    assert server.asked == (0 if way == "process" else 3)
    whole = by(way, base, server).predict(chips(7))["embedding"]
    # Chips of other batches: 4 x 4 kernels on up to 32 channels, and a layer of 512 terms.
    off = of_sum(16 * (3 + 4 + 8 + 16) + 512) * np.abs(whole).max()
    np.testing.assert_allclose(answer["embedding"], whole, rtol=0, atol=off)


@pytest.mark.parametrize("way", WAYS)
def test_a_picture_that_is_too_large_is_not_sent(base, server, way):
    client = by(way, base, server, replace(PATIENT, max_image_bytes=50_000))
    with pytest.raises(
        TooLargeError, match="Picture 1 has 50,001 bytes. Expected at most 50,000; nothing was sent"
    ):
        client.predict([*chips(1), bytes(50_001)])
    with pytest.raises(ValueError, match="no picture to ask about"):
        client.predict([])
    assert server.asked == 0


def test_batches_keep_to_the_bytes_of_a_message():
    settings = CallSettings(max_message_bytes=1000, max_image_bytes=900, max_batch=10)
    sizes = [[len(v) for v in batch] for batch in serving_calls.in_batches([bytes(400)] * 5, settings)]
    assert sizes == [[400, 400], [400, 400], [400]]
    grown = serving_calls.in_batches([bytes(400)] * 5, settings, overhead=4 / 3)
    assert [len(batch) for batch in grown] == [1] * 5
    with pytest.raises(TooLargeError, match="Expected at most 702"):
        serving_calls.in_batches([bytes(800)], settings, overhead=4 / 3)


@pytest.mark.parametrize("way", WAYS[1:])
def test_an_answer_that_is_too_large_is_told(base, server, way):
    small = replace(PATIENT, max_message_bytes=30_000, max_image_bytes=20_000)
    client = by(way, base, server, small)
    with pytest.raises(ServingError, match="Lower max_batch, or raise max_message_bytes") as caught:
        client.predict(chips(1), "reconstruct")
    assert caught.value.code == "RESOURCE_EXHAUSTED"


# Time, and trying again


@pytest.mark.parametrize("way", WAYS[1:])
def test_a_server_that_is_unavailable_at_first_is_asked_again(base, server, way):
    server.failures = ["UNAVAILABLE"] * 3
    assert by(way, base, server).predict(chips(1))["cluster"].shape == (1,)
    assert server.asked == 4


@pytest.mark.parametrize(
    ("code", "kind"), [("INVALID_ARGUMENT", RefusedError), ("NOT_FOUND", NotServedError)]
)
@pytest.mark.parametrize("way", WAYS[1:])
def test_what_is_wrong_is_asked_once(base, server, way, code, kind):
    server.failures = [code] * 9
    with pytest.raises(kind, match=code):
        by(way, base, server, version=VERSION).predict(chips(1))
    assert server.asked == 1


@pytest.mark.parametrize("way", WAYS[1:])
def test_attempts_are_counted(base, server, way):
    server.failures = ["UNAVAILABLE"] * 9
    settings = replace(PATIENT, attempts=3)
    with pytest.raises(
        UnavailableError, match="a failure that the test asked for. Expected a server that runs"
    ):
        by(way, base, server, settings).predict(chips(1))
    assert server.asked == 3


@pytest.mark.parametrize("way", WAYS[1:])
def test_a_call_ends_at_its_deadline(base, server, way):
    client = by(way, base, server, replace(PATIENT, timeout=0.4))
    gate = threading.Event()  # while it is shut the server gives no answer
    server.held = [gate]
    with pytest.raises(DeadlineError) as caught:
        client.predict(chips(1))
    assert caught.value.code == "DEADLINE_EXCEEDED"
    assert not gate.is_set()
    gate.set()


@pytest.mark.parametrize("way", WAYS[1:])
def test_an_attempt_that_hangs_is_given_up_and_made_again(base, server, way):
    # Where an answer takes longer than an attempt may, further ones are given up too, until one is in time.
    client = by(way, base, server, replace(PATIENT, attempt_timeout=1.0, attempts=10_000))
    gate = threading.Event()
    server.held = [gate]
    assert client.predict(chips(1))["cluster"].shape == (1,)
    assert server.asked >= 2
    assert not gate.is_set()
    gate.set()


@pytest.mark.parametrize("where", ["127.0.0.1:9", "http://127.0.0.1:9"])
def test_nobody_there_is_unavailable(where):
    client = connect(where, settings=replace(PATIENT, attempts=2))
    with pytest.raises(UnavailableError, match="Expected a server that runs and is reached"):
        client.predict(chips(1))
    assert not client.ready()


def test_rest_keeps_its_connection(base, server):
    server.connections = 0
    client = by("rest", base, server)
    for _ in range(5):
        client.predict(chips(1))
    with pytest.raises(RefusedError):
        client.predict([b"no picture"])
    client.predict(chips(1))
    assert server.connections == 1


def test_waits_double_up_to_a_bound_with_chance():
    settings = CallSettings(first_wait=0.1, longest_wait=1.0)
    for number, longest in ((1, 0.1), (2, 0.2), (4, 0.8), (9, 1.0)):
        waits = {serving_calls.pause(number, settings) for _ in range(50)}
        assert longest / 2 <= min(waits) < max(waits) <= longest


def test_no_attempt_begins_after_the_deadline(monkeypatch):
    now, tried = [0.0], []

    def pass_by(seconds):
        now[0] += seconds

    def attempt(timeout):
        assert timeout == DEADLINE - now[0]
        tried.append(timeout)
        pass_by(0.1)
        raise UnavailableError("gone", "UNAVAILABLE")

    monkeypatch.setattr(serving_calls, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=pass_by))
    settings = CallSettings(timeout=DEADLINE, first_wait=0.4, attempts=100)
    with pytest.raises(UnavailableError):
        serving_calls.retried(attempt, settings, DEADLINE)
    assert 2 <= len(tried) <= 3  # begun at 0, at 0.3 to 0.5 and at 0.8 to 1.4, of which some is too late
    assert now[0] < DEADLINE + 0.1
    with pytest.raises(DeadlineError, match="No time is left of 1 s"):
        serving_calls.retried(attempt, settings, now[0] - 1)


# What is chosen


def test_in_process_without_a_server_and_the_environment_names_one(base, server, monkeypatch):
    monkeypatch.delenv(serving.SERVER, raising=False)
    assert type(connect(model=base)).__name__ == "InProcess"
    assert connect(model=base, version=VERSION).status() == {VERSION: "AVAILABLE"}
    with pytest.raises(ValueError, match="7 holds no model"):
        connect(model=base, version=7)
    monkeypatch.setenv(serving.SERVER, server.grpc)
    assert type(connect(model=base)).__name__ == "Grpc"
    monkeypatch.setenv(serving.SERVER, server.rest)
    assert connect(model=base).status() == {VERSION: "AVAILABLE"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "no model to ask. Expected a server"),
        ({"model": "/nowhere"}, "/nowhere holds no model. Expected saved_model.pb"),
        ({"server": "h:1", "version": 1, "label": "stable"}, "Both version 1 and label 'stable'"),
        ({"model": "/nowhere", "label": "stable"}, "Label 'stable' has no server that knows it"),
    ],
)
def test_mistakes_are_told(arguments, words, monkeypatch):
    monkeypatch.delenv(serving.SERVER, raising=False)
    with pytest.raises(ValueError, match=words):
        connect(**arguments)
    with pytest.raises(ValueError, match="timeout is 0. Expected a number above 0"):
        CallSettings(timeout=0)


def test_the_client_imports_neither_tfx_nor_tensorflow():
    script = (
        "import sys; from pipeline import serving; from pipeline.serving import grpc_client, rest_client; "
        "serving.connect('http://localhost:1'); "
        "print(*sorted({'tfx', 'tensorflow', 'keras', 'apache_beam'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == ""
