"""Hostile files and names on the whole way in: announced, sent, looked at; and what is served of them then."""

import io
import json
import os
import sys

import pytest
from django.conf import settings
from PIL import Image

from pipeline.web.jobs.worker import do
from pipeline.web.models import Batch, Item, Job, Person
from tests.pipeline.web.security import hostile

pytestmark = pytest.mark.django_db
SHOWN = {
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/bmp",
    "image/tiff",
    "image/webp",
    "image/avif",
    "image/heic",
}
SECRETS = (b"Exif", hostile.GPS, b"Secret Maker", b"<script", b"http://ns.adobe.com/xap")
ENDED = {"faces", "no_face", "rejected", "duplicate"}
HALF = "\ud800.jpg"  # half a character: browsers send none, and no answer could say it
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
written: list[str] = []


def note(event, arguments):
    """Keeps the path of every file and folder that Python writes, moves or makes."""
    if event == "open" and isinstance(arguments[0], str) and arguments[2] and arguments[2] & WRITING:
        written.append(os.path.abspath(arguments[0]))
    elif event in ("os.mkdir", "os.rename", "os.link", "os.symlink"):
        written.extend(
            os.path.abspath(str(one)) for one in arguments[:2] if isinstance(one, str | os.PathLike)
        )


sys.addaudithook(note)


def send(browser, name, data):
    """Announces a file and sends it, as a browser does; its item, None if it is refused."""
    told = {"items": [{"name": name, "size": len(data), "mtime": len(data)}]}
    response = browser.post("batches", told)
    if response.status_code == 422:
        assert name == HALF, response.content
        return None
    assert response.status_code == 200, response.content
    if data:
        path = f"/api/batches/{response.json()['batch']}/items/0"
        span = {"Content-Range": f"bytes 0-{len(data) - 1}/{len(data)}"}
        answer = browser.client.put(path, data, content_type="application/octet-stream", headers=span)
        assert answer.status_code == 200, answer.content
    return Item.objects.get(batch__uuid=response.json()["batch"])


def work(account):
    """Does what the files ask the worker for, except embedding."""
    while job := Job.objects.filter(
        owner=account, kind__in=("look", "names", "draw"), state="waiting"
    ).first():
        job.state, job.attempts = "running", job.attempts + 1
        job.save()
        do(job)
        job.refresh_from_db()
        assert job.state == "done" or job.kind == "draw", job.error


def check_served(browser, photo):
    """A browser never takes anything of a photo for a page, and small copies tell nothing but the picture."""
    answer = browser.client.get(f"/files/photos/{photo.uuid}/original")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] in {*SHOWN, "application/octet-stream"}
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
    assert not set(answer.headers["Content-Disposition"]) & set("\r\n\0<>\\")
    answer.close()
    pictures = [f"photos/{photo.uuid}/thumb.jpg", f"photos/{photo.uuid}/preview.jpg"]
    for path in pictures + [f"faces/{face.uuid}.jpg" for face in photo.faces.exclude(quality=0)]:
        answer = browser.client.get(f"/files/{path}")
        data = answer.getvalue()
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
        with Image.open(io.BytesIO(data)) as picture:
            assert picture.format == "JPEG"
            assert not {"exif", "xmp", "comment", "icc_profile"} & set(picture.info)
        assert not [secret for secret in SECRETS if secret in data]


def check(browser, account, files):
    """Sends all files; each ends in a state that says what became of it, and nothing else is touched."""
    written.clear()
    states = {}
    for name, data in files:
        item = send(browser, name, data)
        if item is None:
            states["refused"] = 1
            continue
        work(account)
        item.refresh_from_db()
        assert item.state in ENDED, (name, item.state, item.reason)
        assert item.reason or item.state in ("faces", "no_face")
        states[item.state] = states.get(item.state, 0) + 1
        if item.photo:
            check_served(browser, item.photo)
    inside = str(settings.PLACE.folder.resolve())
    outside = {path for path in written if not os.path.realpath(path).startswith(inside + os.sep)}
    assert {path for path in outside if "__pycache__" not in path and path != "/dev/null"} == set()
    for page in ("/", "/photos", "/upload", "/unknown"):
        told = browser.client.get(page)
        assert told.status_code == 200
        assert b"<script>alert" not in told.content
    batch = Batch.objects.order_by("-id").first()
    assert json.loads(browser.get(f"batches/{batch.uuid}").content)["items"]
    return states


GROUPS = {
    "damaged": (lambda: hostile.damaged(cuts=6, flips=14), 147),
    "two in one": (hostile.two_in_one, 34),
    "bombs": (hostile.bombs, 20),
    "short": (hostile.short, 8),
    "names": (hostile.named, 32),
    "in jpegs": (lambda: (("x.jpg", hostile.in_jpeg(packet)) for packet in hostile.packets()), 30),
}


@pytest.mark.parametrize("group", GROUPS, ids=[f"{name}: {n} inputs" for name, (_, n) in GROUPS.items()])
def test_hostile_files(browser, account, group):
    files = list(GROUPS[group][0]())
    assert len(files) == GROUPS[group][1]
    states = check(browser, account, files)
    assert sum(states.values()) == len(files)
    if group == "damaged":
        assert states["faces"] >= 3  # the whole ones are looked at


@pytest.mark.parametrize("n", [30], ids="sidecars: {} inputs".format)
def test_hostile_sidecars(browser, account, n):
    sidecars = list(hostile.packets())
    assert len(sidecars) == n
    for number, packet in enumerate(sidecars):
        photo = hostile.encoded("JPEG", hostile.scene(), quality=40 + number)
        files = [("a.jpg", photo), ("a.jpg.xmp", packet)]
        told = {"items": [{"name": name, "size": len(data), "mtime": number} for name, data in files]}
        batch = browser.post("batches", told).json()["batch"]
        for place, (_, data) in enumerate(files):
            span = {"Content-Range": f"bytes 0-{len(data) - 1}/{len(data)}"}
            path = f"/api/batches/{batch}/items/{place}"
            assert browser.client.put(path, data, content_type="image/jpeg", headers=span).status_code == 200
        work(account)
        for item in Item.objects.filter(batch__uuid=batch):
            assert item.state in ENDED, (number, item.name, item.state, item.reason)
            assert "root:" not in item.reason
    names = set(Person.objects.filter(owner=account).values_list("name", flat=True))
    assert "Eve" in names
    assert not [name for name in names if "root:" in name or "lol" in name or len(name) > 200]


@pytest.mark.slow_web
def test_many_more_damaged_files(browser, account):
    files = list(hostile.damaged(cuts=60, flips=240))
    assert sum(check(browser, account, files).values()) == len(files)
