"""Every page, with and without data: what it shows, to whom, in how many queries, and that its policy holds."""

import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

import pipeline.web
from pipeline.web import texts
from pipeline.web.models import Batch, Comment, Face, Grouping, Item, Job, Library, Person, Photo, Share, Site
from pipeline.web.pages import admin, parts
from pipeline.web.pages.environment import browser as browser_name
from pipeline.web.pages.environment import counted, date, moment, month, percent, size, stamp
from pipeline.web.pages.group import clusterers, spaces
from pipeline.web.pages.people import people_part
from pipeline.web.pages.photo import faces_in
from pipeline.web.pages.photos import between, found_faces
from pipeline.web.pages.shared import got
from pipeline.web.pages.split import ways
from pipeline.web.pages.tiles import by_month, least_sure, newest, photo_tiles
from pipeline.web.pages.unknown import alike, counts
from pipeline.web.pages.upload import LINES, batches, lines

HERE = Path(pipeline.web.__file__).parent
SCRIPTS = {file.stem: file.read_text() for file in (HERE / "static/facefold").glob("*.js")}
TEMPLATES = {file.name: file.read_text() for file in (HERE / "templates").glob("*.html")}
PLAIN = ["/", "/unknown", "/questions", "/group", "/photos", "/upload", "/shared", "/account"]
DAY = datetime(2021, 5, 3, 14, 5, tzinfo=timezone.utc)


def asked(account, **query):
    request = RequestFactory().get("/", query)
    request.user = account
    return request


def pages_of(planted):
    """The address of every page that has something to show of a planted library."""
    person, photo = planted.people[0].uuid, planted.photos[0].uuid
    return [
        *PLAIN,
        *("/?q=a", "/?kind=unnamed", "/?kind=hidden", "/unknown?state=ignored", "/unknown?order=newest"),
        *(f"/people/{person}", f"/people/{person}?view=photos", f"/people/{person}?order=newest"),
        *(f"/people/{person}/split", f"/photos/{photo}", f"/photos?person={person}"),
        "/photos?from=2021-05-03&to=2021-05-03",
    ]


def every_part(ask, rows_of):
    """The rows of a list, part after part."""
    rows, after = [], {}
    while True:
        part = rows_of(ask(**after))
        rows += part.rows
        if not part.next:
            return rows
        after = dict(re.findall(r"(after)=([^&]+)", part.next))
        after = {
            name: re.sub("%7E", "~", value).replace("%3A", ":").replace("%2B", "+")
            for name, value in after.items()
        }


@pytest.mark.parametrize("address", PLAIN)
def test_a_page_without_data_says_so(browser, address):
    answer = browser.client.get(address)
    assert answer.status_code == 200
    assert "<h1>" in answer.content.decode()


def test_pages_with_data_hold_their_policy(browser, planted, account):
    """No script or style within the page, no handler, one h1, no key twice: each page of a library."""
    Person.objects.filter(pk=planted.people[0].pk).update(name="Ida Öst")
    Comment.objects.create(photo=planted.photos[0], author=account, text="<b>bold</b>")
    for address in pages_of(planted):
        answer = browser.client.get(address)
        page = answer.content.decode()
        assert answer.status_code == 200, address
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:", page), address
        assert not re.search(r"""(src|href|action)=["']?(https?:)?//""", page), address
        assert len(re.findall("<h1[ >]", page)) == 1, address
        assert len(re.findall("<main[ >]", page)) == 1, address
        keys = re.findall(r'data-key="([^"]+)"', page)
        assert len(keys) == len(set(keys)), address
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert len(ids) == len(set(ids)), address
        for image in re.findall("<img [^>]+>", page):
            assert "width=" in image, address
            assert "height=" in image, address
            assert "alt=" in image, address


def test_what_people_write_is_text_and_no_markup(browser, planted, account):
    Person.objects.filter(pk=planted.people[0].pk).update(name="<script>alert(1)</script>")
    Comment.objects.create(photo=planted.photos[0], author=account, text='<img src=x onerror="alert(1)">')
    for address in ("/", f"/people/{planted.people[0].uuid}", f"/photos/{planted.photos[0].uuid}"):
        page = browser.client.get(address).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;" in page


def test_pages_take_as_many_queries_for_many_rows_as_for_few(browsers, plant, account, other):
    few, many = plant(account, [2, 2], unknown=2), plant(other, [5] * 12, unknown=20)
    for ours, theirs in zip(pages_of(few), pages_of(many), strict=True):
        taken = []
        for who, address in ((account, ours), (other, theirs)):
            visitor = browsers(who)
            visitor.client.get(address)  # the session, and what is kept in memory, are read once
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert visitor.client.get(address).status_code == 200
            taken.append(len(queries))
        assert taken[0] == taken[1], ours


