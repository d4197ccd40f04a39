"""Import of a folder on the server: nothing outside the allowed one is read, whatever lies in it."""

import os
from dataclasses import replace

import pytest
from django.conf import settings

from pipeline.web import storage
from pipeline.web.jobs.worker import do
from pipeline.web.models import Item, Job, Photo
from pipeline.web.uploads import folders
from tests.pipeline.web.uploads.pictures import picture

pytestmark = pytest.mark.django_db
SECRET = picture(666)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An allowed folder with one photo, beside a folder that is not allowed."""
    (tmp_path / "allowed" / "inner").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (tmp_path / "allowed" / "inner" / "good.jpg").write_bytes(picture(tmp_path.stat().st_ino))
    (tmp_path / "outside" / "secret.jpg").write_bytes(SECRET)
    allowed = (str(tmp_path / "allowed"),)
    monkeypatch.setattr(settings, "PLACE", replace(settings.PLACE, allow_folders=allowed))
    return tmp_path / "allowed"


def asked(browser, folder):
    return browser.post("imports", {"folder": str(folder)})


def imported(browser, folder, between=lambda: None):
    """Asks for a folder, lets something happen, and does the job; the states of the files by name."""
    response = asked(browser, folder)
    assert response.status_code == 200, response.content
    between()
    job = Job.objects.get(kind="import")
    job.state, job.attempts = "running", 1
    job.save()
    do(job)
    job.refresh_from_db()
    assert job.state == "done", job.error
    kept = [storage.file_of("original", photo.file).read_bytes() for photo in Photo.objects.all()]
    assert SECRET not in kept
    assert not [
        path for path in (settings.PLACE.folder / "incoming").glob("*/*") if path.read_bytes() == SECRET
    ]
    return {item.name: item.state for item in Item.objects.all()}


def test_a_folder_that_is_allowed_is_imported(browser, place):
    assert imported(browser, place) == {"inner/good.jpg": "sent"}


@pytest.mark.parametrize(
    "way",
    [
        "..",
        "../outside",
        "inner/../../outside",
        "../outside/../outside",
        "link",
        "inner/link/..",
        "missing",
        "inner/good.jpg",
        "loop",
        "a\0b",
        "x" * 5000,
    ],
)
def test_ways_out_of_it_are_refused_with_one_answer(browser, place, way):
    (place / "link").symlink_to(place.parent / "outside")
    (place / "inner" / "link").symlink_to(place.parent / "outside")
    (place / "loop").symlink_to(place / "loop")
    response = asked(browser, f"{place}/{way}"[:1000])
    assert response.status_code == 422
    if "\0" not in way:
        assert response.json()["detail"] == folders.texts.FOLDER_NOT_ALLOWED
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    "folder", ["", ".", "allowed", "/", "/etc", "/proc/self/cwd", "~", "file:///etc", "\\\\server\\share"]
)
def test_other_folders_are_refused(browser, place, folder):
    assert asked(browser, folder).status_code == 422


def test_a_folder_whose_name_begins_alike_is_not_allowed(browser, place):
    (place.parent / "allowed-not").mkdir()
    assert asked(browser, place.parent / "allowed-not").status_code == 422


def test_nothing_is_allowed_without_the_option(browser, place, monkeypatch):
    monkeypatch.setattr(settings, "PLACE", replace(settings.PLACE, allow_folders=()))
    assert asked(browser, place).status_code == 422


def test_links_out_of_it_are_left_out(browser, place):
    (place / "file.jpg").symlink_to(place.parent / "outside" / "secret.jpg")
    (place / "folder").symlink_to(place.parent / "outside")
    (place / "dangling.jpg").symlink_to(place / "nothing")
    (place / "loop.jpg").symlink_to(place / "loop.jpg")
    assert imported(browser, place) == {"inner/good.jpg": "sent"}


@pytest.fixture
def kept_inside(place, monkeypatch):
    """The application's own data lies in the allowed folder, with somebody's photo in it."""
    data = place / "facefold-web"
    monkeypatch.setattr(settings, "PLACE", replace(settings.PLACE, data=str(data)))
    storage.write("original", storage.new_name(), SECRET)
    storage.write("export", storage.new_name(), SECRET)
    return data


def test_what_the_application_keeps_is_no_folder_of_photos(browser, place, kept_inside):
    """The originals of all accounts lie there."""
    (place / "beside").symlink_to(kept_inside)
    (place / "below").symlink_to(kept_inside / "photos")
    (place / "one.jpg").symlink_to(next(kept_inside.glob("photos/original/*/*")))
    assert imported(browser, place) == {"inner/good.jpg": "sent"}


@pytest.mark.parametrize(
    "way", [".", "photos", "photos/original", "exports", "../beside", "../beside/photos"]
)
def test_nor_may_it_be_asked_for(browser, place, kept_inside, way):
    (place / "beside").symlink_to(kept_inside)
    response = asked(browser, f"{kept_inside}/{way}")
    assert (response.status_code, response.json()["detail"]) == (422, folders.texts.FOLDER_NOT_ALLOWED)


def test_nor_is_a_file_of_it_opened(place, kept_inside):
    """A link that is put there after the files were listed."""
    (place / "inner" / "good.jpg").unlink()
    (place / "inner" / "good.jpg").symlink_to(next(kept_inside.glob("photos/original/*/*")))
    with pytest.raises(folders.NotAllowed):
        folders.open_below(str(place), "inner/good.jpg")


def test_pipes_sockets_and_devices_are_left_out(browser, place):
    os.mkfifo(place / "pipe.jpg")
    (place / "device.jpg").symlink_to("/dev/zero")
    assert imported(browser, place) == {"inner/good.jpg": "sent"}


def put_there(place, what):
    """Puts something in the place of the photo, after it was announced."""
    good, secret = place / "inner" / "good.jpg", place.parent / "outside" / "secret.jpg"
    if what == "a folder of links":
        (place.parent / "outside" / "good.jpg").write_bytes(SECRET)
        (place / "inner").rename(place / "before")
        (place / "inner").symlink_to(place.parent / "outside")
        return
    good.unlink()
    if what == "a link":
        good.symlink_to(secret)
    elif what == "a pipe":
        os.mkfifo(good)
    elif what == "a folder":
        good.mkdir()
    elif what == "a larger file":
        with open(good, "wb") as stream:
            stream.truncate(10**10)


@pytest.mark.parametrize(
    "what", ["a link", "a pipe", "a folder", "a folder of links", "nothing", "a larger file"]
)
def test_what_is_put_there_meanwhile_is_rejected(browser, place, what):
    states = imported(browser, place, lambda: put_there(place, what))
    assert states == {"inner/good.jpg": "rejected"}
    assert Item.objects.get().file == ""


@pytest.mark.parametrize("what", ["a link", "a folder of links", "a pipe"])
def test_what_is_put_there_in_the_last_moment_is_not_followed(place, monkeypatch, what):
    """Between the look at the path and the opening of the file."""
    found = folders.is_below
    moments = []

    def below(path, folder):
        if path.name == "good.jpg" and not moments:
            moments.append(put_there(place, what))
        return found(path, folder)

    monkeypatch.setattr(folders, "is_below", below)
    with pytest.raises((OSError, folders.NotAllowed)):
        folders.open_below(str(place), "inner/good.jpg")
    assert moments


@pytest.mark.parametrize("name", ["../outside/secret.jpg", "/etc/passwd", "inner/../../outside/secret.jpg"])
def test_names_that_lead_out_are_not_opened(place, name):
    with pytest.raises(folders.NotAllowed):
        folders.open_below(str(place), name)


def test_names_that_are_no_text_are_rejected_and_stop_nothing(browser, place):
    """Names on a disk are bytes; this one is not UTF-8, and no database would take it."""
    (place / os.fsdecode(b"M\xfcnchen.jpg")).write_bytes(picture(5))
    states = imported(browser, place)
    assert states["inner/good.jpg"] == "sent"
    assert sorted(states.values()) == ["rejected", "sent"]


def test_files_that_can_not_be_read_are_rejected_and_stop_nothing(browser, place, monkeypatch):
    (place / "broken.jpg").write_bytes(picture(7))
    opened = os.open

    def failing(path, *args, **more):
        if str(path).endswith("broken.jpg"):
            raise PermissionError(13, "Permission denied")
        return opened(path, *args, **more)

    def between():
        monkeypatch.setattr(folders.os, "open", failing)

    states = imported(browser, place, between)
    assert states == {"broken.jpg": "rejected", "inner/good.jpg": "sent"}
    assert "Permission denied" in Item.objects.get(name="broken.jpg").reason
