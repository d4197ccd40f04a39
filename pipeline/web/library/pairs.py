"""Questions about two faces, and what an answer does."""

from __future__ import annotations

import math
from dataclasses import replace
from threading import Lock
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import Max

from pipeline.web.edits.change import Change, changing
from pipeline.web.library.merging import merge_into, ordered
from pipeline.web.library.naming import spoken
from pipeline.web.library.pair_candidates import Candidate, candidates
from pipeline.web.library.refused import Refused
from pipeline.web.library.spaces import Space, space_of, version_of
from pipeline.web.library.verdicts import assign, write
from pipeline.web.models import Account, Edit, Face, PairVerdict, Person, Verdict
from pipeline.web.owned import owned, several

Answer = dict[str, Any]
READY = 200  # questions that are kept for one state of a library
UNKNOWN = 2000  # faces of nobody that are asked about, the sharpest


def questions(account: Account, most: int) -> list[dict[str, Any]]:
    """At most ``most`` pairs of faces to ask about: {"first", "second", "distance", "settles", "likely"}.

    The first two are rows. The distance is between embeddings of length 1, from 0 to 2; for the others see
    ``candidates``.
    """
    found = _questions(account)[:most]
    ids = [face for one in found for face in (one.first, one.second)]
    faces = owned(account, Face).select_related("photo", "person").in_bulk(ids)
    return [
        {
            "first": faces[one.first],
            "second": faces[one.second],
            "distance": round(math.sqrt(max(0.0, 2 * one.distance)), 3),
            "settles": one.settles,
            "likely": round(one.likely, 3),
        }
        for one in found
        if one.first in faces and one.second in faces
    ]


def count(account: Account) -> int:
    """How many questions there are, at most READY; they are found where the library changed since."""
    return len(_questions(account))


def kept_count(account: Account) -> int | None:
    """How many questions there are, at most READY; None where they would have to be found first."""
    kept = _kept.get(account.pk)
    if kept is None or kept[0] != _state(account, version_of(account)):
        return None
    return len(kept[1])


def answer(account: Account, key: str, first: UUID, second: UUID, same: bool | None) -> Answer:
    """Writes whether two faces are one person's.

    Yes merges their people, or moves the face that is with nobody. No, and None to skip, keep the two people,
    or the face and the person, from being asked about again.
    Raises Refused for a face and itself, and for a "no" about two faces of one person.
    """
    with changing(account, "pair", key, [first, second, same]) as change:
        if change.answer is None:
            faces = sorted(several(account, Face, [first, second]), key=lambda face: face.pk)
            if len(faces) < 2:
                raise Refused("It is twice the same face. Expected two.")
            told = _settle(change, faces) if same else {}
            if same is False and faces[0].person_id is not None and faces[0].person_id == faces[1].person_id:
                raise Refused(
                    "Both faces are of one person. Expected faces of two. Reject one of them first."
                )
            _note(change, faces, same)
            words = {True: "The same person", False: "Two people", None: "Skipped a question"}
            change.summary = f"{words[same]}: {told.pop('said')}" if told else f"{words[same]}."
            change.answer = {"same": same, **told}
    return change.answer


def _note(change: Change, faces: list[Face], same: bool | None) -> None:
    there = PairVerdict.objects.filter(first=faces[0], second=faces[1]).first()
    if there is None:
        change.add([PairVerdict(first=faces[0], second=faces[1], same=same)])
    else:
        change.set([there], same=same)


def _settle(change: Change, faces: list[Face]) -> Answer:
    people = [face.person for face in faces if face.person is not None]
    if len(people) == 2 and people[0] != people[1]:
        into, other = ordered(people)
        told = merge_into(change, into, [other])
        return {**told, "said": change.summary}
    person = people[0] if people else change.add([Person(owner=change.account)])[0]
    if len(people) == 2:
        for face in faces:
            write(change, [face], person, True)
        change.set(faces, assigned_by="person", confidence=1.0)
    else:
        assign(change, [face for face in faces if face.person_id is None], person)
    return {"person": str(person.uuid), "name": person.name, "said": f"{spoken(person)}."}


_kept: dict[int, tuple[Any, list[Candidate]]] = {}
_lock = Lock()


def _questions(account: Account) -> list[Candidate]:
    """The questions of the library's present state, by ids of faces."""
    space = space_of(account)
    state = _state(account, space.version)
    kept = _kept.get(account.pk)
    if kept is None or kept[0] != state:
        kept = (state, _made(account, space))
        with _lock:
            _kept[account.pk] = kept
    return kept[1]


def _state(account: Account, version: Any) -> Any:
    """What changes as the library does: its embeddings, its edits, and the faces that the worker placed."""
    last = Edit.objects.filter(owner=account).aggregate(last=Max("id"))["last"]
    return version, last, owned(account, Face).filter(placed=False).count()


def _made(account: Account, space: Space) -> list[Candidate]:
    shown = owned(account, Face).filter(state="shown").order_by("id")
    told = shown.filter(person__hidden=False).values_list("id", "person_id")
    unknown = shown.filter(person=None).order_by("-quality", "id").values_list("id", flat=True)[:UNKNOWN]
    rows = np.array([*told, *((face, -1) for face in unknown)], np.int64).reshape(-1, 2)
    rows = rows[np.isin(rows[:, 0], space.faces)]
    person = np.full(len(space.faces), -2, np.int64)
    person[np.searchsorted(space.faces, rows[:, 0])] = rows[:, 1]
    asked_about = np.flatnonzero(person != -2)
    sides = np.where(person == -1, -1 - np.arange(len(person)), person)[asked_about]
    side = dict(zip(space.faces[asked_about].tolist(), sides.tolist(), strict=True))
    asked = {_sides(side.get(a), side.get(b)) for a, b in _verdicts_of_pairs(account)}
    said = owned(account, Verdict).filter(is_person=False, face__person=None)
    for face, of in said.values_list("face_id", "person_id"):
        asked.add(_sides(side.get(face), of))
    found = candidates(space.rows, person, asked - {None}, READY)
    ids = space.faces
    return [replace(one, first=int(ids[one.first]), second=int(ids[one.second])) for one in found]


def _verdicts_of_pairs(account: Account) -> Any:
    rows = owned(account, PairVerdict).exclude(same=True)
    return rows.values_list("first_id", "second_id")


def _sides(one: int | None, other: int | None) -> Any:
    return None if one is None or other is None else (min(one, other), max(one, other))
