"""The report's section on occlusion, and the page that has it alone."""

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from components.occlude.conditions import Faces
from components.occlude.effects import Answers
from components.occlude.families import Window
from components.occlude.pictures import colour_of, coloured, pictured
from components.occlude.study import Plan, facts_of, study_faces
from components.report.charts.parallel import BOTTOM, HEIGHT, parallel_axes, spread
from components.report.occlusion_page import render_occlusion
from components.report.render import render_report
from components.report.sections.occlusion import occlusion
from components.segment.regions import region
from tests.face_points import POINTS, SIDE, noise_chips


def of_the_mouth(chips):
    seen = chips[:, region("mouth", POINTS, (SIDE, SIDE))].astype(np.float32)
    return Answers(seen.reshape(len(chips), -1)[:, ::37], seen.mean(axis=1).argmax(axis=1))


@pytest.fixture(scope="module")
def study():
    """Facts and arrays of a model that reads only the mouth."""
    chips = noise_chips(6)
    faces = Faces(chips, np.repeat(POINTS[None], 6, 0), np.arange(6), [""] * 6)
    facts = facts_of(study_faces(faces, of_the_mouth, Plan(draws=1), Window(0, 0, SIDE, SIDE)))
    about = {"n_faces": 6, "n_people": 6, "left_out": {"no face": 2}, "seconds": 90.0}
    return {"faces": facts | about, "pairs": None}, pictured(faces)


def test_the_section_names_what_counts(study):
    told = occlusion(*study)
    likeness, _ = sorted(told["scores"], key=lambda one: "likeness" not in one["title"])
    assert [one["kind"] for one in likeness["lists"]] == ["strips", "contours"]
    assert likeness["lists"][0]["tracks"].rows[0].name == "mouth"
    assert "mouth before nose" in likeness["lists"][0]["ranked"]
    assert told["about"] == ["6 faces of 6 people, 1.5 minutes; left out: 2 with no face"]
    assert {one["kind"] for one in told["parallel"] if one["chart"]} == {"strips", "contours"}
    assert len(told["sheets"]) == 12
    assert sum(sheet["columns"] for sheet in told["sheets"]) == 66


def test_a_report_has_it_where_the_run_asked(run, study, tmp_path):
    facts, arrays = study
    asked = replace(run, evidence={**run.evidence, "occlusion": facts}, occlusion=arrays)
    page = render_report(asked, tmp_path / "asked" / "report.html").read_text()
    assert 'href="#occlusion"' in page
    assert "figures/occlusion.csv" in page
    assert (
        len((tmp_path / "asked" / "figures" / "occlusion.csv").read_text().splitlines()) == 1 + 66 + 10 + 36
    )
    plain = render_report(run, tmp_path / "plain" / "report.html").read_text()
    assert 'id="occlusion"' not in plain


def test_a_study_without_faces_says_why(run, tmp_path):
    undefined = {"undefined": "0 of 8 faces have 68 points; at least 2 are needed"}
    page = render_report(
        replace(run, evidence={**run.evidence, "occlusion": undefined}), tmp_path / "report.html"
    ).read_text()
    assert "Nothing was hidden: 0 of 8 faces have 68 points" in page


def test_the_page_alone_loads_nothing(study, tmp_path):
    facts, arrays = study
    result = {"model": "mouth <7>", "landmarks": "dlib68", **facts}
    page = render_occlusion(result, arrays, tmp_path / "page.html", "2026-11-30T10:00:00Z").read_text()
    assert "What mouth &lt;7&gt; looks at" in page
    assert not re.search(r"""(src|href)=["'](?!data:|#)""", page)
    assert "One region alone" in page


def test_the_mean_face_is_coloured_where_something_is_hidden(study):
    _, arrays = study
    window = Window(0, 0, SIDE, SIDE)
    mask = "region_blackout_contour.mouth"
    bare, red = coloured(arrays, window, {}, 1.0), coloured(arrays, window, {mask: 1.0}, 1.0)
    changed = (bare != red).any(axis=2)
    assert (changed == region("mouth", POINTS, (SIDE, SIDE))).all()
    assert (bare[..., 0] == bare[..., 2]).all()


def test_colours_go_from_pale_to_dark_and_tell_a_loss_from_a_gain():
    losses = [colour_of(value, 1.0) for value in np.linspace(0, 1, 9)]
    assert all(sum(a) > sum(b) for a, b in pairwise(losses))
    assert colour_of(2.0, 1.0) == colour_of(1.0, 1.0)
    red, blue = colour_of(0.5, 1.0), colour_of(-0.5, 1.0)
    assert red[0] > red[2]
    assert blue[2] > blue[0]
    assert colour_of(0.0, 0.0) == losses[0]


def test_parallel_axes_draw_each_thing_once():
    chart = str(parallel_axes(["a", "b", "c"], {"nose": [0, 1, -1], "<mouth>": [1, 0.5, 0]}, "t"))
    assert chart.count('class="stroke"') == 2
    assert chart.count("<circle") == 6
    assert "&lt;mouth&gt;" in chart
    with pytest.raises(ValueError, match="two or more axes"):
        parallel_axes(["a"], {"nose": [1]}, "t")
    with pytest.raises(ValueError, match="a value on each"):
        parallel_axes(["a", "b"], {"nose": [1]}, "t")


def test_labels_do_not_lie_on_one_another():
    foot = HEIGHT - BOTTOM
    for heights in ([50, 50, 50], [foot, foot - 1, foot, 40], [30, 200]):
        placed = spread(heights)
        order = sorted(range(len(heights)), key=lambda i: heights[i])
        assert all(placed[b] - placed[a] >= 15 - 1e-9 for a, b in pairwise(order))
        assert max(placed) <= foot
    assert spread([30, 200]) == [30, 200]
