"""A disk that is full: nothing that was answered is lost, what waits goes on once there is room, and it is told."""

import errno
import sqlite3
import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import DatabaseError
from django.test import Client, override_settings

from pipeline.web import room, storage, texts
from pipeline.web.jobs import queue, worker
from pipeline.web.jobs.kinds import look
from pipeline.web.models import Item, Job, Photo
from tests.pipeline.web.browser import Browser
from tests.pipeline.web.planted import Planted
from tests.pipeline.web.uploads.pictures import picture

pytestmark = pytest.mark.django_db
NO_SPACE = OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def left(monkeypatch):
    """Sets how many bytes are free."""

    def leave(count):
        monkeypatch.setattr(
            room.shutil, "disk_usage", lambda folder: SimpleNamespace(free=count, total=10**9, used=0)
        )

    leave(10**12)
    return leave


@pytest.fixture
def browser(account):
    return Browser(account)


def send(browser, data, number=0):
    told = browser.post(
        "batches", {"items": [{"name": f"{number}.jpg", "size": len(data), "mtime": 1}]}
    ).json()
    path = f"/api/batches/{told['batch']}/items/0"
    headers = {"Content-Range": f"bytes 0-{len(data) - 1}/{len(data)}"}
    return told["batch"], browser.client.put(
        path, data, content_type="application/octet-stream", headers=headers
    )


def test_a_piece_that_would_take_the_reserve_is_refused_and_sent_again_later(browser, left):
    data = picture(1)
    left(room.RESERVE + len(data) - 1)
    batch, answer = send(browser, data)
    assert (answer.status_code, answer.json()["detail"]) == (507, room.told())
    assert (Item.objects.get().offset, Item.objects.get().state) == (0, "waiting")
    left(room.RESERVE + len(data))
    assert send(browser, data)[1].json()["state"] == "sent"


def test_a_disk_that_is_full_all_the_same_is_told_and_loses_nothing(browser, left, monkeypatch):
    """A quota, or others who write too: what is free is not all that counts."""
    name = storage.new_name()
    part = storage.file_of("incoming", name)
    storage.make_folder(part.parent)
    part.symlink_to("/dev/full")
    monkeypatch.setattr(storage, "new_name", lambda: name)
    data = picture(2)
    assert send(browser, data)[1].status_code == 507
    part.unlink()
    monkeypatch.undo()
    assert send(browser, data)[1].json()["state"] == "sent"


@pytest.mark.parametrize(
    "error",
    [
        NO_SPACE,
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        DatabaseError("database or disk is full"),
        sqlite3.OperationalError("database or disk is full"),
    ],
)
def test_errors_of_a_full_disk_are_known(error):
    assert room.is_full(error)
    for outer in (RuntimeError(), DatabaseError("could not extend file")):
        outer.__cause__ = error
        assert room.is_full(outer)


def test_that_of_postgresql_is_known_by_its_code():
    error = DatabaseError("could not extend file")
    error.__cause__ = type("DiskFull", (Exception,), {"sqlstate": "53100"})()
    assert room.is_full(error)


@pytest.mark.parametrize(
    "error", [OSError("the disk is slow"), OSError(errno.EIO, "I/O"), DatabaseError("x"), None]
)
def test_other_errors_are_others(error):
    assert not room.is_full(error)


def test_errors_that_lead_to_one_another_end():
    one, two = RuntimeError(), RuntimeError()
    one.__cause__, two.__cause__ = two, one
    assert not room.is_full(one)


@pytest.fixture
def sent(browser, left):
    send(browser, picture(3))
    return Photo.objects.get()


def worked(kinds=None):
    """Takes a job and does it, without the pause."""
    stop = threading.Event()
    job = queue.take(kinds)
    stop.wait = lambda seconds: None
    worker.do(job, stop)
    return Job.objects.get(pk=job.pk)


def test_a_photo_is_not_given_up_while_the_disk_is_full(sent, monkeypatch):
    def full(*_):
        raise NO_SPACE

    monkeypatch.setattr(look, "look_at", full)
    for _ in range(2 * queue.ATTEMPTS):
        job = worked(("look",))
        assert (job.state, job.attempts) == ("waiting", 0)
    assert Photo.objects.get() == sent
    assert storage.file_of("original", sent.file).exists()


