"""A new version and back under load, against the stand-in: no request fails, and no answer mixes two versions."""

import shutil
import threading

import grpc
import numpy as np
import pytest
from tensorflow_serving.apis import model_management_pb2, model_service_pb2_grpc

from benchmarks.load import Load
from pipeline.serving.client import CallSettings, InProcess, connect
from tests.pipeline.serving.served_models import chips, push
from tests.pipeline.serving.stand_in_models import Model, Models
from tests.pipeline.serving.stand_in_server import StandIn

ONCE = CallSettings(attempts=1, timeout=60, attempt_timeout=60)  # nothing is hidden by trying again
REQUESTS = 500
CHIPS = chips(5)


@pytest.fixture(scope="module")
def versions(base, tmp_path_factory):
    """Two versions that number the same groups differently, in a folder that no server looks at."""
    store = tmp_path_factory.mktemp("store")
    for version in (1, 2):
        push(base.parent.parent / "encoder", store / str(version), first_cluster=version)
    return store


@pytest.fixture
def rolling(versions, tmp_path):
    """A base path with version 1, and a stand-in that looks there often."""
    place(versions, tmp_path / "facefold", 1)
    running = StandIn(Models({"facefold": Model(tmp_path / "facefold", labels={"stable": 1})}, 0.02))
    yield running, tmp_path / "facefold"
    running.close()


def place(versions, base, number):
    """A version appears under its number at once, as a whole."""
    base.mkdir(exist_ok=True)
    shutil.copytree(versions / str(number), base.parent / f"new-{number}")
    (base.parent / f"new-{number}").rename(base / str(number))


def known(versions, values, settings=ONCE):
    """{answer: version}."""
    answers = {InProcess(versions / str(n), settings).predict(values)["cluster"].tobytes(): n for n in (1, 2)}
    assert len(answers) == 2
    return answers


def asking(client, answers, values=CHIPS[:1]):
    return lambda: answers[client.predict(values)["cluster"].tobytes()]


def until(condition):
    pause = threading.Event()
    for _ in range(3000):
        if condition():
            return
        pause.wait(0.01)
    raise TimeoutError("what the test waits for did not come in 30 s")


def test_a_version_is_rolled_in_and_back_without_a_failed_request(rolling, versions):
    server, base = rolling
    answers = known(versions, CHIPS[:1])
    asks = [
        asking(connect(where, settings=ONCE), answers) for where in (server.grpc, server.grpc, server.rest)
    ]
    status = connect(server.grpc)
    with Load(asks, REQUESTS) as load:
        load.wait_for(REQUESTS // 5)
        place(versions, base, 2)
        until(lambda: status.status() == {1: "END", 2: "AVAILABLE"})
        load.wait_for(load.made + REQUESTS // 5)
        (base / "2").rename(base.parent / "gone")
        until(lambda: status.status() == {1: "AVAILABLE", 2: "END"})
    assert load.failures == []
    assert sum(load.answers.values()) == REQUESTS
    assert set(load.answers) == {1, 2}


def test_a_label_moves_without_a_failed_request(rolling, versions):
    server, base = rolling
    place(versions, base, 2)
    answers = known(versions, CHIPS[:1])
    channel = grpc.insecure_channel(server.grpc)
    models = model_service_pb2_grpc.ModelServiceStub(channel)

    def reload(**labels):
        request = model_management_pb2.ReloadConfigRequest()
        config = request.config.model_config_list.config.add(name="facefold", base_path=str(base))
        config.model_version_policy.specific.versions.extend([1, 2])
        for label, version in labels.items():
            config.version_labels[label] = version
        assert models.HandleReloadConfigRequest(request, timeout=30).status.error_code == 0

    reload(stable=1, canary=2)
    clients = [connect(where, label="stable", settings=ONCE) for where in (server.grpc, server.rest)]
    with Load([asking(client, answers) for client in clients], 200) as load:
        load.wait_for(50)
        reload(stable=2, canary=2)
        load.wait_for(120)
        reload(stable=1, canary=2)
    assert load.failures == []
    assert set(load.answers) == {1, 2}
    found = connect(server.grpc, label="canary").predict(CHIPS[:1])["cluster"].tobytes()
    assert answers[found] == 2
    channel.close()


@pytest.mark.parametrize("way", ["grpc", "rest"])
def test_batches_of_one_question_are_answered_by_one_version(rolling, versions, way):
    server, base = rolling
    split = CallSettings(max_batch=2, timeout=60)
    answers = known(versions, CHIPS, split)
    client = connect(getattr(server, way), settings=split)
    gate = threading.Event()
    server.held = [None, gate]  # the second batch waits until the first one's version is gone
    found = []
    asker = threading.Thread(target=lambda: found.append(asking(client, answers, CHIPS)()))
    asker.start()
    until(lambda: server.asked == 2)
    place(versions, base, 2)
    until(lambda: connect(server.grpc).status() == {1: "END", 2: "AVAILABLE"})
    gate.set()
    asker.join()
    assert found == [2]
    assert server.asked == 2 + 3


def test_embeddings_do_not_depend_on_the_version_that_was_rolled(rolling, versions):
    one, two = (InProcess(versions / str(n)).predict(CHIPS)["embedding"] for n in (1, 2))
    np.testing.assert_array_equal(one, two)
