"""The whole story in a real browser, on both databases: from the first account to its erasing."""

import csv
import io
import json

import pytest

from tests.conftest import DATA
from tests.pipeline.web.databases import DATABASES, database
from tests.pipeline.web.served import serving
from tests.pipeline.web.story import PEOPLE, Story, browser, photos


@pytest.mark.parametrize("name", DATABASES)
def test_sixty_photos_are_sorted_corrected_exported_shared_and_erased(tmp_path, name):
    folder = tmp_path / "photos"
    folder.mkdir()
    files = photos(DATA if DATA.is_dir() else None, folder)
    data = tmp_path / "data"
    with database(name) as address, serving(data, address) as served, browser() as opened:
        anna = Story(opened, served.url)
        anna.sign_up("Anna", served.token)
        anna.upload(files)
        people = anna.people_come(PEOPLE - 1)
        anna.name_first("Ida Ost")
        correct(anna, people)
        rejected = anna.reject_first()
        anna.group_again()
        assert "Ida Ost" in [one["name"] for one in api(anna, "people?limit=200")["items"]]
        assert rejected not in faces_of(anna, "Ida Ost")
        rows = anna.export("csv", tmp_path)
        table = csv.DictReader(io.StringIO(rows.read("people.csv").decode("utf-8-sig")))
        assert "Ida Ost" in [row["name"] for row in table]
        sidecars = anna.export("sidecars", tmp_path).namelist()
        assert len(sidecars) >= 2
        assert all(one.endswith(".xmp") for one in sidecars)
        share(anna, opened, served.url)
        anna.erase()
        assert not [file for kept in ("photos", "faces", "exports") for file in (data / kept).rglob("*.*")]
        assert not [file for file in (data / "photos" / "original").rglob("*") if file.is_file()]
        assert anna.errors == []
        assert anna.outside == []


def correct(anna, people):
    """Merges, splits and takes back, each seen at once."""
    anna.merge_first_two(people)
    columns = anna.split_first(people - 1)
    assert columns == 2
    anna.undo()
    anna.seen(".people > li.tile", people - 1)
    anna.undo()
    anna.seen(".people > li.tile", people)


def share(anna, opened, url):
    """A guest signs up once that is allowed, sees the shared person alone, and writes below a photo."""
    anna.go("/admin")
    anna.page.get_by_role("button", name="Open it").click()
    anna.page.get_by_role("button", name="Close it").wait_for()
    bert = Story(opened, url)
    bert.sign_up("Bert")
    ida = person(anna, "Ida Ost")
    anna.go(f"/people/{ida}")
    anna.share_person("Bert")
    bert.go("/shared")
    bert.click(f"a[href='/people/{ida}']")
    bert.click(".faces > li.tile a")
    bert.comment("Who took this?")
    anna.go(bert.page.url.removeprefix(url).partition("#")[0])
    anna.page.locator(".comments .words", has_text="Who took this?").wait_for()
    anna.comment("I did.")
    others = [one["id"] for one in api(anna, "people?limit=200")["items"] if one["id"] != ida]
    assert bert.page.request.get(f"{url}/people/{others[0]}").status == 404
    assert bert.errors == []
    bert.erase()


def api(story, path):
    answer = story.page.request.get(f"{story.url}/api/{path}")
    assert answer.status == 200, answer.text()
    return json.loads(answer.text())


def person(story, name):
    return next(one["id"] for one in api(story, "people?limit=200")["items"] if one["name"] == name)


def faces_of(story, name):
    return [one["id"] for one in api(story, f"people/{person(story, name)}/faces?limit=200")["items"]]
