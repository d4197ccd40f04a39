"""The API: what it answers, to whom, and how it says what went wrong."""

import json
import uuid

import pytest
from django.test import Client

from pipeline.web.models import Comment, Edit, Face, Job, Person, Photo, Share


def said(response, status=200):
    assert response.status_code == status, response.content
    return response.json()


def all_pages(browser, path, limit, **query):
    items, after = [], None
    while True:
        told = said(browser.get(path, limit=limit, **query, **({"after": after} if after else {})))
        assert len(told["items"]) <= limit
        items += told["items"]
        after = told["next"]
        if after is None:
            return items


def test_nobody_is_answered(db, browsers):
    assert said(browsers().get("people"), 401) == {"detail": "Unauthorized"}


def test_a_change_needs_the_token_against_forged_requests(planted):
    client = Client(enforce_csrf_checks=True)
    client.force_login(planted.account)
    body = json.dumps({"faces": [str(planted.faces[0].uuid)]})
    headers = {"Idempotency-Key": "1"}
    sent = {"data": body, "content_type": "application/json"}
    assert client.post("/api/faces/confirm", **sent, headers=headers).status_code == 403
    token = "a" * 32
    client.cookies["csrftoken"] = token
    answer = client.post("/api/faces/confirm", **sent, headers={**headers, "X-CSRFToken": token})
    assert answer.status_code == 200


def test_people_come_page_by_page_the_largest_first(planted, browser):
    items = all_pages(browser, "people", 2)
    assert [item["n_faces"] for item in items] == [6, 4, 3]
    assert items[0]["id"] == str(planted.people[0].uuid)
    assert items[0]["cover"] in [str(name) for name in planted.of(0)]


def test_a_page_goes_on_where_it_was_though_rows_before_it_went(planted, browser):
    first = said(browser.get("people", limit=2))
    said(browser.ask("PATCH", f"people/{planted.people[0].uuid}", {"hidden": True}))
    rest = said(browser.get("people", limit=2, after=first["next"]))
    assert [item["id"] for item in rest["items"]] == [str(planted.people[2].uuid)]
    assert [item["id"] for item in said(browser.get("people", hidden="true"))["items"]] == [
        str(planted.people[0].uuid)
    ]


@pytest.mark.parametrize("after", ["x", "", "\x00", "é" * 30, "W10:1uMHGT:aaaa"])
def test_a_key_of_another_list_is_refused(planted, browser, after):
    assert "after" in said(browser.get("people", after=after), 422)["detail"]
    other = said(browser.get("faces", order="newest", limit=1))["next"]
    assert "not of this list" in said(browser.get("people", after=other), 422)["detail"]


def test_a_name_is_found_by_a_part_of_it(planted, browser):
    person = planted.people[1].uuid
    answer = said(browser.ask("PATCH", f"people/{person}", {"name": "Anna Maria"}))
    assert answer["same_name"] == []
    assert [item["id"] for item in said(browser.get("people", q="maria"))["items"]] == [str(person)]
    twice = said(browser.ask("PATCH", f"people/{planted.people[2].uuid}", {"name": "anna  maria"}))
    assert twice["same_name"] == [str(person)]
    assert said(browser.get("people", q="%"))["items"] == []


def test_faces_of_a_person_come_least_sure_first(planted, browser):
    items = all_pages(browser, f"people/{planted.people[0].uuid}/faces", 4)
    confidences = [item["confidence"] for item in items]
    assert len(items) == 6
    assert confidences == sorted(confidences)
    assert items[0]["box"] == [10.0, 20.0, 100.0, 120.0]


def test_unknown_faces_come_by_likeness_each_once(planted, browser):
    items = all_pages(browser, "faces", 3)
    assert {item["id"] for item in items} == {str(face.uuid) for face in planted.faces[13:]}
    assert len(items) == 4
    assert said(browser.get("faces", state="ignored"))["items"] == []
    said(browser.post("faces/state", {"faces": [items[0]["id"]], "state": "ignored"}))
    ignored = said(browser.get("faces", state="ignored"))["items"]
    assert [item["id"] for item in ignored] == [items[0]["id"]]
    assert [item["id"] for item in said(browser.get("faces"))["items"]] == [one["id"] for one in items[1:]]


def test_a_change_once_by_its_key(planted, browser):
    body = {"faces": planted.of(0)[:1], "name": "Anna"}
    first = said(browser.post("faces/move", body, key="once"))
    assert said(browser.post("faces/move", body, key="once")) == first
    assert Person.objects.filter(name="Anna").count() == 1
    body["name"] = "Bea"
    assert "another request" in said(browser.post("faces/move", body, key="once"), 409)["detail"]


