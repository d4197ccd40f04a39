"""What has to be done next follows from the tables alone, and what fails is not tried without end."""

from datetime import timedelta

import pytest
from django.utils import timezone

from pipeline.web import storage
from pipeline.web.jobs import queue, worker
from pipeline.web.jobs.follow import PATIENCE, follow_up
from pipeline.web.models import Face, Job, Library, Photo

pytestmark = pytest.mark.django_db


def photo_of(account, looked):
    name = storage.new_name()
    return Photo.objects.create(owner=account, sha256=name * 2, name="x", size=1, file=name, looked=looked)


def kinds(account):
    return [job.kind for job in Job.objects.filter(owner=account, state="waiting").order_by("id")]


def test_a_photo_that_no_job_tells_of_is_looked_at(account):
    photo = photo_of(account, looked=False)
    follow_up(account)
    follow_up(account)
    assert [(job.kind, job.payload) for job in Job.objects.all()] == [("look", {"photo": photo.pk})]


def test_faces_are_embedded_once_all_photos_were_looked_at_and_then_placed(planted):
    account = planted.account
    Face.objects.filter(owner=account).update(quality=1.0)
    follow_up(account)
    assert kinds(account) == ["assign"]  # they are embedded, and were never placed
    Job.objects.all().delete()
    Library.objects.filter(owner=account).update(space="another")
    follow_up(account)
    assert kinds(account) == ["embed"]
    Job.objects.all().delete()
    queue.add(account, "look", {"photo": photo_of(account, looked=False).pk})
    follow_up(account)
    assert kinds(account) == ["look"]


@pytest.mark.parametrize("kind", ["assign", "embed"])
def test_what_failed_is_tried_again_later_and_not_at_once(planted, monkeypatch, kind):
    account = planted.account
    Face.objects.filter(owner=account).update(quality=1.0)
    if kind == "embed":
        Library.objects.filter(owner=account).update(space="another")

    def broken(job, running):
        raise ValueError("it can't be done")

    monkeypatch.setattr(f"pipeline.web.jobs.kinds.{kind}.run", broken)
    follow_up(account)
    worker.do(queue.take())
    assert [job.state for job in Job.objects.all()] == ["failed"]
    Job.objects.update(created=timezone.now() - PATIENCE - timedelta(seconds=1))
    follow_up(account)
    assert kinds(account) == [kind]
