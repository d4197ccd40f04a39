"""The CSV files beside the page hold what was drawn, and the projector's folder what its reader expects."""

import csv
import json
import math
from dataclasses import replace

import cv2
import numpy as np
import pytest
from report_runs import facts_of
from test_report_page import EVIL, empty_run, rendered

from components.assemble.model_card import model_card
from components.report.groups import build_groups
from components.report.render import render_report
from components.report.tables import figure_files, projector
from components.report.tables.figure_files import Table, capped, cell, write_figures
from components.report.tables.figure_tables import figure_tables

NAMES = """intake training criteria elbow bic_over_seeds told_apart
told_apart_pairs space space_components map group_sizes group_tree
confidence quality confusions intervals spread_over_seeds roc roc_of_pairs true_accepts rounds reference_embeddings slices
slices_of_pairs two_sets_points_pca two_sets_mixtures_pca two_sets_log_probability_pca two_sets_points_tsne
two_sets_mixtures_tsne two_sets_log_probability_tsne two_sets_criteria two_sets_divergence rules""".split()


@pytest.fixture(scope="module")
def tables(run):
    return figure_tables(run, build_groups(run))


def read(path) -> list[list[str]]:
    with open(path, newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream))


def test_every_figure_has_a_file_with_units_in_its_head(report, tables):
    assert list(tables) == NAMES
    folder = report.parent / figure_files.FOLDER
    assert {path.stem for path in folder.iterdir()} == set(NAMES)
    for name, table in tables.items():
        rows = read(folder / f"{name}.csv")
        assert rows[0] == list(table.head)
        assert len(rows) == len(table.rows) + 1
        assert {len(row) for row in rows} == {len(table.head)}, name
        assert any("(" in head for head in table.head), name


def test_the_numbers_are_those_of_the_run(report, run):
    folder = report.parent / figure_files.FOLDER
    head, *rows = read(folder / "criteria.csv")
    chosen = [row for row in rows if row[head.index("chosen (0 or 1)")] == "1"]
    best = run.selection["candidates"][run.selection["chosen"]]
    assert len(chosen) == 1
    assert float(chosen[0][head.index("bic (nats x 2)")]) == best["bic"]
    assert sum(bool(row[-1]) for row in rows) == sum(bool(c["dropped"]) for c in run.selection["candidates"])
    sizes = read(folder / "group_sizes.csv")[1:]
    assert sum(int(row[1]) for row in sizes) == len(run.faces)
    points = read(folder / "space.csv")[1:]
    assert np.allclose([float(row[1]) for row in points], run.points[:, 0])
    roc = read(folder / "roc_of_pairs.csv")[1:]
    assert all(float(low) <= float(tpr) <= float(high) for _, tpr, low, high in roc)
    merges = read(folder / "group_tree.csv")[1:]
    heights = [float(row[3]) for row in merges]
    assert heights == sorted(heights)


def test_an_empty_run_writes_no_figures_and_no_projector(tmp_path):
    path = render_report(empty_run(), tmp_path / "report.html")
    assert list((tmp_path / "figures").iterdir()) == []
    assert not (tmp_path / "projector").exists()
    assert "Figures and points as files" not in path.read_text("utf-8")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, ""),
        (float("nan"), ""),
        (float("inf"), ""),
        (True, 1),
        (np.float64(0.5), 0.5),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("-1", "'-1"),
        (b"caf\xe9", "caf\\xe9"),
        ("a\tb", "a\\tb"),
    ],
)
def test_cells_hold_numbers_or_harmless_text(value, written):
    assert cell(value) == written


def test_names_with_commas_and_quotes_come_back(tmp_path):
    rows = [('say "a, b"', 1.5), (EVIL, None)]
    (path,) = write_figures({"x": Table("x", ["name", "size (px)"], rows)}, tmp_path)
    found = read(path)
    assert found[1] == ['say "a, b"', "1.5"]
    assert found[2][0].startswith("<script>")
    assert found[2][1] == ""


def test_large_runs_are_capped_and_say_so():
    kept, note = capped(25_000)
    assert len(kept) == 10_000
    assert (kept[0], kept[-1]) == (0, 24_999)
    assert note == "10,000 of 25,000 points, evenly spread"
    assert capped(3)[1] == ""