def test_a_photo_that_could_not_be_looked_at_is_kept_for_another_try(browser, sent, monkeypatch):
    """The photo may be sound, and the machine was not: what was answered is kept."""

    def broken(*_):
        raise RuntimeError("no such library")

    content = storage.file_of("original", sent.file).read_bytes()
    monkeypatch.setattr(look, "look_at", broken)
    while Job.objects.get(kind="look").state == "waiting":
        worked(("look",))
    item = Item.objects.get()
    assert (item.state, item.reason) == ("rejected", "corrupt: RuntimeError: no such library")
    assert not Photo.objects.exists()
    assert storage.file_of("incoming", item.file).read_bytes() == content
    monkeypatch.undo()
    again = browser.post(f"batches/{item.batch.uuid}/retry").json()
    assert (again["again"], again["missing"]) == (1, [])
    photo = Photo.objects.get()
    assert storage.file_of("original", photo.file).read_bytes() == content
    assert Item.objects.get().state == "sent"
    assert worked(("look",)).state == "done"


def test_files_that_are_here_no_longer_are_sent_again(browser, sent):
    """What was kept is lost: then the browser has to send it."""
    Item.objects.update(state="rejected", file=storage.new_name(), photo=None)
    sent.delete()
    again = browser.post(f"batches/{Item.objects.get().batch.uuid}/retry").json()
    assert again["missing"] == [{"number": 0, "offset": 0}]


def test_a_folder_waits_for_room_and_rejects_nothing(browser, left, tmp_path, monkeypatch):
    for number in range(2):
        (tmp_path / f"{number}.jpg").write_bytes(picture(number + 10))
    monkeypatch.setattr(settings, "PLACE", replace(settings.PLACE, allow_folders=(str(tmp_path),)))
    browser.post("imports", {"folder": str(tmp_path)})
    left(room.RESERVE)
    assert worked(("import",)).state == "waiting"
    assert {item.state for item in Item.objects.all()} == {"waiting"}
    left(10**12)
    assert worked(("import",)).state == "done"
    assert {item.state for item in Item.objects.all()} == {"sent"}


def test_an_export_that_has_no_room_says_so_and_leaves_nothing(account, left):
    planted = Planted(account, [2])
    for photo in planted.photos:
        storage.write("original", photo.file, picture(photo.pk))
    for kind in ("folders", "csv"):
        left(10**12)
        job = queue.add(account, "export", {"kind": kind})
        left(room.RESERVE)
        done = worked(("export",))
        assert (done.state, done.error, done.attempts) == ("failed", texts.NO_ROOM_FOR_EXPORT, 1)
        assert not list(storage.file_of("export", job.uuid).parent.iterdir())


def test_the_worker_takes_nothing_but_what_frees_room(sent, left, monkeypatch):
    stop, taken = threading.Event(), []

    def take(kinds):
        taken.append(kinds)
        stop.set()

    monkeypatch.setattr(queue, "take", take)
    for count in (room.WORKING - 1, room.WORKING):
        left(count)
        stop.clear()
        worker._lane(worker.BULK, 0, stop)
    assert taken == [("erase",), worker.BULK]


def test_pages_say_so(account, left):
    account.is_admin = True
    account.save()
    client = Client()
    client.force_login(account)
    for page in ("/upload", "/admin"):
        assert room.told() not in client.get(page).content.decode()
        left(room.RESERVE - 1)
        assert room.told() in client.get(page).content.decode()
        left(10**12)


@override_settings(DEBUG_PROPAGATE_EXCEPTIONS=False)
@pytest.mark.parametrize(("error", "status"), [(NO_SPACE, 507), (RuntimeError("x"), 500)])
def test_a_page_that_breaks_says_why(account, monkeypatch, error, status):
    def broken(*_, **__):
        raise error

    monkeypatch.setattr("pipeline.web.pages.upload.batches", broken)
    client = Client(raise_request_exception=False)
    client.force_login(account)
    answer = client.get("/upload")
    assert answer.status_code == status
    assert ("The disk is full" in answer.content.decode()) == (status == 507)
