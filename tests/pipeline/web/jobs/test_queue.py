"""Jobs are taken by lease, in their order, and given up after five attempts."""

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from pipeline.web.jobs import queue, worker
from pipeline.web.jobs.alone import Room
from pipeline.web.jobs.running import Lost, Running, Stopping
from pipeline.web.models import Batch, Event, Item, Job, Photo

pytestmark = pytest.mark.django_db


def run_out(job):
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_what_somebody_waits_for_goes_first(account):
    look, search, embed = (queue.add(account, kind) for kind in ("look", "search", "embed"))
    assert [queue.take() for _ in range(4)] == [search, embed, look, None]


def test_a_job_is_taken_again_when_its_lease_ran_out_and_not_before(account):
    job = queue.add(account, "look")
    assert queue.take() == job
    assert queue.take() is None
    run_out(job)
    again = queue.take()
    assert (again, again.attempts) == (job, 2)


def test_a_worker_that_lost_its_lease_neither_ends_nor_renews_the_job(account):
    queue.add(account, "look")
    first = queue.take()
    run_out(first)
    second = queue.take()
    with pytest.raises(Lost):
        Running(first).step(1, 1)
    queue.finish(first, {"of": "first"})
    assert Job.objects.get().state == "running"
    queue.finish(second, {"of": "second"})
    assert (Job.objects.get().state, Job.objects.get().result) == ("done", {"of": "second"})


def test_a_job_that_fails_five_times_says_why(account, monkeypatch):
    queue.add(account, "assign")

    def broken(job, running):
        raise OSError("the disk is full")

    monkeypatch.setattr("pipeline.web.jobs.kinds.assign.run", broken)
    for attempt in range(1, queue.ATTEMPTS + 1):
        job = queue.take()
        assert job.attempts == attempt
        worker.do(job)
    job = Job.objects.get(kind="assign")
    assert (job.state, job.error) == ("failed", "OSError: the disk is full")
    assert queue.take() is None
    assert Event.objects.filter(kind="job", data__state="failed").count() == 1


def test_a_job_at_which_workers_die_is_given_up_too(account):
    job = queue.add(account, "look")
    for _ in range(queue.ATTEMPTS):
        assert queue.take() == job
        run_out(job)
    assert queue.take() is None
    assert Job.objects.get().state == "failed"


def test_a_stopping_worker_gives_its_job_back_without_an_attempt(account, monkeypatch):
    stop = threading.Event()
    stop.set()

    def slow(job, running):
        with pytest.raises(Stopping):
            running.step(0, 10)
        running.step(0, 10)

    monkeypatch.setattr("pipeline.web.jobs.kinds.assign.run", slow)
    queue.add(account, "assign")
    worker.do(queue.take(), stop)
    assert (Job.objects.get().state, Job.objects.get().attempts) == ("waiting", 0)


def test_once_finds_the_job_that_waits_and_not_one_at_work(account):
    first = queue.add(account, "embed", once=True)
    assert queue.add(account, "embed", once=True) == first
    queue.take()
    assert queue.add(account, "embed", once=True) != first


def test_a_photo_at_which_workers_die_is_rejected_and_its_file_says_why(account):
    photo = Photo.objects.create(owner=account, sha256="0" * 64, name="x.jpg", size=1, file="f" * 32)
    batch = Batch.objects.create(owner=account)
    Item.objects.create(batch=batch, number=0, name="x.jpg", size=1, mtime=0, state="sent", photo=photo)
    job = queue.add(account, "look", {"photo": photo.pk})
    for _ in range(queue.ATTEMPTS):
        queue.take()
        run_out(job)
    assert queue.take() is None
    item = Item.objects.get()
    assert (item.state, item.photo, Photo.objects.count()) == ("rejected", None, 0)
    assert "died" in item.reason


def test_a_job_that_is_alone_waits_for_others_and_keeps_them_out():
    room, order = Room(), []
    inside, go = threading.Event(), threading.Event()

    def first():
        with room.entered(alone=False):
            inside.set()
            go.wait(10)
            order.append("first")

    def alone():
        with room.entered(alone=True):
            order.append("alone")

    threads = [threading.Thread(target=first), threading.Thread(target=alone)]
    threads[0].start()
    inside.wait(10)
    threads[1].start()
    assert order == []
    go.set()
    for thread in threads:
        thread.join(10)
    assert order == ["first", "alone"]
