"""Groups again and splits: what is applied, what stays, and that it is taken back."""

import uuid

import pytest

from pipeline.web.edits.undo import last_edit, undo
from pipeline.web.library import faces, groupings, people, splits
from pipeline.web.library.refused import Refused
from pipeline.web.models import Face, Grouping, GroupingRow, Job, Library, Person, Verdict
from tests.pipeline.web.edits_state import check_counts, everything


def key():
    return str(uuid.uuid4())


@pytest.fixture
def proposal(planted):
    """The worker's proposal: the second person joins the first; two of the third and two unknown are new.

    The last face of the first goes to the third.
    """
    people.patch(planted.account, key(), planted.people[1].uuid, {"name": "Bea"})
    answer = groupings.propose(planted.account, key(), "chinese_whispers", 0.9, None)
    made = Grouping.objects.get(uuid=answer["grouping"])
    first, second, third = (person.pk for person in planted.people)
    goes = [(first, None)] * 5 + [(third, None)] + [(first, None)] * 4
    goes += [(None, 0)] * 2 + [(third, None)] + [(None, 0)] * 2 + [(None, None)] * 2
    ids = [face.pk for face in planted.faces]
    GroupingRow.objects.bulk_create(
        GroupingRow(grouping=made, face_id=pk, person_id=person, number=number, confidence=0.75)
        for pk, (person, number) in zip(ids, goes, strict=True)
    )
    made.summary = {
        "n_people": 3,
        "n_unknown": 2,
        "changes": [
            {
                "kind": "joins",
                "old": [first, second],
                "new": [0, 0],
                "faces_in": ids[6:10],
                "faces_out": [],
            },
            {"kind": "loses", "old": [third], "new": [1], "faces_in": [ids[5]], "faces_out": ids[10:12]},
            {"kind": "new", "old": [], "new": [2], "faces_in": ids[10:12] + ids[13:15], "faces_out": []},
        ],
    }
    made.save()
    return made


def apply(planted, proposal, chosen=None):
    return groupings.apply(planted.account, key(), proposal.uuid, chosen)


def test_a_proposal_is_asked_for_and_waits(planted):
    answer = groupings.propose(planted.account, key(), "chinese_whispers", None, None)
    assert groupings.preview(planted.account, answer["grouping"])["state"] == "waiting"
    job = Job.objects.get(uuid=answer["job"])
    assert (job.kind, job.payload) == ("group", {"grouping": Grouping.objects.get().pk})
    with pytest.raises(Refused, match="still in the making"):
        groupings.apply(planted.account, key(), answer["grouping"], None)
    with pytest.raises(Refused, match="Unknown clusterer"):
        groupings.propose(planted.account, key(), "magic", None, None)
    with pytest.raises(Refused, match="No face"):
        groupings.propose(planted.account, key(), "chinese_whispers", None, "elsewhere")


def test_a_preview_tells_names_and_faces(planted, proposal):
    told = groupings.preview(planted.account, proposal.uuid)
    assert (told["state"], told["summary"]) == ("proposed", {"n_people": 3, "n_unknown": 2})
    joins = told["changes"][0]
    assert [person["name"] for person in joins["people"]] == ["", "Bea"]
    assert (joins["kind"], joins["n"]) == ("joins", 4)
    assert joins["faces_in"] == planted.of(1)


def test_all_of_it_is_one_edit(planted, proposal):
    before = everything()
    answer = apply(planted, proposal)
    assert (answer["moved"], answer["new_people"]) == (4 + 1 + 4, 1)
    assert answer["kept"] == {"confirmed": 0, "rejected": 0, "changed_since": 0}
    sizes = dict(Person.objects.values_list("pk", "n_faces"))
    first, second, third = (person.pk for person in planted.people)
    assert (sizes[first], sizes[second], sizes[third]) == (9, 0, 2)
    assert sorted(sizes.values()) == [0, 2, 4, 9]  # Bea keeps her name without a face
    assert Grouping.objects.get(pk=proposal.pk).state == "applied"
    assert Library.objects.get().distance == 0.9
    check_counts()
    with pytest.raises(Refused, match="is applied"):
        apply(planted, proposal)
    undo(planted.account, last_edit(planted.account), key())
    assert everything() == before
    assert Grouping.objects.get(pk=proposal.pk).state == "proposed"
    assert Library.objects.get().distance is None


def test_some_of_it_moves_these_faces_alone(planted, proposal):
    answer = apply(planted, proposal, [1])
    assert (answer["moved"], answer["new_people"]) == (3, 1)
    assert Person.objects.get(pk=planted.people[1].pk).n_faces == 4
    assert Library.objects.get().distance is None
    check_counts()


def test_a_change_that_is_not_there_is_refused(planted, proposal):
    with pytest.raises(Refused, match="from 0 to 2"):
        apply(planted, proposal, [3])
    assert Grouping.objects.get(pk=proposal.pk).state == "proposed"


def test_what_somebody_said_is_looked_at_when_it_is_applied(planted, proposal):
    first, second, third = planted.people
    Verdict.objects.create(face=planted.faces[6], person=second, is_person=True)
    Verdict.objects.create(face=planted.faces[7], person=first, is_person=False)
    faces.move(planted.account, key(), [planted.faces[13].uuid], third.uuid, None)
    answer = apply(planted, proposal)
    assert answer["kept"] == {"confirmed": 1, "rejected": 1, "changed_since": 1}
    assert Face.objects.get(pk=planted.faces[6].pk).person_id == second.pk
    assert Face.objects.get(pk=planted.faces[7].pk).person_id == second.pk
    assert Face.objects.get(pk=planted.faces[13].pk).person_id == third.pk
    check_counts()