@pytest.mark.parametrize("key", [None, "", "x" * 81])
def test_a_change_without_a_good_key_is_refused(planted, browser, key):
    headers = {} if key is None else {"Idempotency-Key": key}
    body = json.dumps({"faces": [str(planted.faces[0].uuid)]})
    answer = browser.client.post("/api/faces/confirm", body, content_type="application/json", headers=headers)
    assert "Idempotency-Key" in said(answer, 422)["detail"]
    assert not Edit.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {"faces": [], "name": "x"},
        {"faces": ["no uuid"], "name": "x"},
        {"faces": [str(uuid.uuid4())], "name": "x\x00y"},
        {"faces": [str(uuid.uuid4())], "name": "\ud800"},
        {"faces": [str(uuid.uuid4())], "nme": "x"},
        {"faces": [str(uuid.uuid4())], "name": "x" * 201},
        [],
    ],
)
def test_a_body_that_makes_no_sense_is_refused(planted, browser, body):
    assert isinstance(said(browser.post("faces/move", body), 422)["detail"], str)


def test_whom_to_move_to_is_told_once(planted, browser):
    faces = planted.of(0)[:1]
    said(browser.post("faces/move", {"faces": faces}), 422)
    both = {"faces": faces, "person": planted.people[1].uuid, "name": "Anna"}
    assert "either person or name" in said(browser.post("faces/move", both), 422)["detail"]


def test_others_things_are_not_there(planted, plant, other, browsers):
    stranger = browsers(other)
    person, face, photo = planted.people[0].uuid, planted.faces[0].uuid, planted.photos[0].uuid
    for path in (f"people/{person}", f"people/{person}/faces", f"photos/{photo}", f"photos/{photo}/comments"):
        said(stranger.get(path), 404)
    mine = plant(other, [2])
    asked = [
        ("PATCH", f"people/{person}", {"name": "x"}),
        ("DELETE", f"people/{person}", None),
        ("POST", "people/merge", {"people": [person, mine.people[0].uuid]}),
        ("POST", "people/patch", {"people": [person], "hidden": True}),
        ("POST", "faces/move", {"faces": [face], "name": "x"}),
        ("POST", "faces/move", {"faces": mine.of(0), "person": person}),
        ("POST", "faces/reject", {"faces": mine.of(0), "person": person}),
        ("POST", "faces/state", {"faces": [face], "state": "ignored"}),
        ("POST", "faces/confirm", {"faces": [face]}),
        ("POST", f"photos/{photo}/faces", {"box": [0, 0, 50, 50]}),
        ("DELETE", f"photos/{photo}", None),
        ("POST", "pairs", {"first": face, "second": mine.faces[0].uuid, "same": True}),
        ("POST", f"people/{person}/split", {}),
        ("POST", f"people/{person}/split/apply", {"columns": [{"faces": []}, {"faces": [face]}]}),
        ("POST", f"photos/{photo}/comments", {"text": "x"}),
        ("POST", "shares", {"account": "Owner", "person": person}),
    ]
    before = list(Face.objects.order_by("id").values())
    for verb, path, body in asked:
        said(stranger.ask(verb, path, body), 404)
    assert list(Face.objects.order_by("id").values()) == before
    assert not Edit.objects.exists()


def test_edits_are_listed_and_undone(planted, browser):
    said(browser.post("faces/move", {"faces": planted.of(0)[:2], "name": "Anna"}))
    said(browser.post(f"people/{planted.people[0].uuid}/split", {}))
    edit = said(browser.get("edits"))["items"]
    assert [(one["kind"], one["summary"], one["undone"]) for one in edit] == [
        ("move", "Moved 2 faces to Anna.", False)
    ]
    said(browser.post(f"edits/{edit[0]['id']}/undo"))
    assert "undone already" in said(browser.post(f"edits/{edit[0]['id']}/undo"), 409)["detail"]
    assert [one["undone"] for one in said(browser.get("edits"))["items"]] == [False, True]


def test_photos_by_day_and_by_person(planted, browser):
    old = planted.photos[0]
    Photo.objects.filter(pk=old.pk).update(taken_at="2020-02-29T23:59:59Z")
    found = said(browser.get("photos", **{"from": "2020-02-29", "to": "2020-02-29"}))["items"]
    assert [(one["id"], one["n_faces"], one["name"]) for one in found] == [(str(old.uuid), 1, "IMG_0.jpg")]
    assert said(browser.get("photos", to="2020-02-28"))["items"] == []
    of_person = all_pages(browser, "photos", 4, person=planted.people[0].uuid)
    assert {one["id"] for one in of_person} == {str(photo.uuid) for photo in planted.photos[:6]}
    assert len(all_pages(browser, "photos", 5)) == 17
    said(browser.get("photos", to="9999-12-31"))
    one = said(browser.get(f"photos/{old.uuid}"))
    assert [face["id"] for face in one["faces"]] == [str(planted.faces[0].uuid)]
    assert (one["own"], one["may_comment"]) == (True, True)