def test_pages_are_only_for_who_is_signed_in_and_only_read(browser, browsers, planted):
    for address in [*pages_of(planted), "/admin", "/questions/number"]:
        answer = browsers().client.get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/login?next=")
        assert browser.client.post(address).status_code == 405


def test_another_account_sees_nothing(browsers, planted, other):
    stranger = browsers(other).client
    person, photo = planted.people[0].uuid, planted.photos[0].uuid
    for address in (
        f"/people/{person}",
        f"/people/{person}/split",
        f"/photos/{photo}",
        f"/photos?person={person}",
    ):
        assert stranger.get(address).status_code == 404
    job = Job.objects.create(owner=planted.account, kind="search", state="done")
    grouping = Grouping.objects.create(owner=planted.account, space="planted", clusterer="hdbscan")
    assert stranger.get(f"/photos?search={job.uuid}").status_code == 404
    assert stranger.get(f"/group?grouping={grouping.uuid}").status_code == 404
    page = stranger.get("/").content.decode()
    assert not [face for face in planted.faces if str(face.uuid) in page]


def test_a_guest_sees_the_shared_person_and_no_other_name(browsers, planted, guest):
    ida, bo = planted.people[:2]
    Person.objects.filter(pk=ida.pk).update(name="Ida Ost")
    Person.objects.filter(pk=bo.pk).update(name="Bo Nord")
    photo = planted.photos[0]
    Face.objects.create(owner=planted.account, photo=photo, box=[1, 2, 3, 4], person=bo)
    Share.objects.create(owner=planted.account, guest=guest, person=ida, may_comment=True)
    visitor = browsers(guest).client
    assert "Ida Ost" in visitor.get("/shared").content.decode()
    person = visitor.get(f"/people/{ida.uuid}").content.decode()
    assert "Ida Ost" in person
    assert "data-act=" not in person
    page = visitor.get(f"/photos/{photo.uuid}").content.decode()
    assert "Ida Ost" in page
    assert "Bo Nord" not in page
    assert photo.name not in page  # a file's name is its owner's alone
    assert "/original" not in page
    assert 'id="comment"' in page
    assert [face["name"] for face in faces_in(guest, photo)] == ["Ida Ost"]
    assert [row["name"] for row in got(guest)] == ["Ida Ost"]
    assert visitor.get(f"/people/{bo.uuid}").status_code == 404


def test_parts_hold_every_row_once(monkeypatch, plant, account):
    monkeypatch.setattr(parts, "PART", 3)
    planted = plant(account, [4] * 5 + [6], unknown=8)
    for number, photo in enumerate(planted.photos):
        photo.taken_at = DAY + timedelta(days=number % 4) if number % 3 else None
    Photo.objects.bulk_update(planted.photos, ["taken_at"])
    Face.objects.filter(pk__in=[face.pk for face in planted.faces[::2]]).update(confidence=0.5)

    def ask(**query):
        return asked(account, **query)

    people = every_part(ask, lambda request: people_part(request, account, "", ""))
    assert [tile.n_faces for tile in people] == [6, 4, 4, 4, 4, 4]
    assert len({tile.id for tile in people}) == 6
    faces = Face.objects.filter(owner=account)
    sure = every_part(ask, lambda request: least_sure(request, faces))
    assert [tile.id for tile in sure] == list(faces.order_by("confidence", "id").values_list("id", flat=True))
    for rows in (
        every_part(ask, lambda request: newest(request, faces)),
        every_part(ask, lambda request: photo_tiles(request, Photo.objects.filter(owner=account))),
    ):
        dates = [tile.taken_at for tile in rows]
        known = [at for at in dates if at]
        assert len({tile.id for tile in rows}) == len(rows) == len(planted.photos)
        assert known == sorted(known, reverse=True)
        assert dates == known + [None] * (len(dates) - len(known))
    unknown = every_part(ask, lambda request: alike(request, faces.filter(person=None)))
    assert {tile.id for tile in unknown} == {face.pk for face in planted.faces if face.person_id is None}
    assert len(unknown) == 8


def test_a_page_that_is_fetched_anew_holds_as_many_rows(monkeypatch, plant, account):
    monkeypatch.setattr(parts, "PART", 3)
    plant(account, [2] * 9)
    assert len(people_part(asked(account, n="8"), account, "", "").rows) == 8
    assert len(people_part(asked(account, n="1"), account, "", "").rows) == 3
    assert len(people_part(asked(account, n="no number"), account, "", "").rows) == 3


@pytest.mark.parametrize("after", ["", "1", "x~y", "1~2~3", "~", "1~-5", "9" * 30 + "~1"])
def test_a_broken_key_is_the_first_part(browser, planted, after):
    for address in ("/", "/photos", "/unknown", f"/people/{planted.people[0].uuid}"):
        assert browser.client.get(address, {"after": after}).status_code == 200


