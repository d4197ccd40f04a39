"""A library that is mostly gone is refused, and one that a person has tidied up is not."""

import pytest

from components.bless.history import intake_before
from components.bless.intake import LOST, NO_PHOTOS
from components.bless.verdict import judge
from tests.components.bless.test_bless_verdict import RECIPE, facts

EARLIER = {"eval_reconstruction_mse": 0.01, "n_faces": 400, "other_intake": []}


def totals(files=400, faces=400, **reasons):
    return {"files": files, "faces": faces, "reasons": reasons}


def judged(name, verdict):
    (row,) = [rule for rule in verdict.rules if rule["name"] == name]
    return row


def test_a_drive_that_is_not_mounted_is_refused_with_the_numbers_and_the_fix():
    found = judge(facts(), EARLIER, RECIPE, totals=totals(faces=140, dangling_link=260))
    assert not found.blessed
    refused = [reason for reason in found.reasons if reason.startswith("Refused")]
    assert len(refused) == 2
    assert found.reasons[:2] == refused  # what is wrong is told first
    assert "unreadable is 0.65: 260 of 400 photos can't be read (260 dangling_link)" in refused[0]
    assert "--set max_unreadable=1" in refused[0]
    assert (
        "fewer_faces is 0.65: 140 faces, 400 for the model blessed last; the recipe asks for at most 0.4."
        in refused[1]
    )
    assert "--set max_fewer_faces=1" in refused[1]
    assert judged("unreadable", found)["verdict"] == judged("fewer_faces", found)["verdict"] == "refused"
    assert judged("baseline", found)["verdict"] == "met"  # the model itself is no worse


@pytest.mark.parametrize("reason", LOST)
def test_photos_that_cannot_be_read_are_refused_in_a_first_run_too(reason):
    found = judge(facts(), None, RECIPE, totals=totals(**{reason: 81}))
    assert not found.blessed
    assert judged("unreadable", found) | {"what": ""} == {
        "name": "unreadable", "what": "", "figure": 81 / 400, "limit": "at most 0.2", "verdict": "refused",
    }  # fmt: skip
    at_the_limit = judge(facts(), None, RECIPE, totals=totals(**{reason: 80}))
    assert at_the_limit.blessed
    assert any(
        f"Met: unreadable is 0.2: 80 of 400 photos can't be read (80 {reason})" in r
        for r in at_the_limit.reasons
    )
    accepted = judge(facts(), None, RECIPE | {"max_unreadable": 1.0}, totals=totals(**{reason: 81}))
    assert accepted.blessed


def test_what_is_wrong_with_the_photos_is_said_before_what_follows_from_it():
    strict = RECIPE | {"min_clusters": 999}
    found = judge(facts(), EARLIER, strict, totals=totals(faces=100, unreadable=300))
    refused = [reason.split(" is ")[0] for reason in found.reasons if reason.startswith("Refused")]
    assert refused == ["Refused: unreadable", "Refused: fewer_faces", "Refused: n_clusters"]


@pytest.mark.parametrize("reason", [*NO_PHOTOS, "too_large"])
def test_what_is_no_photo_or_left_out_on_purpose_is_not_lost(reason):
    found = judge(facts(), None, RECIPE, totals=totals(files=1000, faces=10, **{reason: 900}))
    assert found.blessed
    assert judged("unreadable", found)["figure"] == 0


def test_videos_do_not_hide_that_the_photos_are_gone():
    found = judge(facts(), None, RECIPE, totals=totals(files=1000, faces=50, not_an_image=900, unreadable=50))
    assert judged("unreadable", found)["figure"] == 0.5
    nothing = judge(facts(), None, RECIPE, totals=totals(files=900, faces=0, not_an_image=900))
    assert judged("unreadable", nothing)["figure"] == 0


@pytest.mark.parametrize(
    ("faces", "verdict"), [(401, "met"), (240, "met"), (239, "refused"), (200, "refused")]
)
def test_half_of_the_library_gone_is_refused_and_a_tidied_one_is_not(faces, verdict):
    found = judge(facts(), EARLIER, RECIPE, totals=totals(faces=faces))
    assert judged("fewer_faces", found)["verdict"] == verdict
    assert found.blessed == (verdict == "met")
    assert judge(facts(), EARLIER, RECIPE | {"max_fewer_faces": 1.0}, totals=totals(faces=faces)).blessed


def test_fewer_faces_by_another_setting_are_on_purpose():
    card = {"data": {"faces": 400}, "settings": {"min_face": 20, "images": "photos", "seed": 1}}
    same = RECIPE | {"min_face": 20, "images": "/mnt/here/photos", "seed": 2}
    assert intake_before(card, same) == {"n_faces": 400, "other_intake": []}
    told = intake_before(card, same | {"min_face": 60, "images": "/mnt/here/more"})
    assert told == {"n_faces": 400, "other_intake": ["images", "min_face"]}
    found = judge(facts(), {"eval_reconstruction_mse": 0.01, **told}, RECIPE, totals=totals(faces=10))
    assert found.blessed
    assert judged("fewer_faces", found)["verdict"] == "not judged"
    assert any("other photos or settings of them (images, min_face)" in reason for reason in found.reasons)


def test_without_totals_or_an_earlier_card_nothing_is_judged():
    assert intake_before({}, RECIPE) == {"n_faces": None, "other_intake": []}
    for earlier in (None, {"eval_reconstruction_mse": 0.01, **intake_before({}, RECIPE)}):
        found = judge(facts(), earlier, RECIPE, totals=totals(faces=1))
        assert judged("fewer_faces", found)["verdict"] == "not judged"
    assert judged("unreadable", judge(facts(), None, RECIPE))["verdict"] == "not judged"
