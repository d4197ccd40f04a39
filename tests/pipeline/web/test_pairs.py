"""Questions about two faces: which are asked, and what an answer does."""

import uuid

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.web.edits.undo import last_edit, undo
from pipeline.web.library import faces, pairs, people
from pipeline.web.library.pair_candidates import candidates
from pipeline.web.library.refused import Refused
from pipeline.web.models import Face, PairVerdict, Person, Verdict
from tests.pipeline.web.edits_state import check_counts, everything
from tests.pipeline.web.planted import Planted, made_account


def key():
    return str(uuid.uuid4())


def unit(rows):
    rows = np.asarray(rows, np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def two_halves(sizes, apart=0.05, seed=0):
    """Each pair of people is one person's faces that were torn in two."""
    random = np.random.default_rng(seed)
    centres = np.linalg.qr(random.normal(size=(16, 16)))[0]
    person = np.repeat(np.arange(len(sizes)), sizes)
    return unit(centres[person // 2] + apart * random.normal(size=(len(person), 16))), person


def test_torn_people_are_asked_about_those_that_settle_most_first():
    x, person = two_halves([12, 12, 3, 4, 8, 7], seed=2)
    found = candidates(x, person, set(), 10)
    assert {one.sides for one in found} == {(0, 1), (2, 3), (4, 5)}
    assert [one.settles * one.likely for one in found] == sorted(
        (one.settles * one.likely for one in found), reverse=True
    )
    for one in found:
        first, second = x[person == one.sides[0]], x[person == one.sides[1]]
        assert one.distance == pytest.approx(1 - (first @ second.T).max(), abs=1e-5)
        assert (person[one.first], person[one.second]) == one.sides
        assert one.settles == min(len(first), len(second))


def test_how_likely_a_yes_is_is_the_share_of_faces_that_lie_as_far_from_their_own():
    x, person = two_halves([20, 9], seed=4)
    found = candidates(x, person, set(), 10)[0]
    own = []
    for row in range(29):
        others = x[(person == person[row]) & (np.arange(29) != row)].sum(axis=0)
        own.append(1 - x[row] @ others / np.linalg.norm(others))
    mean = x[person == 0].sum(axis=0)
    far = np.median(1 - x[person == 1] @ mean / np.linalg.norm(mean))
    assert found.likely == pytest.approx(np.mean(np.array(own) >= far), abs=1 / 29 + 1e-6)


def test_strangers_are_not_asked_about():
    """Directions at right angles: their faces lie much further than any face from its own people."""
    random = np.random.default_rng(0)
    person = np.repeat(np.arange(8), 10)
    x = unit(np.eye(16)[person] + 0.05 * random.normal(size=(80, 16)))
    assert candidates(x, person, set(), 100) == []


def test_who_was_asked_about_is_not_asked_again():
    x, person = two_halves([5, 9, 3, 4])
    assert {one.sides for one in candidates(x, person, set(), 10)} == {(0, 1), (2, 3)}
    assert {one.sides for one in candidates(x, person, {(0, 1)}, 10)} == {(2, 3)}


def test_a_face_of_nobody_is_asked_about_with_the_nearest_person_then_with_the_next():
    x, person = two_halves([9, 9], seed=1)
    person[17] = -1
    person[16] = -2
    asked = {(0, 1)}
    first = candidates(x, person, asked, 10)
    assert [(one.settles, one.first, one.sides[0]) for one in first] == [(1, 17, -18)]
    second = candidates(x, person, asked | {first[0].sides}, 10)
    assert [one.sides for one in second] == [(-18, 1 - first[0].sides[1])]
    assert candidates(x, person, {(0, 1), (-18, 0), (-18, 1)}, 10) == []


@given(st.integers(0, 30), st.integers(0, 2**32 - 1))
def test_any_faces_give_pairs_of_two_sides(n, seed):
    random = np.random.default_rng(seed)
    x = unit(random.normal(size=(n, 4))) if n else np.zeros((0, 4), np.float32)
    person = random.integers(-2, 5, n)
    found = candidates(x, person, set(), 100)
    assert len({one.sides for one in found}) == len(found)
    for one in found:
        assert 0.01 <= one.likely <= 1
        assert one.first != one.second
        for row, side in zip((one.first, one.second), one.sides, strict=True):
            assert side == (person[row] if person[row] >= 0 else -1 - row)
            assert person[row] != -2


def test_yes_merges_the_two_people_and_is_taken_back(planted):
    before = everything()
    one, other = planted.faces[0], planted.faces[7]
    answer = pairs.answer(planted.account, key(), one.uuid, other.uuid, True)
    assert answer["same"] is True
    assert Person.objects.get(uuid=answer["person"]).n_faces == 10
    check_counts()
    undo(planted.account, last_edit(planted.account), key())
    assert everything() == before


def test_yes_moves_the_face_that_is_with_nobody(planted):
    nobody = planted.faces[14]
    answer = pairs.answer(planted.account, key(), nobody.uuid, planted.faces[0].uuid, True)
    assert answer["person"] == str(planted.people[0].uuid)
    moved = Face.objects.get(pk=nobody.pk)
    assert (moved.person_id, moved.assigned_by) == (planted.people[0].pk, "person")
    assert Verdict.objects.get(face=nobody).is_person


def test_yes_of_two_that_are_with_nobody_makes_a_person(planted):
    answer = pairs.answer(planted.account, key(), planted.faces[14].uuid, planted.faces[15].uuid, True)
    assert Person.objects.get(uuid=answer["person"]).n_faces == 2


@pytest.mark.parametrize("same", [False, None])
def test_no_and_skip_are_not_asked_again_of_the_same_two_people(account, same):
    made = Planted(account, [5, 4])
    x, _ = two_halves([5, 4])
    for face, row in zip(made.faces, x, strict=True):
        face.embeddings.update(bytes=row.astype("<f4").tobytes())
    found = pairs.questions(account, 5)
    assert len(found) == 1
    assert found[0]["settles"] == 4
    pairs.answer(account, key(), found[0]["first"].uuid, found[0]["second"].uuid, same)
    assert pairs.questions(account, 5) == []
    assert PairVerdict.objects.get().same is same
    faces.set_state(account, key(), [found[0]["first"].uuid], "ignored")
    undo(account, last_edit(account), key())
    assert pairs.questions(account, 5) == []
    pairs.answer(account, key(), made.faces[0].uuid, made.faces[6].uuid, True)
    assert Person.objects.get().n_faces == 9


def test_an_answer_is_about_two_faces_and_a_no_about_two_people(planted):
    one = planted.faces[0].uuid
    with pytest.raises(Refused, match="same face"):
        pairs.answer(planted.account, key(), one, one, True)
    with pytest.raises(Refused, match="of one person"):
        pairs.answer(planted.account, key(), one, planted.faces[1].uuid, False)


def test_hidden_people_and_hidden_faces_are_not_asked_about(account):
    made = Planted(made_account("Another"), [5, 4, 3, 2])
    x, _ = two_halves([5, 4, 3, 2])
    for face, row in zip(made.faces, x, strict=True):
        face.embeddings.update(bytes=row.astype("<f4").tobytes())
    assert len(pairs.questions(made.account, 50)) == 2
    people.patch(made.account, key(), made.people[0].uuid, {"hidden": True})
    found = pairs.questions(made.account, 50)
    assert [one["settles"] for one in found] == [2]
    faces.set_state(made.account, key(), made.of(3), "ignored")
    assert pairs.questions(made.account, 50) == []
    assert pairs.questions(account, 50) == []
