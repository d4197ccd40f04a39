"""Sweeps: the grid that words stand for, the table, the page, and one whole sweep of reference embeddings."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from components.report.charts.dots import DotRow, dot_plot
from components.report.sweep import render_sweep
from pipeline import cli
from pipeline.commands.variants import lines_of, variants_of, write_csv
from tests.pipeline.sample_people import copy_people


def names(*items):
    return [variant.name for variant in variants_of(items, lambda recipe: recipe)]


def test_values_multiply_and_recipes_line_up():
    assert names("face-cae", "latent_dim=64,128") == ["face-cae latent_dim=64", "face-cae latent_dim=128"]
    assert names("face-cae", "face-vae", "epochs=1,2") == [
        "face-cae epochs=1",
        "face-cae epochs=2",
        "face-vae epochs=1",
        "face-vae epochs=2",
    ]
    assert names("face-pca,latent_dim=32,seed=1", "face-pixels") == [
        "face-pca latent_dim=32 seed=1",
        "face-pixels",
    ]
    (variant,) = variants_of(["face-pca,latent_dim=32"], lambda recipe: recipe.changed({"seed": 7}))
    assert (variant.recipe.network.latent_dim, variant.recipe.training.seed) == (32, 7)


def test_a_setting_is_for_the_recipes_that_take_it():
    assert names("face-pixels", "face-pca", "latent_dim=8,16") == [
        "face-pixels",
        "face-pca latent_dim=8",
        "face-pca latent_dim=16",
    ]
    common = variants_of(["face-pixels", "face-cae"], lambda recipe: recipe, ["max_minutes=3"])
    assert [variant.recipe.settings().get("max_minutes") for variant in common] == [None, 3.0]
    with pytest.raises(ValueError, match="face-pixels takes no setting 'epochs'"):
        variants_of(["face-pixels", "face-pca"], lambda recipe: recipe, ["epochs=3"])


def test_the_same_run_is_not_made_twice():
    assert names("face-cae", "face-cae,latent_dim=128", "epochs=2,2") == ["face-cae epochs=2"]


@pytest.mark.parametrize(
    ("items", "message"),
    [
        (["latent_dim=64,128"], "No recipe to sweep"),
        (["face-cea"], "Unknown recipe 'face-cea'"),
        (["face-cae", "latent=64"], "takes no setting 'latent'. Did you mean latent_dim"),
        (["face-cae", "latent_dim=64,many"], "Expected a whole number"),
        (["face-cae,latent=64"], "takes no setting 'latent'"),
    ],
)
def test_wrong_words_are_one_line(items, message, capsys):
    with pytest.raises(ValueError, match=message):
        variants_of(items, lambda recipe: recipe)
    assert cli.main(["sweep", *items]) == cli.WRONG_ARGUMENTS
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_missing_pairs_file_is_refused_before_any_run(capsys):
    assert cli.main(["sweep", "face-pixels", "--pairs", "/no/pairs.txt"]) == cli.WRONG_ARGUMENTS
    assert "--pairs /no/pairs.txt is no file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--pairs", "others.csv"], "has no pair of two photos that are there; it begins with 'no/1'"),
        (["--pairs", "wrong.csv"], "wrong.csv, line 1, is no list of pairs"),
        (["--pairs", "binary.csv"], "--pairs binary.csv can't be read"),
        (["--min-images", "0"], "--min-images 0 is wrong"),
    ],
)
def test_options_that_no_sweep_can_use_are_wrong_arguments(options, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("others.csv").write_text("first,second,same\nno/1.jpg,no/2.jpg,1\n")
    Path("wrong.csv").write_text("x,y\n")
    Path("binary.csv").write_bytes(b"first,second,same\n\xff")
    assert cli.main(["sweep", "face-pixels", "--root", "r", *options]) == cli.WRONG_ARGUMENTS
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
    assert not Path("r").exists()


def rows():
    figures = {"n_faces": 20, "n_people": 2, "n_clusters": 3, "pairwise_f": 0.5, "bcubed_f": 0.25, "auc": 0.9}
    figures |= {"accuracy": 0.8, "pairs": 4, "missing": 1}
    good = {
        "name": "face-<b>cae", "dimension": 128, "reconstruction_mse": 0.0125, "ssim": None, "fit_seconds": 61.4,
        "faces_per_second": 99.6, "megabytes": 4.4, "plain": figures, "whitened": figures | {"auc": 0.95},
    }  # fmt: skip
    return [good, {"name": "face-x", "error": "ValueError: no", "log": "log.txt"}]


def test_the_text_table_has_two_lines_a_variant_and_the_failures():
    head, plain, whitened, failed = lines_of(rows())
    assert head.split()[:3] == ["latents", "MSE", "SSIM"]
    assert plain.split() == [
        "face-<b>cae",
        "plain",
        "0.0125",
        "–",
        "0.900",
        "0.800",
        "0.500",
        "0.250",
        "3",
        "61",
        "100",
        "4",
    ]
    assert "0.950" in whitened
    assert failed == "face-x: failed: ValueError: no (log log.txt)"


def test_the_csv_is_not_rounded(tmp_path):
    write_csv(rows(), tmp_path / "t.csv")
    with open(tmp_path / "t.csv", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["latents"] for line in lines] == ["plain", "whitened"]
    assert lines[0]["fit_seconds"] == "61.4"
    assert lines[0]["ssim"] == ""


def test_the_page_escapes_names_and_shows_all_parts(tmp_path):
    pictures = np.random.default_rng(0).integers(0, 255, (3, 8, 8, 3), np.uint8)
    pairs = {"face-<b>cae": {"originals": pictures, "reconstructed": pictures}}
    page = render_sweep(rows(), pairs, tmp_path / "p.html", "face-cae", "2025-01-01T00:00:00").read_text()
    assert "face-<b>" not in page
    assert "face-&lt;b&gt;cae" in page
    assert "face-x failed: ValueError: no" in page
    assert page.count('<img src="data:image/jpeg') == 2
    assert "1 pair more had a photo without a face. Grouping" in " ".join(page.split())
    assert '<td class="best">0.950</td>' in page


def test_a_dot_plot_leaves_out_what_is_unknown():
    drawn = dot_plot([DotRow("a", [0.1, None]), DotRow("b" * 60, [0.3, 0.2])], "AUC")
    assert drawn.count("<circle") == 3
    assert "b" * 60 not in drawn.replace("<title>" + "b" * 60, "")
    assert dot_plot([DotRow("a", [None])], "AUC") == ""
    assert dot_plot([DotRow("a", [0.5])], "AUC").count("<circle") == 1


PEOPLE, PHOTOS = 12, 6  # of each


def test_a_whole_sweep(tmp_path, capfd):
    photos = copy_people(tmp_path / "photos", PEOPLE, PHOTOS)
    pairs = tmp_path / "pairs.csv"
    lines = [
        f"s{i}/{k}.pgm,s{i}/{k + 1}.pgm,1\ns{i}/{k}.pgm,s{i % PEOPLE + 1}/{k}.pgm,0"
        for i in range(1, PEOPLE + 1)
        for k in range(1, PHOTOS)
    ]
    pairs.write_text("first,second,same\n" + "\n".join(lines) + "\ns1/1.pgm,s1/none.pgm,1\n")
    recipes = ["face-pixels", "face-pca", "face-simclr,epochs=1,base_filters=4"]
    arguments = ["sweep", *recipes, "latent_dim=16", "--root", str(tmp_path / "r"), "--json"]
    common = ["--set", "detector=none", "--set", f"n_clusters={PEOPLE}", "--set", "dtype=float32"]
    common += ["--set", "reference_embeddings=false", "--set", "clusterers=kmeans"]
    common += ["--images", str(photos), "--min-images", str(PHOTOS)]
    common += ["--pairs", str(pairs)]
    assert cli.main([*arguments, *common]) == cli.DONE
    captured = capfd.readouterr()
    told = captured.err.index(f"1 of {2 * len(lines) + 1} pairs are not compared")
    assert told < captured.err.index("1 of 3: face-pixels")
    result = json.loads(captured.out.strip().splitlines()[-1])
    pixels, pca, simclr = result["variants"]
    assert captured.err.count("FaceExampleGen: unchanged, reused") == 2
    assert pixels["reconstruction_mse"] == 0.0
    assert 0 < pca["reconstruction_mse"] < 0.02  # of values from 0 to 1, which vary by 0.04
    assert simclr["epochs"] == 1
    assert simclr["reconstruction_mse"] is None
    assert simclr["plain"]["auc"] > 0.5
    assert all(0.1 < row["megabytes"] < 20 for row in result["variants"])
    # Chance is 0.5. Pixels whitened on as many axes as there are faces would be equally far from each other.
    assert min(pixels["plain"]["auc"], pca["plain"]["auc"], pca["whitened"]["auc"]) > 0.6
    for row in (pixels, pca):
        for latents in ("plain", "whitened"):
            assert row[latents]["pairs"] == 2 * PEOPLE * (PHOTOS - 1)
            assert row[latents]["n_people"] == PEOPLE
            assert 0.1 < row[latents]["pairwise_f"] < 1
    assert Path(result["page"]).stat().st_size > 10_000
    assert not (tmp_path / "r" / "serving").exists()  # a sweep serves nothing from the root
