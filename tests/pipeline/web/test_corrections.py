"""Corrections of people and faces: what they do, and that each is taken back to what was before."""

import uuid

import pytest

from pipeline.web.edits.change import KeyUsed
from pipeline.web.edits.undo import NotUndone, last_edit, undo
from pipeline.web.library import faces, people
from pipeline.web.library.refused import Refused
from pipeline.web.models import Edit, Face, Job, Person, Share, Verdict
from tests.pipeline.web.edits_state import check_counts, everything


def key():
    return str(uuid.uuid4())


def named(planted, number, name):
    people.patch(planted.account, key(), planted.people[number].uuid, {"name": name})


def take_back(account):
    return undo(account, last_edit(account), key())


def test_a_move_to_a_name_makes_the_person_and_says_whose_the_faces_are(planted):
    before = everything()
    answer = faces.move(
        planted.account, key(), [planted.faces[0].uuid, planted.faces[14].uuid], None, " Anna "
    )
    anna = Person.objects.get(uuid=answer["person"])
    assert (anna.name, anna.n_faces) == ("Anna", 2)
    assert answer["summary"] == "Moved 2 faces to Anna."
    moved = Face.objects.filter(person=anna)
    assert {(face.assigned_by, face.confidence) for face in moved} == {("person", 1.0)}
    assert set(Verdict.objects.filter(person=anna, is_person=True).values_list("face_id", flat=True)) == {
        planted.faces[0].pk,
        planted.faces[14].pk,
    }
    check_counts()
    take_back(planted.account)
    assert everything() == before


def test_a_move_to_a_name_goes_to_the_largest_of_that_name(planted):
    named(planted, 1, "anna")
    named(planted, 2, "Anna")
    answer = faces.move(planted.account, key(), [planted.faces[0].uuid], None, "ANNA")
    assert answer["person"] == str(planted.people[1].uuid)


def test_a_move_takes_away_what_was_said_before(planted):
    face = planted.faces[0]
    faces.move(planted.account, key(), [face.uuid], planted.people[1].uuid, None)
    faces.move(planted.account, key(), [face.uuid], planted.people[2].uuid, None)
    said = Verdict.objects.filter(face=face).values_list("person_id", "is_person")
    assert list(said) == [(planted.people[2].pk, True)]


def test_a_person_that_loses_all_faces_is_gone_unless_it_has_a_name(planted):
    named(planted, 1, "Bea")
    faces.move(planted.account, key(), planted.of(1), planted.people[0].uuid, None)
    faces.move(planted.account, key(), planted.of(2), planted.people[0].uuid, None)
    assert Person.objects.get(pk=planted.people[1].pk).n_faces == 0
    assert not Person.objects.filter(pk=planted.people[2].pk).exists()
    check_counts()


def test_a_rejected_face_is_unknown_and_the_verdict_stays(planted):
    person = planted.people[0]
    answer = faces.reject(planted.account, key(), planted.of(0)[:2], person.uuid)
    assert answer["rejected"] == 2
    assert Person.objects.get(pk=person.pk).n_faces == 4
    lost = Face.objects.filter(uuid__in=planted.of(0)[:2])
    assert {(face.person_id, face.assigned_by) for face in lost} == {(None, "")}
    assert Verdict.objects.filter(person=person, is_person=False).count() == 2
    check_counts()


@pytest.mark.parametrize("state", ["ignored", "not_a_face"])
def test_a_hidden_face_is_kept_and_not_counted(planted, state):
    cover = Person.objects.get(pk=planted.people[0].pk).cover
    faces.set_state(planted.account, key(), [cover.uuid], state)
    person = Person.objects.get(pk=planted.people[0].pk)
    assert person.n_faces == 5
    assert person.cover_id not in (None, cover.pk)
    assert Face.objects.get(pk=cover.pk).person_id == person.pk
    faces.set_state(planted.account, key(), [cover.uuid], "shown")
    assert Person.objects.get(pk=person.pk).n_faces == 6
    check_counts()


def test_faces_of_nobody_are_not_confirmed(planted):
    with pytest.raises(Refused, match="of nobody"):
        faces.confirm(planted.account, key(), [planted.faces[13].uuid])
    faces.confirm(planted.account, key(), planted.of(0) + planted.of(1))
    assert Verdict.objects.filter(is_person=True).count() == 10


