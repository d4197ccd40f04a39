"""Whole studies on models whose answers are known: what they read is found, and nothing else."""

import numpy as np
import pytest

from components.evaluate.figures.verification import Scored
from components.occlude.conditions import Condition, Faces
from components.occlude.effects import Answers
from components.occlude.families import CONTOURS, HULL, STRIPS, Window
from components.occlude.intervals import Effect, people_weights, weighted_mean
from components.occlude.pairs import PairsOf
from components.occlude.qlist import LEVEL, RANKED, UNSETTLED, compare
from components.occlude.study import REGIONS, Plan, facts_of, study_faces, study_pairs
from components.occlude.window import reads
from components.occlude.words import span
from components.segment.regions import region
from tests.face_points import POINTS, SIDE, noise_chips

SHAPE = (SIDE, SIDE)
PEOPLE, EACH = 6, 3


def reader(pixels, groups=True):
    """A model that sees the pixels (h, w) bool and nothing else; its groups are by the brightest channel."""

    def ask(chips):
        seen = chips[:, pixels].astype(np.float32)
        blocks = np.array_split(seen, 12, axis=1)
        embedding = np.concatenate([block.mean(axis=1) for block in blocks], axis=1)
        cluster = seen.mean(axis=1).argmax(axis=1).astype(np.int64)
        return Answers(embedding, cluster if groups else None)

    return ask


@pytest.fixture(scope="module")
def faces():
    """Photos of eight people: each a pattern of a person's own with a little noise."""
    drawn = np.random.default_rng(1)
    chips = noise_chips(PEOPLE).repeat(EACH, axis=0).astype(int)
    chips = np.clip(chips + drawn.integers(-25, 26, chips.shape), 1, 255).astype(np.uint8)
    return Faces(
        chips, np.repeat(POINTS[None], len(chips), 0), np.arange(PEOPLE).repeat(EACH), [""] * len(chips)
    )


@pytest.fixture(scope="module")
def mouth():
    return reader(region("mouth", POINTS, SHAPE))


def test_the_window_is_what_is_read(faces):
    box = np.zeros(SHAPE, bool)
    box[40:150, 33:160] = True
    assert reads(reader(box), faces.chips[:3]) == Window(33, 40, 160, 150)
    with pytest.raises(ValueError, match="reads nothing"):
        reads(lambda chips: Answers(np.ones((len(chips), 3), np.float32), None), faces.chips[:3])


def test_a_model_that_reads_only_the_mouth_is_found_out(faces, mouth):
    facts = facts_of(study_faces(faces, mouth, Plan(draws=2), Window(0, 0, SIDE, SIDE)))
    assert {one["score"] for one in facts["qlists"]} == {"similarity", "cluster"}
    for found in facts["qlists"]:
        first, *rest = found["entries"]
        assert first["region"] == "mouth"
        ranked = [one for one in found["comparisons"] if one["above"] == "mouth"]
        if found["score"] == "similarity":
            assert first["fall"]["low"] > 0
            assert all(one["status"] == RANKED for one in ranked)
        touching = {"chin"} if found["kind"] == "contours" else set()  # it shares the lip's outline
        for entry in rest:
            if entry["region"] not in touching:
                assert entry["fall"] == {"value": 0.0, "low": 0.0, "high": 0.0}
            assert abs(entry["fall"]["value"]) < first["fall"]["value"] / 2


def test_pairs_find_it_out_too(faces, mouth):
    rows = [(i, j) for i in range(len(faces)) for j in range(i) if i % EACH < 2 and j % EACH < 2]
    rows = np.array(rows)
    people = faces.people[rows]
    same = people[:, 0] == people[:, 1]
    told = Scored(np.zeros(len(rows)), same, np.arange(len(rows)) % 2, np.arange(len(rows)), people, 0)
    study = study_pairs(
        faces, PairsOf(rows, told), mouth, Plan(REGIONS, ("black",), 1), Window(0, 0, SIDE, SIDE)
    )
    facts = facts_of(study)
    assert facts["whole"]["auc"]["value"] > 0.99
    for found in facts["qlists"]:
        first, *rest = found["entries"]
        assert first["region"] == "mouth"
        assert first["fall"]["value"] > 0.1
        for entry in rest:
            if (found["kind"], entry["region"]) != ("contours", "chin"):
                assert entry["fall"]["value"] == 0
    assert facts["trends"] == {}
    assert facts["hull"]["auc"]["status"] == "face"
    assert facts["hull"]["auc"]["black"]["surroundings hidden"]["value"] == 0


