"""A model is one file and one line: with no more than that it is listed, trained, judged, pushed and asked."""

import json
from pathlib import Path

import numpy as np
import pytest

from models.autoencoders.settings import LatentSettings
from models.catalog import MODELS, Model
from pipeline import cli
from pipeline.dag.layout import Layout
from pipeline.serving.client import InProcess
from tests.pipeline.sample_people import copy_people

SETTINGS = (
    "model=small_model latent_dim=5 epochs=3 detector=none n_clusters=4 clusterers=kmeans reference_embeddings=false "
    "max_reconstruction_mse=1 rules_off=held_out_gain,stability"
).split()


@pytest.fixture
def photos(tmp_path):
    """The 60 faces of six people of the sample."""
    return copy_people(tmp_path / "photos", 6)


def test_one_line_runs_to_a_pushed_model(photos, tmp_path, monkeypatch, capsys):
    line = Model("tests.pipeline.small_model:SmallModel", LatentSettings, image_size=32)
    monkeypatch.setitem(MODELS, "small_model", line)
    settings = [word for one in SETTINGS for word in ("--set", one)]
    root = tmp_path / "root"
    assert cli.main(["run", "face-cae", "--images", str(photos), "--root", str(root), *settings]) == cli.DONE
    (result,) = Layout(root).runs.glob("*/result.json")
    told = json.loads(result.read_text())
    assert told["blessed"]
    chip = next(photos.rglob("*.pgm"))
    import cv2

    picture = cv2.imencode(".png", cv2.resize(cv2.imread(str(chip)), (192, 192)))[1].tobytes()
    answer = InProcess(Path(told["pushed_model"])).predict([picture])
    assert np.asarray(answer["embedding"]).shape == (1, 5)
    assert 0 <= answer["cluster"][0] < 4


def test_its_settings_are_checked_like_any_others(monkeypatch, capsys):
    line = Model("tests.pipeline.small_model:SmallModel", LatentSettings, image_size=32)
    monkeypatch.setitem(MODELS, "small_model", line)
    assert cli.main(["run", "--set", "model=small_model", "--set", "base_filters=4"]) == cli.WRONG_ARGUMENTS
    assert "model=small_model" in capsys.readouterr().err