def test_a_guest_sees_what_is_shared_and_no_more(planted, guest, browser, browsers):
    visitor = browsers(guest)
    person, photo = planted.people[0], planted.photos[0]
    beside = Face.objects.create(
        owner=planted.account, photo=photo, box=[0, 0, 9, 9], person=planted.people[1], assigned_by="group"
    )
    said(browser.ask("PATCH", f"people/{planted.people[1].uuid}", {"name": "Secret"}))
    answer = said(browser.post("shares", {"account": "Guest", "person": person.uuid}))
    seen = said(visitor.get(f"photos/{photo.uuid}"))
    assert [face["id"] for face in seen["faces"]] == [str(planted.faces[0].uuid)]
    assert (seen["own"], seen["may_comment"], seen["n_faces"], seen["name"]) == (False, False, 1, "")
    assert "Secret" not in json.dumps(seen)
    assert len(all_pages(visitor, f"people/{person.uuid}/faces", 4)) == 6
    assert len(all_pages(visitor, "photos", 4, person=person.uuid)) == 6
    assert said(visitor.get("people"))["items"] == []
    said(visitor.get(f"people/{planted.people[1].uuid}"), 404)
    said(visitor.get(f"photos/{planted.photos[7].uuid}"), 404)
    said(visitor.ask("PATCH", f"people/{person.uuid}", {"name": "x"}), 404)
    said(visitor.post(f"photos/{photo.uuid}/comments", {"text": "x"}), 403)
    got = said(visitor.get("shares"))["items"]
    assert [(one["given"], one["account"], one["person"]["id"]) for one in got] == [
        (False, "Owner", str(person.uuid))
    ]
    said(visitor.ask("DELETE", f"shares/{answer['share']}"), 404)
    said(browser.ask("DELETE", f"shares/{answer['share']}"))
    said(visitor.get(f"photos/{photo.uuid}"), 404)
    assert beside.pk


def test_shares_are_of_one_thing_with_somebody_else(planted, guest, browser):
    photo = planted.photos[0].uuid
    assert "Nobody" in said(browser.post("shares", {"account": "guest", "photo": photo}), 422)["detail"]
    assert "yours" in said(browser.post("shares", {"account": "Owner", "photo": photo}), 422)["detail"]
    said(browser.post("shares", {"account": "Guest"}), 422)
    said(browser.post("shares", {"account": "Guest", "photo": photo, "person": planted.people[0].uuid}), 422)
    said(browser.post("shares", {"account": "Guest", "photo": photo}))
    said(browser.post("shares", {"account": "Guest", "photo": photo, "may_comment": True}))
    assert [share.may_comment for share in Share.objects.all()] == [True]


def test_comments_are_deleted_by_their_author_and_the_owner(planted, guest, other, browser, browsers):
    photo = planted.photos[0].uuid
    said(browser.post("shares", {"account": "Guest", "photo": photo, "may_comment": True}))
    said(browser.post("shares", {"account": "Other", "photo": photo}))
    visitor, looker = browsers(guest), browsers(other)
    said(visitor.post(f"photos/{photo}/comments", {"text": "  A <b>fine</b> photo. "}))
    said(browser.post(f"photos/{photo}/comments", {"text": "Thank you."}))
    said(browser.post(f"photos/{photo}/comments", {"text": "   "}), 422)
    said(browser.post(f"photos/{photo}/comments", {"text": "x" * 2001}), 422)
    told = said(visitor.get(f"photos/{photo}/comments"))["items"]
    assert [(one["author"], one["text"], one["own"], one["may_delete"]) for one in told] == [
        ("Guest", "A <b>fine</b> photo.", True, True),
        ("Owner", "Thank you.", False, False),
    ]
    said(looker.ask("DELETE", f"comments/{told[0]['id']}"), 404)
    said(visitor.ask("DELETE", f"comments/{told[1]['id']}"), 404)
    said(browser.ask("DELETE", f"comments/{told[0]['id']}"))
    said(browser.ask("DELETE", f"comments/{told[1]['id']}"))
    assert not Comment.objects.exists()


def test_a_job_tells_how_far_it_is(planted, browser, other, browsers):
    asked = said(browser.post(f"people/{planted.people[0].uuid}/split", {"parts": 2}))
    job = said(browser.get(f"jobs/{asked['job']}"))
    assert (job["kind"], job["state"], job["result"]) == ("split", "waiting", {})
    assert Job.objects.get().payload == {"person": planted.people[0].pk, "parts": 2}
    said(browsers(other).get(f"jobs/{asked['job']}"), 404)
    said(browser.post(f"people/{planted.people[0].uuid}/split", {"parts": 7}), 422)


def test_the_description_is_served_without_pages_of_others(planted, browser):
    told = said(browser.get("openapi.json"))
    assert "/api/people/{person}" in told["paths"]
    assert browser.get("docs").status_code == 404
