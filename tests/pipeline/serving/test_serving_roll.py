"""A new version and back under load, against the stand-in: no request fails, and no answer mixes two versions."""

import shutil
import threading
from dataclasses import replace

import grpc
import numpy as np
import pytest
from tensorflow_serving.apis import model_management_pb2, model_service_pb2_grpc

from benchmarks.load import Load
from pipeline.serving.client import CallSettings, InProcess, connect
from tests.patience import PATIENCE, wait_until
from tests.pipeline.serving.served_models import chips, push
from tests.pipeline.serving.stand_in_models import Model, Models
from tests.pipeline.serving.stand_in_server import StandIn

ONCE = CallSettings(attempts=1, timeout=PATIENCE, attempt_timeout=PATIENCE)  # nothing is hidden by a retry
SOME = 50  # requests, of few clients: far more than are under way at any moment
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


def served(server, **states):
    """Returns when the server says that of versions 1 and 2, ``one`` and ``two``, this is the state."""
    expected = {1: states["one"], 2: states["two"]}
    status = connect(server.grpc, settings=ONCE)
    wait_until(lambda: status.status() == expected, f"the states {expected}")


def test_a_version_is_rolled_in_and_back_without_a_failed_request(rolling, versions):
    server, base = rolling
    answers = known(versions, CHIPS[:1])
    asks = [
        asking(connect(where, settings=ONCE), answers) for where in (server.grpc, server.grpc, server.rest)
    ]
    with Load(asks) as load:
        load.wait_for(SOME)
        place(versions, base, 2)
        served(server, one="END", two="AVAILABLE")
        load.wait_for(load.made + SOME)
        (base / "2").rename(base.parent / "gone")
        served(server, one="AVAILABLE", two="END")
        load.wait_for(load.made + SOME)
    assert load.failures == []
    assert sum(load.answers.values()) == load.made
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
        assert models.HandleReloadConfigRequest(request, timeout=PATIENCE).status.error_code == 0

    reload(stable=1, canary=2)
    clients = [connect(where, label="stable", settings=ONCE) for where in (server.grpc, server.rest)]
    with Load([asking(client, answers) for client in clients]) as load:
        load.wait_for(SOME)
        reload(stable=2, canary=2)
        load.wait_for(load.made + SOME)
        reload(stable=1, canary=2)
        load.wait_for(load.made + SOME)
    assert load.failures == []
    assert set(load.answers) == {1, 2}
    found = connect(server.grpc, label="canary", settings=ONCE).predict(CHIPS[:1])["cluster"].tobytes()
    assert answers[found] == 2
    channel.close()


@pytest.mark.parametrize("way", ["grpc", "rest"])
def test_batches_of_one_question_are_answered_by_one_version(rolling, versions, way):
    server, base = rolling
    split = replace(ONCE, attempts=2, max_batch=2)  # the second is of the version that took over
    answers = known(versions, CHIPS, split)
    client = connect(getattr(server, way), settings=split)
    gate = threading.Event()
    server.held = [None, gate]  # the second batch waits until the first one's version is gone
    found = []
    asker = threading.Thread(target=lambda: found.append(asking(client, answers, CHIPS)()))
    asker.start()
    wait_until(lambda: server.asked == 2, "the second batch")
    place(versions, base, 2)
    served(server, one="END", two="AVAILABLE")
    gate.set()
    asker.join()
    assert found == [2]
    assert server.asked == 2 + 3


def test_embeddings_do_not_depend_on_the_version_that_was_rolled(rolling, versions):
    one, two = (InProcess(versions / str(n)).predict(CHIPS)["embedding"] for n in (1, 2))
    np.testing.assert_array_equal(one, two)
