"""Several replicas train as one device does on the same global batches."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from models.catalog import build_model
from models.devices.replicas import workers_of
from tests.bounds import of_network
from tests.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[3]
STEPS = 2 * 32 // 8  # of two epochs of 32 examples
SCRIPT = """
import json, os, sys
sys.path.insert(0, {root!r})
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import tensorflow as tf
if {cpus} > 1:
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * {cpus})
from models.devices import devices
if {cpus} > 1:
    mirrored = tf.distribute.MirroredStrategy(["CPU:%d" % i for i in range({cpus})])
    devices.choose_strategy = lambda: mirrored
devices.choose_strategy()  # before TensorFlow has run anything
from models.training.train import train
from models.training_settings import plan_of
from tests.models.test_contract import examples
for name in {names!r}:
    settings = plan_of(dict(model=name, latent_dim=4, base_filters=4, epochs=2, jit="off", dtype="float32", dropout=0.0))
    _, history = train(examples(name, 32), examples(name, 13, 9), settings, {folder!r} + "/" + name)
    print("HISTORY", name, json.dumps(history), flush=True)
"""


def start(folder, names, cpus=1, tf_config=None):
    """A process that trains each of ``names`` on the same 32 examples and prints the histories."""
    import os

    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment.pop("TF_CONFIG", None)
    if tf_config:
        environment["TF_CONFIG"] = json.dumps(tf_config)
    code = SCRIPT.format(root=str(ROOT), cpus=cpus, names=names, folder=str(folder))
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-c", code], env=environment, **pipes)


def histories(process):
    """{name: history} that the process printed; fails with its errors if it failed."""
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err[-3000:]
    rows = [line.split(" ", 2) for line in out.splitlines() if line.startswith("HISTORY ")]
    return {name: json.loads(text) for _, name, text in rows}


def free_ports(n):
    """n ports of this machine that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def assert_same(histories_of, expected):
    """Gradients are added up in another order, at each of the steps that led to a loss."""
    for name, history in expected.items():
        model = build_model(name, latent_dim=4, base_filters=4) if name == "cae" else build_model(name)
        off = of_network(model, STEPS)
        for row, other in zip(histories_of[name], history, strict=True):
            for key in ("loss", "val_loss"):
                assert row[key] == pytest.approx(other[key], rel=off), (name, key)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    return histories(start(tmp_path_factory.mktemp("alone"), ["cae", "cifar_cae"]))


def test_two_workers_on_loopback_reach_the_loss_of_one(alone, tmp_path):
    workers = [f"127.0.0.1:{port}" for port in free_ports(2)]
    processes = [
        start(
            tmp_path / str(index),
            ["cae", "cifar_cae"],
            tf_config={"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}},
        )
        for index in range(2)
    ]
    for process in processes:
        assert_same(histories(process), alone)


def test_two_devices_of_one_machine_reach_the_loss_of_one(alone, tmp_path):
    assert_same(histories(start(tmp_path, ["cae", "cifar_cae"], cpus=2)), alone)


def test_tf_config_is_read_or_refused_in_words():
    good = {"cluster": {"worker": ["a:1", "b:1", "c:1"]}, "task": {"type": "worker", "index": 2}}
    assert workers_of("") == (1, 0)
    assert workers_of(json.dumps(good)) == (3, 2)
    for bad in ("{", "[]", json.dumps({**good, "task": {"type": "worker", "index": 3}})):
        with pytest.raises(ValueError, match="TF_CONFIG"):
            workers_of(bad)
    with pytest.raises(ValueError, match="leave out chief"):
        workers_of(json.dumps({**good, "task": {"type": "chief", "index": 0}}))
