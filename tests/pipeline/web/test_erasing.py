"""What is erased is in no row any longer, and what is left can still be taken back."""

import json
import uuid

from django.apps import apps

from pipeline.web.edits.undo import last_edit, undo
from pipeline.web.library import comments, erasing, faces, groupings, people
from pipeline.web.models import (
    Batch,
    Edit,
    Embedding,
    Face,
    Grouping,
    GroupingRow,
    Item,
    Job,
    KeptNeighbours,
    Person,
    Photo,
)
from tests.pipeline.web.edits_state import check_counts


def key():
    return str(uuid.uuid4())


def all_text(but=()):
    """Everything that the tables hold, as one text."""
    told = []
    for table in apps.get_app_config("web").get_models():
        for row in table.objects.values():
            told += [str(value) for name, value in row.items() if (table.__name__, name) not in but]
    return "\n".join(told)


def test_a_person_taken_apart_leaves_no_name_behind(planted, guest):
    account, person = planted.account, planted.people[0]
    people.patch(account, key(), person.uuid, {"name": "Annabel"})
    people.patch(account, key(), person.uuid, {"name": "Anna Ünlü"})
    people.patch(account, key(), planted.people[1].uuid, {"name": "Beatrix"})
    people.merge(account, key(), [person.uuid, planted.people[1].uuid], person.uuid)
    faces.move(account, key(), [planted.faces[14].uuid], person.uuid, None)
    undo(account, last_edit(account), key())
    faces.reject(account, key(), [planted.faces[15].uuid], person.uuid)
    Job.objects.create(owner=account, kind="split", result={"names": ["Anna Ünlü"]}, state="done")
    answer = erasing.erase_person(account, key(), person.uuid)
    assert answer["faces"] == 10
    text = all_text()
    for gone in ("Annabel", "Anna", "nlü", "Beatrix", "BEATRIX"):
        assert gone not in text
    assert Face.objects.filter(person=None, assigned_by="").count() == 14
    assert not Face.objects.filter(person=None).exclude(confidence=0).exists()
    check_counts()


def test_other_edits_are_still_taken_back(planted):
    account = planted.account
    faces.move(account, key(), planted.of(1)[:1] + planted.of(0)[:1], planted.people[2].uuid, None)
    move = last_edit(account)
    faces.move(account, key(), planted.of(1)[1:2], None, "Kept")
    kept = last_edit(account)
    erasing.erase_person(account, key(), planted.people[0].uuid)
    assert last_edit(account).pk == kept.pk
    undo(account, kept, key())
    undo(account, Edit.objects.get(pk=move.pk), key())
    # The face that came from the erased person stays where it is; the other returns.
    assert Face.objects.get(pk=planted.faces[0].pk).person_id == planted.people[2].pk
    assert Face.objects.get(pk=planted.faces[6].pk).person_id == planted.people[1].pk
    check_counts()


def test_a_name_within_another_word_is_left_alone(planted):
    people.patch(planted.account, key(), planted.people[0].uuid, {"name": "Al"})
    people.patch(planted.account, key(), planted.people[1].uuid, {"name": "Alma"})
    erasing.erase_person(planted.account, key(), planted.people[0].uuid)
    assert Edit.objects.filter(summary="Alma: named Alma.").exists()
    assert not Edit.objects.filter(summary__contains="named Al.").exists()


def test_a_photo_goes_with_all_that_tells_of_it(planted, guest):
    account, photo, face = planted.account, planted.photos[0], planted.faces[0]
    Photo.objects.filter(pk=photo.pk).update(name="Secret.jpg")
    batch = Batch.objects.create(owner=account)
    Item.objects.create(batch=batch, number=0, name="Secret.jpg", size=1, mtime=0, photo=photo)
    comments.write(account, key(), photo.uuid, "A remark.")
    faces.move(account, key(), [face.uuid, planted.faces[7].uuid], None, "Anna")
    move = last_edit(account)
    drawn = faces.draw(account, key(), photo.uuid, [0.0, 0.0, 99.0, 99.0], None, None)
    answer = groupings.propose(account, key(), "chinese_whispers", None, None)
    made = Grouping.objects.get(uuid=answer["grouping"])
    GroupingRow.objects.create(grouping=made, face=face, person=None)
    made.summary = {
        "changes": [
            {"kind": "new", "old": [], "new": [], "faces_in": [face.pk, planted.faces[1].pk], "faces_out": []}
        ]
    }
    made.save()
    KeptNeighbours.objects.create(owner=account, space="planted", faces=b"", bytes=b"")
    erasing.erase_photo(account, key(), photo.uuid)
    job = Job.objects.get(kind="erase")
    assert job.payload["photos"] == [{"uuid": str(photo.uuid), "file": photo.file}]
    assert set(job.payload["faces"]) == {str(face.uuid), drawn["face"]}
    text = all_text(but={("Job", "payload")})
    for gone in (str(photo.uuid), str(face.uuid), drawn["face"], "Secret", "A remark"):
        assert gone not in text
    assert not Embedding.objects.filter(face=face).exists()
    assert not KeptNeighbours.objects.exists()
    assert Grouping.objects.get().summary["changes"][0]["faces_in"] == [planted.faces[1].pk]
    assert face.pk not in ids_in(Edit.objects.values_list("forward", "inverse"))
    assert Item.objects.get().photo is None
    check_counts()
    undo(account, Edit.objects.get(pk=move.pk), key())
    assert Face.objects.get(pk=planted.faces[7].pk).person_id == planted.people[1].pk
    assert not Person.objects.filter(name="Anna").exists()
    check_counts()


def ids_in(told):
    """The ids of faces in the steps of edits."""
    found = set()
    for both in told:
        for step in [step for side in both for step in side]:
            if step["table"] == "face":
                found |= set(step.get("ids", ())) | {row["id"] for row in step.get("rows", ())}
            for row in step.get("rows", ()):
                found |= {row.get("face_id"), row.get("cover_id")}
            if step.get("field") in ("cover_id", "face_id"):
                found |= {*step["was"], *step["is"]}
    return found


def test_an_erasing_is_not_offered_to_be_taken_back(planted, browser):
    browser.ask("DELETE", f"photos/{planted.photos[0].uuid}")
    browser.ask("DELETE", f"people/{planted.people[1].uuid}")
    assert browser.get("edits").json()["items"] == []
    assert all(edit.forward == [] for edit in Edit.objects.all())
    assert Person.objects.get(pk=planted.people[0].pk).n_faces == 5
    undoing = browser.post(f"edits/{Edit.objects.first().uuid}/undo")
    assert undoing.status_code == 409
    assert json.loads(undoing.content)["detail"].startswith("It changed nothing")
    check_counts()
