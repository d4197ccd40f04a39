"""The plan for very many photos: what grows how, and what it adds up to."""

import math

import pytest

from benchmarks.scale_plan import ASSUMED, exponent, plan, shown, table

RATES = {
    "ingest_seconds_a_photo": 0.072,
    "faces_a_photo": 1.0,
    "bytes_a_photo": 1e5,
    "bytes_an_example": 1e4,
    "embed_seconds_a_face": 0.036,
    "bytes_a_row": 600.0,
    "fit_seconds_a_face": 0.01,
    "chinese_whispers": [[1000, 1.0], [2000, 3.0], [4000, 9.0]],
    "average_linkage": [[1000, 1.0], [2000, 4.0], [4000, 16.0]],
}


def test_the_exponent_is_that_of_the_points():
    factor, slope = exponent([(10, 5.0), (100, 500.0), (1000, 50_000.0)])
    assert slope == pytest.approx(2)
    assert factor == pytest.approx(0.05)


def test_finding_and_embedding_grow_with_the_photos_and_fitting_with_the_sample_only():
    small, large = (plan(n, RATES, ASSUMED) for n in (10**6, 10**8))
    for step in ("find faces", "embed and assign"):
        assert large["steps"][step][0] == pytest.approx(100 * small["steps"][step][0])
    assert small["steps"]["find faces"][1] == pytest.approx(20)  # 10^6 photos of 0.072 s in core hours
    assert large["steps"]["fit on the sample"] == small["steps"]["fit on the sample"]
    assert small["stored_gb"] == pytest.approx(110.6)


def test_one_tree_of_all_faces_ends_where_the_memory_is_full():
    most = math.sqrt(ASSUMED["memory_gb"] * 1e9 / 4)
    assert math.isfinite(plan(0.99 * most, RATES, ASSUMED)["linkage_hours"])
    assert plan(1.01 * most, RATES, ASSUMED)["linkage_hours"] == math.inf


def test_the_table_has_every_step_and_as_many_cells_in_each_line():
    lines = table([plan(n, RATES, ASSUMED) for n in (10**4, 10**6)])
    assert len({line.count("|") for line in lines}) == 1
    assert "find faces" in lines[0]
    assert (shown(12.4), shown(0.1234), shown(12_345.6)) == ("12", "0.12", "12,346")
