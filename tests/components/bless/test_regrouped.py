"""A few new photos must not tear the groups of all others apart unseen."""

import json
import shutil

import numpy as np
import pytest

from components.bless.kept_groups import keep_groups, kept_groups
from components.bless.regrouped import FEWEST, regrouped, since
from components.bless.verdict import judge
from components.face_groups import FaceGroups, groups_of, read_groups, write_groups
from components.face_table import FaceTable
from schemas.face import Face
from tests.components.bless.saved_models import write_model
from tests.components.bless.test_bless_verdict import RECIPE, facts


def groups(clusters, recipe=None):
    """Faces by name with their clusters."""
    return FaceGroups(
        np.array(list(clusters)), np.array(list(clusters.values()), int), recipe or {"name": "a"}
    )


def people(sizes, first=0):
    """Faces of people 0, 1, ... as {"person/number": cluster}."""
    return {f"{p}/{i}": p + first for p, size in enumerate(sizes) for i in range(size)}


def told(changed, grouped=100, **changes):
    counts = {"faces": grouped, "left": 0, "found": 0, "new": 6, "gone": 3, "other_settings": []}
    return {"regrouped": counts | {"changed": changed, "grouped": grouped} | changes}


def verdict_of(earlier, recipe=RECIPE):
    found = judge(facts(), {"eval_reconstruction_mse": 0.01, **earlier}, recipe)
    (row,) = [rule for rule in found.rules if rule["name"] == "regrouped"]
    return found, row


def test_other_numbers_of_the_same_groups_change_nothing():
    found = regrouped(groups(people([5, 3, 2])), groups(people([5, 3, 2], first=7)))
    assert found == {"faces": 10, "grouped": 10, "changed": 0, "left": 0, "found": 0, "new": 0, "gone": 0}


@pytest.mark.parametrize(
    ("now", "changed"),
    [
        ({"0/3": 9, "0/4": 9}, 2),  # two of five torn off
        ({"1/0": 0, "1/1": 0, "1/2": 0}, 3),  # the smaller of two that were joined
        ({"0/0": 1, "1/0": 0}, 2),  # two changed places
        ({"0/0": -1}, 1),  # in no group any more
    ],
)
def test_faces_that_are_not_with_most_of_theirs_any_more_have_changed(now, changed):
    before = people([5, 3, 2])
    assert regrouped(groups(before), groups(before | now))["changed"] == changed


def test_a_group_is_matched_once_and_as_a_whole_as_well_as_can_be():
    before = {f"a{i}": 0 for i in range(5)} | {f"b{i}": 1 for i in range(4)}
    now = {f"a{i}": 0 for i in range(3)} | {"a3": 1, "a4": 1} | {f"b{i}": 0 for i in range(4)}
    # 0 with 1 (two faces) and 1 with 0 (four) keeps six; 0 with 0 keeps three and nothing of 1
    assert regrouped(groups(before), groups(now))["changed"] == 3


def test_new_faces_faces_that_are_gone_and_the_unknown_are_told_apart():
    before = people([5, 3]) | {"x": -1, "y": -1, "z": -1}
    now = people([4, 3]) | {"0/9": 0, "x": 1, "y": -1, "1/2": -1}
    found = regrouped(groups(before), groups(now))
    assert found == {"faces": 9, "grouped": 7, "changed": 1, "left": 1, "found": 1, "new": 1, "gone": 2}


def test_without_a_face_or_a_group_in_both_nothing_has_changed():
    nobody = groups({})
    alone = groups({"x": -1})
    for before, now in ((nobody, nobody), (nobody, alone), (alone, alone), (groups(people([2])), nobody)):
        assert regrouped(before, now)["changed"] == 0
    lost = regrouped(groups(people([2])), groups(dict.fromkeys(people([2]), -1)))
    assert (lost["changed"], lost["left"]) == (2, 2)