def test_the_projector_has_a_line_and_a_picture_for_each_face(report, run):
    folder = report.parent / projector.FOLDER
    tensors = np.loadtxt(folder / "tensors.tsv", delimiter="\t")
    assert np.allclose(tensors, run.points, atol=1e-4)
    lines = (folder / "metadata.tsv").read_text("utf-8").splitlines()
    assert lines[0].split("\t") == ["group", "probability", "unknown", "split", "label", "file"]
    assert len(lines) == len(run.faces) + 1
    assert {len(line.split("\t")) for line in lines} == {6}
    config = (folder / "projector_config.pbtxt").read_text("utf-8")
    columns = math.ceil(math.sqrt(len(run.faces)))
    picture = cv2.imread(str(folder / "sprite.png"))
    assert picture.shape == (columns * 64, columns * 64, 3)
    assert config.count("single_image_dim: 64") == 2
    assert f"tensor_shape: {len(run.faces)}\n  tensor_shape: {run.points.shape[1]}" in config


def test_no_spreadsheet_takes_a_name_in_the_projectors_lines_for_a_formula(run, tmp_path):
    faces = replace(run.faces, labels=["=1+1"] * len(run.faces), image_paths=["@SUM(A1)"] * len(run.faces))
    projector.write_projector(replace(run, faces=faces), tmp_path)
    lines = (tmp_path / "metadata.tsv").read_text("utf-8").splitlines()[1:]
    assert lines
    assert all(line.split("\t")[-2:] == ["'=1+1", "'@SUM(A1)"] for line in lines)


def test_names_cannot_break_the_projectors_lines(run, tmp_path):
    n = len(run.faces)
    faces = replace(run.faces, image_paths=["a\tb\nc"] * n, labels=['"q"'] * n)
    projector.write_projector(replace(run, faces=faces), tmp_path)
    lines = (tmp_path / "metadata.tsv").read_text("utf-8").splitlines()
    assert len(lines) == n + 1
    assert lines[1].split("\t")[4:] == ['"q"', "a\\tb\\nc"]


def test_nothing_to_project_is_refused(tmp_path):
    with pytest.raises(ValueError, match="nothing to project"):
        projector.write_projector(empty_run(), tmp_path)


def test_the_card_tells_what_the_model_is_for_and_keeps_health_as_it_is(run):
    recipe = {"name": "x", "images": "/a/b/photos", "split_by": "photo", "latent_dim": 8}
    card = model_card(recipe, run.ingest, facts_of(run))
    assert card["health"] == run.evidence["health"]
    assert json.loads(json.dumps(card["health"])) == card["health"]
    assert card["settings"] == {"images": "photos", "split_by": "photo", "latent_dim": 8}
    assert card["data"]["faces"] == len(run.faces)
    assert card["choice"]["n_clusters"] == 38
    assert card["slices"]["glasses"]["groups"]["yes"]["n_identities"] == 27
    assert "cluster_sizes" not in card["metrics"]["eval"]
    law = " ".join(card["law"])
    assert "GDPR" in law
    assert "BIPA" in law
    limits = " ".join(card["limits"])
    assert limits.startswith("An unsupervised autoencoder groups by look")
    assert "these reference embeddings are as good or better: pixels" in limits
    assert "in the train split too" in limits
    assert "was not measured" not in limits


def test_the_card_of_a_run_without_labels_says_so(run):
    facts = facts_of(run) | {"servable": False, "metrics": {"all": {"silhouette": 0.1}}}
    for name in ("slices", "pairs", "reference_embeddings", "intervals"):
        facts.pop(name)
    card = model_card({"name": "x", "subject": "drawing"}, {}, facts)
    limits = " ".join(card["limits"])
    assert "never held against classes" in limits
    assert "cannot be served" in limits
    assert "was not measured" in limits
    assert card["law"] == []
    assert card["pairs"] is None


@pytest.mark.parametrize("model", ["people_face", "hd_lbp"])
def test_a_model_of_faces_is_not_told_to_group_by_look(run, tmp_path, model):
    card = model_card({**run.recipe, "model": model}, run.ingest, facts_of(run))
    assert card["limits"][0].startswith("Faces are grouped by who is alike to the model")
    settings = {**run.settings, "model": model}
    page = rendered(replace(run, settings=settings, card=card), tmp_path)
    assert "autoencoder groups by look" not in page
    assert card["limits"][0] in page
