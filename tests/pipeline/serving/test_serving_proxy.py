"""A company's proxy is not asked for a server on this machine."""

import pytest

from pipeline.serving.client import connect
from pipeline.serving.grpc_client import on_this_machine


@pytest.mark.parametrize("way", ["grpc", "rest"])
def test_a_server_on_this_machine_is_reached_without_the_proxy(server, way, monkeypatch):
    for name in ("http_proxy", "https_proxy", "grpc_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # where nobody listens
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with connect(getattr(server, way)) as client:
        assert client.status()


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("localhost:8500", True),
        ("127.0.0.1:8500", True),
        ("[::1]:8500", True),
        ("dns:///localhost:8500", True),
        ("models.example:8500", False),
        ("10.0.0.1:8500", False),
        ("localhost.example:8500", False),
    ],
)
def test_which_addresses_are_this_machine(address, here):
    assert on_this_machine(address) is here