def test_a_model_of_hair_and_background_is_told(faces):
    corner = np.zeros(SHAPE, bool)
    corner[:30] = True
    facts = facts_of(
        study_faces(faces, reader(corner), Plan(HULL, ("black", "mean"), 0), Window(0, 0, SIDE, SIDE))
    )
    assert facts["hull"]["similarity"]["status"] == "surroundings"
    assert facts["qlists"] == []


def test_trends_of_a_model_that_reads_all_alike(faces):
    study = study_faces(faces, reader(np.ones(SHAPE, bool), False), Plan(draws=0), Window(0, 0, SIDE, SIDE))
    found = {trend["name"]: trend for trend in facts_of(study)["trends"]["similarity"]}
    assert found["sevenths, to 4/7"]["low"] > 0
    assert found["strips"]["low"] > 0
    assert "cluster" not in facts_of(study)["trends"]


def test_what_can_not_be_studied_is_said(faces, mouth):
    one = Faces(faces.chips[:1], faces.points[:1], faces.people[:1], faces.names[:1])
    with pytest.raises(ValueError, match="Expected at least 2; received 1"):
        study_faces(one, mouth, Plan())
    same = np.ones(3, bool)
    told = Scored(np.zeros(3), same, np.zeros(3, int), np.arange(3), None, 0)
    with pytest.raises(ValueError, match="some of one person and some of two; received 3 and 0"):
        study_pairs(faces, PairsOf(np.array([(0, 1), (4, 5), (8, 9)]), told), mouth, Plan(REGIONS))
    with pytest.raises(ValueError, match="0 or more random masks"):
        Plan(draws=-1)


def effect(value, spread=0.0):
    return Effect(value, value + spread * np.linspace(-1, 1, 41))


@pytest.mark.parametrize(
    ("black", "blur", "status"),
    [
        ((0.5, 0.3), (0.4, 0.1), RANKED),
        ((0.5, 0.3), (0.1, 0.2), UNSETTLED),
        ((-0.5, 0.3), (0.4, 0.1), RANKED),  # q has no sign
    ],
)
def test_a_rank_counts_where_its_difference_does_and_no_fill_turns_it(black, blur, status):
    effects = {
        Condition(mask, fill): {"auc": effect(value, 0.01)}
        for fill, values in (("black", black), ("blur", blur))
        for mask, value in zip(STRIPS[:2], values, strict=True)
    }
    told = compare(STRIPS[0], STRIPS[1], "auc", effects, ("black", "blur"))
    assert told["status"] == status
    assert told["turned_by"] == (["blur"] if status == UNSETTLED else [])


def test_what_is_within_chance_has_no_rank():
    drawn = np.random.default_rng(0).normal(0, 0.1, (2, 200))
    effects = {
        Condition(mask): {"auc": Effect(value, value + noise)}
        for mask, value, noise in zip(CONTOURS[:2], (0.30, 0.29), drawn, strict=True)
    }
    assert compare(CONTOURS[0], CONTOURS[1], "auc", effects, ("black",))["status"] == LEVEL


def test_an_interval_is_over_people_not_photos():
    values = np.array([0.0] * 50 + [1.0] * 50)
    of_two = weighted_mean(values, people_weights(np.array([0] * 50 + [1] * 50)))
    assert of_two.ends() == (0.0, 1.0)
    low, high = weighted_mean(values, people_weights(np.arange(100))).ends()
    assert 0.3 < low < 0.5 < high < 0.7


def test_an_undefined_effect_has_no_interval():
    assert Effect(np.nan, np.full(5, np.nan)).told() == {"value": None, "low": None, "high": None}
    assert Effect(np.nan, np.full(5, np.nan)).sure == 0


def test_rounding_is_no_effect():
    assert effect(1e-7, 1e-8).sure == 0
    assert effect(1e-5, 1e-8).sure == 1
    assert effect(-1e-5, 1e-8).sure == -1


def test_figures_in_words():
    assert span(effect(0.25, 0.1).told()) == "0.250 (0.155 to 0.345)"
    assert span({"value": -0.0001, "low": None, "high": None}) == "0.000"
    assert span({"value": None, "low": None, "high": None}) == span(None) == "-"
