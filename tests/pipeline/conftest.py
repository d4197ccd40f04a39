"""What the tests of serving share: a small pushed model, and the stand-in for TF Serving that serves it."""

import pytest


@pytest.fixture(scope="session")
def base(tmp_path_factory):
    """The base path of a served model with one version, ``served_models.VERSION``."""
    from tests.pipeline.serving.served_models import VERSION, narrow_encoder, push

    folder = tmp_path_factory.mktemp("root") / "serving" / "facefold"
    narrow_encoder(folder.parent.parent / "encoder")
    push(folder.parent.parent / "encoder", folder / str(VERSION), decodes=True)
    return folder


@pytest.fixture(scope="session")
def stand_in(base):
    from tests.pipeline.serving.served_models import VERSION
    from tests.pipeline.serving.stand_in_models import Model, Models
    from tests.pipeline.serving.stand_in_server import StandIn

    running = StandIn(Models({"facefold": Model(base, labels={"stable": VERSION})}))
    yield running
    running.close()


@pytest.fixture
def server(stand_in):
    """The stand-in, with nothing left over from an earlier test."""
    stand_in.failures, stand_in.held, stand_in.asked = [], [], 0
    return stand_in