def test_people_who_were_merged_since_stay_so(planted, proposal):
    people.merge(planted.account, key(), [planted.people[0].uuid, planted.people[2].uuid], None)
    answer = apply(planted, proposal)
    assert answer["new_people"] == 1
    kept = Person.objects.get(pk=planted.people[0].pk)
    assert set(Face.objects.filter(person=kept).values_list("pk", flat=True)) >= {
        planted.faces[index].pk for index in (0, 10, 11, 12)
    }
    check_counts()


def test_a_dropped_proposal_is_gone(planted, proposal):
    groupings.drop(planted.account, key(), proposal.uuid)
    assert not GroupingRow.objects.exists()
    with pytest.raises(Refused, match="is dropped"):
        apply(planted, proposal)


def test_levels_are_those_of_the_present_faces(planted, browser):
    told = browser.get("levels").json()
    assert told["levels"] == []
    assert browser.get("levels").json() == told
    job = Job.objects.get()
    job.state, job.result = "done", {"levels": [{"distance": 0.9, "n_people": 3}]}
    job.save()
    assert browser.get("levels").json() == {"levels": job.result["levels"], "job": None}
    planted.faces[0].embeddings.create(space="planted x", bytes=b"")
    assert browser.get("levels").json()["job"] is None
    face = Face.objects.create(owner=planted.account, photo=planted.photos[0], box=[0, 0, 9, 9])
    face.embeddings.create(space="planted", bytes=planted.rows[0].tobytes())
    assert browser.get("levels").json()["job"] != told["job"]
    assert browser.get("levels", clusterer="magic").status_code == 422


def columns(planted, *places):
    return [splits.Column([planted.faces[index].uuid for index in part]) for part in places]


def test_a_split_keeps_the_first_column_and_makes_people_of_the_others(planted):
    person = planted.people[0]
    people.patch(planted.account, key(), person.uuid, {"name": "Anna"})
    before = everything()
    told = columns(planted, [0, 1], [2, 3], [4])
    told[2] = splits.Column(told[2].faces, name="Bea")
    answer = splits.apply(planted.account, key(), person.uuid, told)
    assert answer["moved"] == 3
    anna = Person.objects.get(pk=person.pk)
    assert (anna.name, anna.n_faces) == ("Anna", 3)  # one was in no column
    made = [Person.objects.get(uuid=uuid) for uuid in answer["people"]]
    assert [(one.name, one.n_faces) for one in made] == [("", 2), ("Bea", 1)]
    assert Verdict.objects.filter(is_person=True, person__in=made).count() == 3
    assert not Verdict.objects.filter(person=anna).exists()
    check_counts()
    undo(planted.account, last_edit(planted.account), key())
    assert everything() == before


def test_a_split_to_a_person_who_is_there(planted):
    told = columns(planted, [0, 1, 2], [3, 4, 5])
    told[1] = splits.Column(told[1].faces, person=planted.people[1].uuid)
    splits.apply(planted.account, key(), planted.people[0].uuid, told)
    assert Person.objects.get(pk=planted.people[1].pk).n_faces == 7
    check_counts()


@pytest.mark.parametrize(
    ("places", "why"),
    [
        (([0, 1], [1, 2]), "two columns"),
        (([0, 1], [6]), "not of this person"),
        (([0, 6], [1]), "not of this person"),
        (([0, 1, 2], []), "first column"),
    ],
)
def test_a_split_that_makes_no_sense_changes_nothing(planted, places, why):
    before = everything()
    with pytest.raises(Refused, match=why):
        splits.apply(planted.account, key(), planted.people[0].uuid, columns(planted, *places))
    assert everything() == before


def test_the_first_column_is_the_person_itself(planted):
    told = columns(planted, [0, 1], [2])
    for wrong in (
        splits.Column(told[0].faces, name="Eve"),
        splits.Column(told[0].faces, planted.people[1].uuid),
    ):
        with pytest.raises(Refused, match="keeps the person"):
            splits.apply(planted.account, key(), planted.people[0].uuid, [wrong, told[1]])
    own = splits.Column(told[1].faces, person=planted.people[0].uuid)
    with pytest.raises(Refused, match="into the first"):
        splits.apply(planted.account, key(), planted.people[0].uuid, [told[0], own])


def test_a_person_that_went_while_the_proposal_was_written_gets_no_faces(planted):
    """The worker writes rows of what it read before: no constraint of the database keeps them."""
    grouping = Grouping.objects.create(
        owner=planted.account, space="planted", clusterer="people", summary={"changes": [], "people": {}}
    )
    gone = planted.people[0].pk + 1_000_000
    GroupingRow.objects.create(grouping=grouping, face=planted.faces[-1], person_id=gone)
    answer = groupings.apply(planted.account, str(uuid.uuid4()), grouping.uuid, None)
    assert (answer["moved"], answer["kept"]["changed_since"]) == (0, 1)
    planted.faces[-1].refresh_from_db()
    assert planted.faces[-1].person_id is None
