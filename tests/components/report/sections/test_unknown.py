"""Unknown faces are shown with the people that they are most like, and thousands of them stay few."""

import re
from dataclasses import replace

import numpy as np
import pytest

from components.report.groups import build_groups
from components.report.nearest_people import NEAREST, nearest_people
from components.report.render import render_report
from components.report.sections.unknown import LEAST, MOST, unknown_faces
from components.report.tables.figure_tables import figure_tables
from models.clustering.rules.exemplars import exemplars_of
from models.clustering.rules.nearest_mean import averages_of
from models.clustering.rules.people import people_of


def turned(degrees):
    """Rows of length 1 in a plane."""
    angle = np.radians(np.asarray(degrees, float))
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)


PEOPLE = turned([0, 0, 40, 40, 100, 100, 200, 200])
CLUSTERS = np.repeat(np.arange(4), 2)
RULES = {
    "people": people_of(PEOPLE, CLUSTERS, 0.05, 0.06, 5, 0.01),
    "averages": averages_of(PEOPLE, CLUSTERS, np.zeros(2), 0.05),
}


@pytest.mark.parametrize("name", RULES)
def test_the_nearest_groups_of_each_unknown_face_come_first_and_so_does_the_face_most_like_one(name):
    points = np.concatenate([PEOPLE, turned([140, 25, 60])])
    found = nearest_people(RULES[name], points, np.r_[CLUSTERS, -1, -1, -1])
    assert found.faces.tolist() == [9, 10, 8]  # 15, 20 and 40 degrees from the nearest
    assert found.people.tolist() == [[1, 0, 2], [1, 2, 0], [2, 3, 1]]
    away = np.cos(np.radians([[15, 25, 75], [20, 40, 60], [40, 60, 100]]))
    np.testing.assert_allclose(found.likeness, away, atol=1e-12)
    assert found.needed == pytest.approx(0.95)


def test_a_group_that_no_face_is_in_is_nobody():
    clusters = np.r_[np.where(CLUSTERS == 1, -1, CLUSTERS), -1]
    found = nearest_people(RULES["people"], np.concatenate([PEOPLE, turned([25])]), clusters)
    assert found.people[found.faces == 8].tolist() == [[0, 2, 3]]


def test_where_nobody_is_unknown_or_known_or_the_rule_tells_no_likeness_there_is_nothing():
    assert nearest_people(RULES["people"], PEOPLE, CLUSTERS) is None
    assert nearest_people(RULES["people"], PEOPLE, np.full(8, -1)) is None
    assert nearest_people(exemplars_of(PEOPLE, CLUSTERS, 0), PEOPLE, np.full(8, -1)) is None
    assert nearest_people(exemplars_of(PEOPLE, CLUSTERS, 0), PEOPLE, np.r_[CLUSTERS[:7], -1]) is None


@pytest.fixture
def with_unknown(run):
    """The finished run with every third face in no group."""
    clusters = run.faces.cluster.copy()
    clusters[::3] = -1
    rule = people_of(run.points, clusters, 0.05, 0.06, 5, 0.01)
    data = replace(run, faces=replace(run.faces, cluster=clusters))
    return replace(data, nearest=nearest_people(rule, run.points, clusters))


def test_the_page_shows_the_most_and_the_least_alike_and_counts_the_others(with_unknown, tmp_path):
    total = int((with_unknown.faces.cluster < 0).sum())
    groups = build_groups(with_unknown)
    shown = unknown_faces(with_unknown, groups)
    assert (len(shown.rows), len(shown.strangers), shown.total) == (MOST, LEAST, total)
    assert not {row["face"] for row in shown.rows} & set(shown.strangers)
    assert {len(row["people"]) for row in shown.rows} == {NEAREST}
    for row in shown.rows:
        for one in row["people"]:
            assert with_unknown.faces.cluster[one["face"]] == one["group"].cluster
    text = render_report(with_unknown, tmp_path / "report.html").read_text("utf-8")
    section = re.search(r'<section id="unknown">(.*?)</section>', text, re.S).group(1)
    assert f"{total} faces are in no group" in section
    assert "From a likeness of about 0.950 on" in section
    assert section.count("<li>") == MOST
    assert section.count('href="#group-') == MOST * NEAREST
    assert f"{total - MOST - LEAST} more unknown faces are left out here." in section
    first = shown.rows[0]["people"][0]
    assert f"<bdi>{first['name']}</bdi><small>{first['likeness']}</small>" in section
    assert 'href="#unknown">Unknown</a>' in text


def test_thousands_of_unknown_faces_take_no_more_room(with_unknown):
    found = with_unknown.nearest
    many = replace(
        found,
        **{name: np.repeat(getattr(found, name), 60, axis=0) for name in ("faces", "people", "likeness")},
    )
    shown = unknown_faces(replace(with_unknown, nearest=many), build_groups(with_unknown))
    assert shown.total > 5000
    assert len(shown.rows) + len(shown.strangers) == MOST + LEAST
    assert len(shown.faces) <= MOST * (1 + NEAREST) + LEAST


def test_all_of_them_are_in_the_file_beside_the_page(with_unknown):
    table = figure_tables(with_unknown, build_groups(with_unknown))["unknown"]
    assert table.head[:3] == ["face (index)", "group 1 (number)", "likeness 1 (0 to 1)"]
    assert len(table.rows) == with_unknown.nearest.faces.size
    assert table.rows[0][0] == with_unknown.nearest.faces[0]
    assert table.rows[0][1:3] == [with_unknown.nearest.people[0, 0], with_unknown.nearest.likeness[0, 0]]


def test_a_run_without_unknown_faces_has_no_such_section(run, tmp_path):
    text = render_report(run, tmp_path / "report.html").read_text("utf-8")
    assert 'id="unknown"' not in text
    assert "#unknown" not in text
