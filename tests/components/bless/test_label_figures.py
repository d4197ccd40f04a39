"""Figures by labels are not compared on a handful of pairs."""

import types

import numpy as np
import pytest

from components.bless import verdict
from components.bless.label_figures import FEWEST, judged_faces, pairs_of
from components.bless.verdict import comparable_metrics, judge
from components.face_table import FaceTable
from tests.components.bless.test_bless_verdict import RECIPE, facts


def faces(train, held):
    n = len(train) + len(held)
    split = ["train"] * len(train) + ["eval"] * len(held)
    return FaceTable([b""] * n, [f"{i}.jpg" for i in range(n)], [*train, *held], split, [b""] * n)


def people(n, photos):
    return [f"p{i}" for i in range(n) for _ in range(photos)]


def test_pairs_are_counted():
    assert pairs_of([]) == (0, 0)
    assert pairs_of(["a", "a", "a", "b"]) == (3, 3)


def test_the_eval_split_is_used_where_it_has_enough_pairs_of_both_kinds():
    table = faces(people(3, 2), people(2, 11))
    found = judged_faces(table)
    assert (found.split, found.same, found.different) == ("eval", 110, 121)
    assert found.rows == list(range(6, 28))
    assert found.words() == ""


@pytest.mark.parametrize("held", [["p0", "p1"], people(1, 20), []])
def test_all_labelled_faces_are_used_where_the_eval_split_is_small(held):
    table = faces([*people(30, 5), None], held)
    found = judged_faces(table)
    assert found.split == "all"
    assert found.rows == [i for i, label in enumerate(table.labels) if label is not None]
    why = "the eval split has fewer" if held else "none is held out."
    assert f"those of all {150 + len(held)} labelled faces: {why}" in found.words()


def test_with_too_few_pairs_nothing_is_compared_and_that_is_said():
    found = judged_faces(faces(people(5, 4), ["p0", "p1"]))
    assert (found.split, found.rows) == ("", [])
    assert found.same < FEWEST
    assert found.words() == (
        "Not compared: ari and pairwise_f. 22 labelled faces have 38 pairs of one person and 193 of two; 100 "
        "of each are needed."
    )
    assert judged_faces(faces([None] * 300, [None])).words() == ""


def earlier_model(monkeypatch, table, groups):
    """What is told of an earlier model that puts each face of the table into ``groups``."""
    monkeypatch.setattr(verdict, "reconstruct", lambda *_: ({"reconstruction_mse": 0.02}, None))
    answers = lambda _, rows: {"cluster": [groups[i] for i in rows], "unknown": [False] * len(rows)}  # noqa: E731
    monkeypatch.setattr(verdict, "outputs_of", answers)
    monkeypatch.setattr(FaceTable, "requests", lambda self, model, rows: rows)
    return comparable_metrics(types.SimpleNamespace(serving_default=None), table)


def with_figures(**of_split):
    told = facts()
    for split, figure in of_split.items():
        told["metrics"].setdefault(split, {}).update({"ari": figure, "pairwise_f": figure})
    return told


def test_two_faces_that_happen_to_be_right_bless_no_model_that_tears_people_apart(monkeypatch):
    table = faces(people(30, 10), ["p0", "p1"])
    before = earlier_model(monkeypatch, table, [int(label[1:]) for label in table.labels])
    assert before["label_split"] == "all"
    assert before["ari"] == before["pairwise_f"] == 1.0
    torn = judge(with_figures(eval=1.0, all=0.4), before, RECIPE)
    assert not torn.blessed
    assert any(
        r.startswith("Refused: pairwise_f is 0.4, the latest blessed model's is 1;") for r in torn.reasons
    )
    assert any("those of all 302 labelled faces" in reason for reason in torn.reasons)
    assert judge(with_figures(eval=0.0, all=0.97), before, RECIPE).blessed


def test_two_faces_that_happen_to_be_wrong_refuse_nothing(monkeypatch):
    table = faces(people(5, 4), ["p0", "p1"])
    before = earlier_model(monkeypatch, table, np.zeros(len(table), int))
    assert not {"ari", "pairwise_f"} & set(before)
    found = judge(with_figures(eval=0.0, all=0.0), before, RECIPE)
    assert found.blessed
    assert any(reason.startswith("Not compared: ari and pairwise_f. 22") for reason in found.reasons)
    (row,) = [rule for rule in found.rules if rule["name"] == "baseline"]
    assert row["verdict"] == "met"