def test_people_are_filtered_by_name_and_kind(plant, account):
    planted = plant(account, [2, 2, 2, 2])
    ida, bo, _, hidden = planted.people
    Person.objects.filter(pk=ida.pk).update(name="Ida Ost", favourite=True)
    Person.objects.filter(pk=bo.pk).update(name="Bo Nord")
    Person.objects.filter(pk=hidden.pk).update(hidden=True)

    def names(search="", kind=""):
        return [tile.name for tile in people_part(asked(account), account, search, kind).rows]

    assert names("OST") == ["Ida Ost"]
    assert names(kind="named") == ["Ida Ost", "Bo Nord"]
    assert names(kind="favourites") == ["Ida Ost"]
    assert names(kind="unnamed") == [""]
    assert names() == ["Ida Ost", "Bo Nord", ""]
    assert [tile.id for tile in people_part(asked(account), account, "", "hidden").rows] == [hidden.pk]


def test_faces_set_aside_have_their_tabs(browser, planted, account):
    ids = [face.pk for face in planted.faces]
    Face.objects.filter(pk__in=ids[:2]).update(state="ignored")
    Face.objects.filter(pk=ids[2]).update(state="not_a_face")
    assert counts(account) == {"unknown": 4, "ignored": 2, "not_a_face": 1}
    page = browser.client.get("/unknown?state=ignored").content.decode()
    assert len(re.findall('class="tile"', page)) == 2


def test_photos_of_some_days(plant, account):
    planted = plant(account, [3])
    for photo, days in zip(planted.photos, (0, 1, 2), strict=True):
        Photo.objects.filter(pk=photo.pk).update(taken_at=DAY + timedelta(days=days))
    rows = Photo.objects.filter(owner=account)
    assert between(rows, "2021-05-03", "2021-05-04").count() == 2
    assert between(rows, "", "2021-05-03").count() == 1
    assert between(rows, "2021-05-05", "").count() == 1
    assert between(rows, "no day", "2021-02-30").count() == 3
    tiles = photo_tiles(asked(account), rows).rows
    assert [(at.month, len(some)) for at, some in by_month(tiles)] == [(5, 3)]


def test_what_a_search_found_comes_in_its_order(browser, planted, account):
    names = [str(face.uuid) for face in planted.faces[:3]][::-1]
    told = [{"face": name, "distance": 0.1} for name in names]
    job = Job.objects.create(owner=account, kind="search", state="done", result={"faces": told})
    assert [str(tile.uuid) for tile in found_faces(account, job)] == names
    page = browser.client.get(f"/photos?search={job.uuid}").content.decode()
    assert [page.index(name) for name in names] == sorted(page.index(name) for name in names)
    Job.objects.filter(pk=job.pk).update(state="failed", error="There is no face in that picture.")
    assert "There is no face" in browser.client.get(f"/photos?search={job.uuid}").content.decode()


def test_a_split_shows_every_face_of_the_person_once(browser, planted, account):
    person, names = planted.people[0], [str(name) for name in planted.of(0)]
    stranger = str(planted.of(1)[0])
    told = {"method": "tree", "words": "They are 0.4 apart.", "advised": True}
    result = {"ways": [{**told, "columns": [names[:2], [*names[2:4], stranger]]}]}
    (way,) = ways(account, person, result)
    columns = [[str(tile.uuid) for tile in column] for column in way.columns]
    assert sorted([*columns[0], *columns[1]]) == sorted(names)
    assert columns[1] == names[2:4]
    job = Job.objects.create(owner=account, kind="split", state="done", result=result)
    page = browser.client.get(f"/people/{person.uuid}/split?job={job.uuid}").content.decode()
    assert "They are 0.4 apart." in page
    assert len(re.findall('class="column"', page)) == 2


def test_uploads_show_a_line_a_file(browser, account):
    batch = Batch.objects.create(owner=account, source="browser")
    states = ["waiting", "sent", "faces", "no_face", "duplicate", "rejected"]
    Item.objects.bulk_create(
        Item(
            batch=batch,
            number=i,
            name=f"day/{i}.jpg",
            size=5,
            mtime=1,
            state=states[i % 6],
            n_faces=2,
            reason="",
        )
        for i in range(LINES + 4)
    )
    (told,) = batches(account)
    assert [told[state] for state in states] == [34] * 6
    assert len(lines(account, batch.uuid)) == LINES + 1
    page = browser.client.get("/upload").content.decode()
    assert "day/0.jpg" in page
    assert f"day/{LINES}.jpg" not in page
    assert f'data-after="{LINES - 1}"' in page


