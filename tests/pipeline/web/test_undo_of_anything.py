"""Any changes, taken back in reverse, leave what was: people, faces, verdicts, shares, the library."""

import uuid

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from pipeline.web.edits.undo import NotUndone, last_edit, undo
from pipeline.web.library import faces, groupings, pairs, people, splits
from pipeline.web.library.refused import Refused
from pipeline.web.models import Edit, Face, Grouping, GroupingRow, Person
from tests.pipeline.web.edits_state import check_counts, everything
from tests.pipeline.web.planted import Planted, made_account


def key():
    return str(uuid.uuid4())


OF_FACES = ("move", "new", "reject", "confirm", "state", "pair")
INDEX = st.integers(0, 16)
PERSON = st.integers(0, 5)
SOME = st.lists(INDEX, min_size=1, max_size=5, unique=True)
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("move"), SOME, PERSON),
        st.tuples(st.just("new"), SOME, st.sampled_from(["", "Anna", "anna", "Bea"])),
        st.tuples(st.just("reject"), SOME, PERSON),
        st.tuples(st.just("confirm"), SOME, st.none()),
        st.tuples(st.just("state"), SOME, st.sampled_from(["shown", "ignored", "not_a_face"])),
        st.tuples(st.just("merge"), st.lists(PERSON, min_size=2, max_size=3, unique=True), st.booleans()),
        st.tuples(
            st.just("pair"), st.lists(INDEX, min_size=2, max_size=2), st.sampled_from([True, False, None])
        ),
        st.tuples(st.just("split"), st.lists(st.integers(0, 2), min_size=6, max_size=6), PERSON),
        st.tuples(st.just("group"), st.lists(st.integers(-1, 8), min_size=17, max_size=17), st.booleans()),
        st.tuples(st.just("undo"), st.just([]), st.none()),
        st.tuples(st.just("name"), st.lists(PERSON, min_size=1, max_size=2), st.sampled_from(["", "Cara"])),
    ),
    max_size=8,
)


def group(planted, numbers, later):
    """Applies a proposal: numbers below the number of people are these, -1 is nobody, others are new."""
    there = list(Person.objects.order_by("id"))
    last = Edit.objects.order_by("-id").first()
    made = Grouping.objects.create(
        owner=planted.account,
        space="planted",
        clusterer="chinese_whispers",
        distance=0.5 if later else None,
        edited=last.pk if last and later else 0,
        summary={"changes": []},
    )
    for face, number in zip(planted.faces, numbers, strict=True):
        person = there[number] if 0 <= number < len(there) else None
        new = number if number >= len(there) else None
        GroupingRow.objects.create(grouping=made, face=face, person=person, number=new, confidence=0.25)
    groupings.apply(planted.account, key(), made.uuid, None)


def split(planted, person, columns):
    """Splits a person by the column of each of its first faces."""
    own = list(Face.objects.filter(person=person).order_by("id"))[: len(columns)]
    parts = [[face.uuid for face, at in zip(own, columns, strict=False) if at == part] for part in range(3)]
    splits.apply(planted.account, key(), person.uuid, [splits.Column(part) for part in parts])


def perform(planted, operation):
    """One operation of a list, on those of the people who are there; whether it was one."""
    kind, many, what = operation
    there = list(Person.objects.order_by("id"))
    rows = [planted.faces[index].uuid for index in many] if kind in OF_FACES else []
    whose = [there[number % len(there)].uuid for number in many] if kind in ("merge", "name") else []
    account = planted.account
    does = {
        "move": lambda: faces.move(account, key(), rows, there[what % len(there)].uuid, None),
        "new": lambda: faces.move(account, key(), rows, None, what),
        "reject": lambda: faces.reject(account, key(), rows, there[what % len(there)].uuid),
        "confirm": lambda: faces.confirm(account, key(), rows),
        "state": lambda: faces.set_state(account, key(), rows, what),
        "merge": lambda: people.merge(account, key(), whose, whose[0] if what else None),
        "name": lambda: people.patch_several(account, key(), whose, {"name": what, "favourite": bool(what)}),
        "pair": lambda: pairs.answer(account, key(), *rows, what),
        "split": lambda: split(planted, there[what % len(there)], many),
        "group": lambda: group(planted, many, what),
        "undo": lambda: undo(account, last_edit(account), key()) if last_edit(account) else None,
    }
    before = Edit.objects.count()
    try:
        does[kind]()
    except (Refused, NotUndone):
        assert Edit.objects.count() == before
    return Edit.objects.count() > before


class TestUndo(TestCase):
    """Hypothesis' own TestCase gives every example a transaction that is rolled back."""

    @settings(max_examples=40)
    @given(OPERATIONS)
    def test_any_changes_taken_back_in_reverse_leave_what_was(self, operations):
        planted = Planted(made_account("Owner"), [6, 4, 3], unknown=4)
        states, edits = [everything()], []
        for operation in operations:
            if perform(planted, operation):
                check_counts()
                states.append(everything())
                edits.append(Edit.objects.order_by("-id").first())
        undoings = []
        for edit, expected in zip(reversed(edits), reversed(states[:-1]), strict=True):
            if edit.inverse:
                undoings.append((undo(planted.account, edit, key()).edit, expected))
            assert everything() == expected
            check_counts()
        for undoing, _ in reversed(undoings):
            undo(planted.account, undoing, key())
        assert everything() == states[-1]