def test_a_face_is_known_by_what_its_photo_holds_whatever_its_name(tmp_path):
    found = [
        Face(content_hash=h, face_index=i, image_path=p)
        for h, i, p in (("aa", 0, "x"), ("aa", 1, "x"), ("bb", 0, "y"))
    ]
    faces = FaceTable([b""] * 3, ["x", "x", "y"], [None] * 3, ["train"] * 3, [b""] * 3, found)
    made = groups_of(faces, np.array([4, -1, 4]), {"name": "face-people", "clusterers": ["people"]})
    write_groups(made, tmp_path)
    back = read_groups(tmp_path)
    assert back.face.tolist() == ["aa:0", "aa:1", "bb:0"]
    assert back.cluster.tolist() == [4, -1, 4]
    assert back.recipe == {"name": "face-people", "clusterers": ["people"]}
    assert read_groups(tmp_path / "none") is None
    with pytest.raises(ValueError, match="one cluster a face: received 2 for 3"):
        groups_of(faces, np.array([1, 2]), {})


def test_a_pushed_model_finds_its_groups_by_its_graph(tmp_path):
    """On Kubeflow no record leads from a pushed version to the artifact that it was copied from."""
    kept = str(tmp_path / "kept")
    for name, sizes in (("first", [3, 2]), ("second", [4])):
        write_model(tmp_path / name / "Format-Serving", name)
        write_groups(groups(people(sizes)), tmp_path / name)
        keep_groups(str(tmp_path / name / "Format-Serving"), str(tmp_path / name), kept)
        shutil.copytree(tmp_path / name / "Format-Serving", tmp_path / "serving" / name)
    for name, sizes in (("first", [3, 2]), ("second", [4])):
        found = kept_groups(str(tmp_path / "serving" / name), kept)
        assert found.face.tolist() == list(people(sizes))
    write_model(tmp_path / "serving" / "other", "third")
    assert kept_groups(str(tmp_path / "serving" / "other"), kept) is None
    assert not list((tmp_path / "serving").glob("*/groups.npz"))


def test_only_settings_that_decide_groups_make_another_recipe():
    recipe = json.loads(json.dumps(RECIPE))
    before = groups(people([2]), recipe)
    aside = {
        "max_regrouped": 1.0,
        "rules_off": ["stability"],
        "images": "/elsewhere",
        "labels": "none",
        "minutes": 9,
    }
    assert since(before, groups(people([2]), recipe | aside))["other_settings"] == []
    other = recipe | {"n_clusters": "20", "name": "face-dae", "min_face": 60}
    assert since(before, groups(people([2]), other))["other_settings"] == ["min_face", "n_clusters", "name"]
    assert since(None, before) is since(before, None) is None


def test_too_many_changed_faces_are_refused_with_the_numbers_and_the_fix():
    found, row = verdict_of(told(51))
    assert not found.blessed
    (refused,) = [reason for reason in found.reasons if reason.startswith("Refused")]
    assert "51 of 100 faces that had a group in the model blessed last changed it (51.0%)" in refused
    assert "6 faces are new and 3 faces are gone." in refused
    assert "--set max_regrouped=1" in refused
    assert row | {"what": ""} == {
        "name": "regrouped", "what": "", "figure": 0.51, "limit": "at most 0.5", "verdict": "refused",
    }  # fmt: skip
    met, row = verdict_of(told(50))
    assert (met.blessed, row["verdict"]) == (True, "met")
    assert verdict_of(told(51), RECIPE | {"max_regrouped": 1.0})[0].blessed
    assert verdict_of(told(51), RECIPE | {"rules_off": ["regrouped"]})[1]["verdict"] == "off"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"other_settings": ["n_clusters"]}, "It had other settings (n_clusters): not judged."),
        ({"grouped": FEWEST - 1, "changed": FEWEST - 1}, "Fewer than 20 had one: not judged."),
    ],
)
def test_what_settings_or_a_handful_of_faces_change_is_told_and_not_judged(changes, words):
    found, row = verdict_of(told(**{"changed": 90} | changes))
    assert found.blessed
    assert row["verdict"] == "not judged"
    assert row["figure"] > 0.5
    assert any(words in reason for reason in found.reasons)


def test_without_the_groups_of_the_earlier_model_nothing_is_judged():
    found, row = verdict_of({"regrouped": None})
    assert (found.blessed, row["verdict"]) == (True, "not judged")
    assert "Not compared: the groups of the model blessed last are not kept." in found.reasons
    (row,) = [rule for rule in judge(facts(), None, RECIPE).rules if rule["name"] == "regrouped"]
    assert row["verdict"] == "not judged"