def test_the_clusterers_that_are_offered_and_the_spaces(planted, account):
    library = Library.objects.get(owner=account)
    assert spaces(account, library) == ["planted"]
    assert dict(clusterers(20_000)) == {
        **dict(clusterers(3)),
        "people": False,
        "average_linkage": False,
        "affinity_propagation": False,
    }
    assert set(dict(clusterers(3))) <= set(texts.CLUSTERERS)


def test_the_administrators_page_tells_sizes_and_no_name_of_a_photo(browsers, planted, other):
    assert browsers(planted.account).client.get("/admin").status_code == 404
    assert browsers(planted.account).client.post("/admin/registration", {"open": "yes"}).status_code == 404
    other.is_admin = True
    other.save()
    boss = browsers(other).client
    page = boss.get("/admin").content.decode()
    assert "Owner" in page
    assert "IMG_" not in page
    assert "/files/" not in page
    held = {row["name"]: row for row in admin.accounts()}
    assert held["Owner"]["photos"] == len(planted.photos)
    assert held["Owner"]["bytes"] == sum(photo.size for photo in planted.photos)
    assert held["Other"]["photos"] == 0
    assert boss.post("/admin/registration", {"open": "yes"}).status_code == 302
    assert Site.objects.get().registration
    boss.post("/admin/registration", {"open": "no"})
    assert not Site.objects.get().registration


def test_forms_for_who_is_not_signed_in(browsers, account):
    for address in ("/login?next=/photos", "/signup"):
        answer = browsers().client.get(address)
        page = answer.content.decode()
        assert answer.status_code == 200
        assert not re.search(r"<style|\sstyle=|<script", page)
    assert 'value="/photos"' in browsers().client.get("/login?next=/photos").content.decode()
    answer = browsers().client.post("/login", {"name": "Owner", "password": "not this"})
    assert texts.WRONG_LOGIN in answer.content.decode()


def test_what_is_missing_has_a_page(browser):
    answer = browser.client.get("/people/00000000-0000-4000-8000-000000000000")
    assert answer.status_code == 404
    assert texts.MISSING in answer.content.decode()


def test_words_of_the_templates():
    assert counted(1, texts.N_FACES) == "1 face"
    assert counted(20_000, texts.N_FACES) == "20,000 faces"
    assert [size(n) for n in (0, 999, 1000, 2_400_000, 123_456_789)] == [
        "0 bytes",
        "999 bytes",
        "1.0 kB",
        "2.4 MB",
        "123 MB",
    ]
    assert [percent(share) for share in (0.0, 0.999, 1.0)] == ["0%", "99%", "100%"]
    assert (date(DAY), moment(DAY), month(DAY)) == ("3 May 2021", "3 May 2021, 14:05", "May 2021")
    assert (date(None), moment(None), month(None), stamp(None)) == ("", "", texts.NO_DATE, "")
    assert stamp(DAY) == "2021-05-03T14:05:00+00:00"
    assert (
        browser_name("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
        == "Firefox, Linux"
    )
    assert browser_name("") == ""


def test_every_word_of_the_scripts_is_there_and_used():
    used = {name for script in SCRIPTS.values() for name in re.findall(r'word\(\s*"(\w+)"', script)}
    used |= {
        name
        for script in SCRIPTS.values()
        for one in re.findall(r"word\(([^()]*\?[^()]*)", script)
        for name in re.findall(r'"(\w+)"', one)
    }
    named = {
        name
        for script in SCRIPTS.values()
        for name in re.findall(r'(?:into: |apart: |faces\()"(\w+)"', script)
    } | {"into"}
    made = {name for name in texts.SCRIPT if re.match("export_|state_|kind_|change_|grouping_", name)}
    assert used - set(texts.SCRIPT) == set()
    assert set(texts.SCRIPT) - used - named - made == set()
    for kind in ("splits", "joins", "loses", "grows", "new", "gone", "stays"):
        assert f"kind_{kind}" in made
        assert f"change_{kind}" in made
    assert {f"state_{state}" for state in Item.STATES if state != "faces"} <= made


def test_every_button_has_something_to_do():
    """Each data-act of a template is a name in a table of acts() of a script that the template loads."""
    for name, template in TEMPLATES.items():
        loaded = re.findall(r"facefold/(\w+)\.js", template) + re.findall(r"'(\w+)\.js'", template)
        tables = "".join("".join(re.findall(r"acts\(\{(.*?)\}\);", SCRIPTS[one], re.S)) for one in loaded)
        for act in set(re.findall(r'data-act="(\w+)"', template)):
            assert re.search(rf"\b{act}\b\s*[:,}}]|\b{act}\s*$", tables, re.M), (name, act)


def test_scripts_ask_only_their_own_origin():
    for name, script in SCRIPTS.items():
        assert not re.search(r"""["'`](https?:)?//""", script), name
        assert "eval(" not in script
        assert "innerHTML" not in script
        assert 'setAttribute("style"' not in script