def test_a_merge_keeps_a_name_and_tells_which(planted, guest):
    named(planted, 1, "Bea")
    named(planted, 2, "Cara")
    Share.objects.create(owner=planted.account, guest=guest, person=planted.people[1])
    Share.objects.create(owner=planted.account, guest=guest, person=planted.people[2], may_comment=True)
    people.patch(planted.account, key(), planted.people[2].uuid, {"favourite": True})
    faces.confirm(planted.account, key(), planted.of(2))
    before = everything()
    answer = people.merge(planted.account, key(), [person.uuid for person in planted.people], None)
    assert (answer["name"], answer["names_gone"], answer["left_out"]) == ("Bea", ["Cara"], 0)
    bea = Person.objects.get(owner=planted.account)
    assert (bea.pk, bea.n_faces, bea.favourite) == (planted.people[1].pk, 13, True)
    assert Verdict.objects.filter(person=bea, is_person=True).count() == 3
    assert list(Share.objects.values_list("guest", "person", "may_comment")) == [(guest.pk, bea.pk, True)]
    check_counts()
    take_back(planted.account)
    assert everything() == before


def test_a_merge_leaves_out_what_was_rejected_unless_it_was_confirmed(planted):
    first, second = planted.people[:2]
    stranger, own = planted.of(1)[0], planted.of(1)[1]
    faces.reject(planted.account, key(), [stranger, own], first.uuid)
    faces.confirm(planted.account, key(), [own])
    answer = people.merge(planted.account, key(), [second.uuid], first.uuid)
    assert answer["left_out"] == 1
    assert Face.objects.get(uuid=stranger).person_id is None
    assert Face.objects.get(uuid=own).person_id == first.pk
    check_counts()


def test_the_same_key_answers_alike_and_does_nothing(planted):
    once = key()
    first = faces.reject(planted.account, once, planted.of(0)[:1], planted.people[0].uuid)
    faces.move(planted.account, key(), planted.of(0)[:1], planted.people[1].uuid, None)
    before = everything()
    assert faces.reject(planted.account, once, planted.of(0)[:1], planted.people[0].uuid) == first
    assert everything() == before
    with pytest.raises(KeyUsed):
        faces.reject(planted.account, once, planted.of(0)[:2], planted.people[0].uuid)


def test_an_undoing_is_undone_and_the_edit_stands_again(planted):
    faces.move(planted.account, key(), planted.of(0)[:2], None, "Anna")
    after = everything()
    edit = last_edit(planted.account)
    undoing = undo(planted.account, edit, key()).edit
    assert last_edit(planted.account) is None
    with pytest.raises(NotUndone, match="undone already"):
        undo(planted.account, Edit.objects.get(pk=edit.pk), key())
    undo(planted.account, undoing, key())
    assert everything() == after
    assert last_edit(planted.account).pk == edit.pk
    check_counts()


def test_an_earlier_edit_is_undone_if_others_touched_other_faces_of_the_person(planted):
    faces.move(planted.account, key(), planted.of(1)[:1], planted.people[0].uuid, None)
    first = last_edit(planted.account)
    faces.move(planted.account, key(), planted.of(2)[:1], planted.people[0].uuid, None)
    undo(planted.account, first, key())
    assert Person.objects.get(pk=planted.people[0].pk).n_faces == 7
    check_counts()


def test_an_earlier_edit_is_not_undone_if_its_faces_were_moved_since(planted):
    faces.move(planted.account, key(), planted.of(1)[:1], planted.people[0].uuid, None)
    first = last_edit(planted.account)
    faces.move(planted.account, key(), planted.of(1)[:1], planted.people[2].uuid, None)
    before = everything()
    with pytest.raises(NotUndone, match="changed since"):
        undo(planted.account, first, key())
    assert everything() == before


def test_a_new_person_that_the_worker_gave_more_faces_is_not_taken_back(planted):
    faces.move(planted.account, key(), planted.of(1)[:1], None, "Anna")
    Face.objects.filter(pk=planted.faces[15].pk).update(person=Person.objects.get(name="Anna"))
    with pytest.raises(NotUndone, match="Other faces"):
        take_back(planted.account)
    assert Face.objects.get(pk=planted.faces[15].pk).person.name == "Anna"


def test_a_drawn_face_stays_in_its_photo_and_is_embedded(planted):
    photo = planted.photos[0]
    answer = faces.draw(planted.account, key(), photo.uuid, [600.0, -20.0, 100.0, 90.0], None, "Anna")
    face = Face.objects.get(uuid=answer["face"])
    assert face.box == [600.0, 0.0, 40.0, 70.0]
    assert (face.origin, face.person.name) == ("drawn", "Anna")
    job = Job.objects.get(uuid=answer["job"])
    assert (job.kind, job.payload) == ("draw", {"face": face.pk})
    with pytest.raises(Refused, match="0 by"):
        faces.draw(planted.account, key(), photo.uuid, [700.0, 0.0, 90.0, 90.0], None, None)
    undone = take_back(planted.account)
    assert not Face.objects.filter(pk=face.pk).exists()
    undo(planted.account, undone.edit, key())
    assert Face.objects.get(pk=face.pk).person.name == "Anna"
    assert Job.objects.filter(kind="draw", payload={"face": face.pk}).count() == 2
    assert Job.objects.get(kind="erase").payload == {"photos": [], "faces": [str(face.uuid)]}
