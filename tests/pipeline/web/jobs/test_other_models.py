"""Faces embedded by a pushed model beside those of the library, compared, and taken over by a grouping."""

import dataclasses
import uuid

import pytest
from django.conf import settings as django_settings

from pipeline.web import storage
from pipeline.web.jobs import embedders, queue, worker
from pipeline.web.jobs.model_names import models
from pipeline.web.library import groupings
from pipeline.web.models import Embedding, Face, Grouping, Job, Library
from tests.pipeline.serving import served_models

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def pushed(tmp_path_factory):
    """A folder with one version of a small model, as a run pushes it."""
    folder = tmp_path_factory.mktemp("pushed")
    served_models.narrow_encoder(folder / "encoder")
    served_models.push(folder / "encoder", folder / "serving" / str(served_models.VERSION))
    return folder / "serving"


@pytest.fixture
def offered(pushed, monkeypatch):
    """The server is told of the folder; the embedder that it loads is let go of at the end."""
    place = dataclasses.replace(django_settings.PLACE, root=str(pushed))
    monkeypatch.setattr(django_settings, "PLACE", place)
    yield place
    for loaded in embedders._loaded.values():
        loaded.close()
    embedders._loaded.clear()


def chips_of(account):
    for face, chip in zip(Face.objects.filter(owner=account), served_models.chips(99), strict=False):
        storage.write("face", face.uuid, chip)
    Face.objects.filter(owner=account).update(quality=1.0)


def work():
    while (job := queue.take(("embed", "group"))) is not None:
        worker.do(job)


def test_a_pushed_model_is_offered_embeds_all_faces_and_is_taken_over(planted, offered):
    account = planted.account
    chips_of(account)
    assert models() == ["face-people", "pushed"]
    before = Library.objects.get(owner=account).space
    queue.add(account, "embed", {"model": "pushed"})
    work()
    library = Library.objects.get(owner=account)
    (space,) = library.space_models
    assert (library.space, library.model, library.space_models[space]) == (before, "face-people", "pushed")
    rows = Embedding.objects.filter(space=space)
    assert rows.count() == len(planted.faces)
    assert {len(bytes(row.bytes)) for row in rows} == {4 * served_models.LATENT_DIM}

    answer = groupings.propose(account, str(uuid.uuid4()), "chinese_whispers", 0.4, space)
    work()
    assert Job.objects.get(uuid=answer["job"]).state == "done", Job.objects.get(uuid=answer["job"]).error
    groupings.apply(account, str(uuid.uuid4()), Grouping.objects.get().uuid, None)
    library.refresh_from_db()
    assert (library.space, library.model, library.distance) == (space, "pushed", 0.4)


def test_a_model_that_the_server_was_not_told_of_is_refused(planted):
    job = queue.add(planted.account, "embed", {"model": "serving"})
    work()
    job.refresh_from_db()
    assert job.state == "failed"
    assert "Expected one of: face-people" in job.error
