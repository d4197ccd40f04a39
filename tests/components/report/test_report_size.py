"""The page stays below its limit at any number of faces, and says what it leaves out."""

import re
from dataclasses import replace

import cv2
import numpy as np
import pytest

from components.report.charts.charts import linear_ticks, log_ticks, thinned
from components.report.charts.colours import cluster_colours
from components.report.data import GroupedFaces, ReportData
from components.report.groups import build_groups, evenly, sample_for_thumbnails
from components.report.render import LIMIT_BYTES, render_report
from components.words.text import compact, decimal, printable, shortened


def many_faces(n: int, clusters: int) -> ReportData:
    """n faces; their pictures are 300 different ones of noise, which compress worse than faces do."""
    noise = np.random.default_rng(0)
    pictures = noise.integers(0, 255, (300, 24, 24, 3)).astype(np.uint8)
    chips = [cv2.imencode(".jpg", cv2.resize(p, (192, 192)))[1].tobytes() for p in pictures]
    return ReportData(
        recipe={"name": "face-cae"},
        created="2025-01-01",
        faces=GroupedFaces(
            chips=[chips[i % 300] for i in range(n)],
            image_paths=[f"album {i % 97}/a rather long folder name/IMG_{i:06}.jpg" for i in range(n)],
            labels=[None] * n,
            split=["train"] * n,
            cluster=noise.zipf(1.6, n) % clusters,
            probability=noise.random(n),
            unknown=noise.random(n) > 0.99,
        ),
        projection=noise.normal(size=(n, 2)),
        projection_index=np.arange(n),
        files=[{"path": f"x{i}.jpg", "status": "rejected", "reason": "empty file"} for i in range(n)],
        ingest={"files": n, "with_faces": n, "faces": n},
        history=[{"epoch": e, "loss": 1 / e, "val_loss": 1.1 / e} for e in range(1, 5000)],
    )


def test_twenty_thousand_faces_fit(tmp_path):
    path = render_report(many_faces(20_000, 60), tmp_path / "large.html")
    assert 3_000_000 < path.stat().st_size < LIMIT_BYTES
    text = path.read_text("utf-8")
    pictured = int(re.search(r"([\d,]+) of 20,000 faces have a picture here", text).group(1).replace(",", ""))
    assert pictured > 2000
    assert "8,000 of 20,000 faces are on the map" in text
    assert "19,500 more files are left out" in text
    assert {f.name for f in tmp_path.iterdir()} == {"large.html", "figures"}


def test_thousands_of_groups_are_bounded(tmp_path):
    data = many_faces(3000, 10)
    data = replace(data, faces=replace(data.faces, cluster=np.arange(3000)))
    path = render_report(data, tmp_path / "groups.html")
    assert path.stat().st_size < LIMIT_BYTES
    assert "2,760 smaller groups are left out here" in path.read_text("utf-8")


@pytest.mark.parametrize("limit", [1_200_000, 600_000])
def test_a_small_limit_is_kept(run, tmp_path, limit):
    path = render_report(run, tmp_path / "small.html", limit_bytes=limit)
    assert path.stat().st_size < limit


def test_a_limit_that_cannot_be_kept_is_refused_and_nothing_is_written(run, tmp_path):
    with pytest.raises(ValueError, match="does not fit"):
        render_report(run, tmp_path / "tiny.html", limit_bytes=20_000)
    assert list(tmp_path.iterdir()) == []


def test_samples_are_fair(run):
    groups = build_groups(run)
    chosen = sample_for_thumbnails(groups, np.array([399, 7]), 340)
    assert len(chosen) == len(set(chosen.tolist())) <= 340
    assert {399, 7} <= set(chosen.tolist())
    for group in groups:
        assert np.isin(group.members[:8], chosen).all()
    assert sample_for_thumbnails(groups, np.zeros(0, int), 400).tolist() == list(range(400))
    assert len(sample_for_thumbnails(groups, np.arange(50), 20)) == 20
    assert evenly(np.arange(10), 3).tolist()[::2] == [0, 9]


def test_same_run_same_bytes(run, report, tmp_path):
    assert render_report(run, tmp_path / "again.html").read_bytes() == report.read_bytes()


def test_colours_differ_and_stand_out():
    pairs = cluster_colours(60)
    for side, page in ((0, "#ffffff"), (1, "#181c21")):
        colours = [pair[side] for pair in pairs]
        assert len(set(colours)) == 60
        assert min(contrast(colour, page) for colour in colours) > 2.2


def contrast(first: str, second: str) -> float:
    """WCAG 2 contrast ratio."""

    def luminance(colour):
        channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_ticks_and_texts():
    assert linear_ticks(0, 1) == [0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert linear_ticks(-3, 61, 6) == [0, 20, 40, 60]
    assert log_ticks(0.004, 0.11) == pytest.approx([0.005, 0.01, 0.02, 0.05, 0.1])
    assert log_ticks(1e-6, 1) == pytest.approx([1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1])
    assert thinned(range(10_000), 3) == [0, 5000, 9999]
    assert (compact(-12_500), compact(0.002), compact(2.5e6)) == ("−12.5k", "0.002", "2.5M")
    assert (decimal(1.5e-15, 2), decimal(-1.5e-15), decimal(-2e-5)) == ("0.00", "0.000", "−2e−05")
    assert (decimal(0.00004), decimal(None), decimal(float("inf"))) == ("4e−05", "–", "–")
    assert shortened("a" * 100 + "/last.jpg", 30).endswith("a/last.jpg")
    assert len(shortened("a" * 1000)) == 160
    assert printable("tab\there") == "tab\\there"
