"""The recipe of taught digits, whole: blessed, pushed, and assigned again as it was."""

import json
from importlib.util import find_spec

import numpy as np
import pytest

from components.faces import read_faces
from components.ingest.pictures.digits import list_digits
from components.ingest.pictures.made import picture
from pipeline import cli
from pipeline.commands.assignment import assign
from pipeline.dag.layout import Layout

pytestmark = pytest.mark.skipif(find_spec("umap") is None, reason="the extra umap is not installed")
N = 300
SMALL = ("steps=60", "passes=1", "n_views=2", "rounds=2", "n_filters=8")


@pytest.fixture(scope="module")
def digits():
    """100 each of 0, 1 and 6, uint8 (N, 28, 28), and their names."""
    photos = [photo for start in (0, 500, 3000) for photo in list_digits()[start : start + N // 3]]
    return np.stack([picture(photo) for photo in photos]), np.array([photo.label for photo in photos])


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("best") / "root"


@pytest.fixture(scope="module")
def result(root, digits, tmp_path_factory):
    x, y = digits
    file = tmp_path_factory.mktemp("arrays") / "some.npz"
    np.savez(file, x=x, y=y)
    settings = [word for value in (*SMALL, "n_groups=3") for word in ("--set", value)]
    assert cli.main(["run", "digits-best", "--images", str(file), "--root", str(root), *settings]) == cli.DONE
    (written,) = Layout(root).runs.glob("*/result.json")
    return json.loads(written.read_text())


def test_the_network_tells_the_groups_and_is_pushed(result):
    assert result["blessed"], result["reasons"]
    assert result["pushed_model"]
    assert result["chosen"] == {"clusterer": "softmax", "n_clusters": 3}
    assert result["metrics"]["accuracy"] > 0.9  # 1 in 3 by chance


def test_nothing_is_said_of_how_stable_groups_are_that_are_only_read(result, root):
    (file,) = Layout(root).artifacts.glob("ClusterEvaluator/evaluation/*/evaluation.json")
    facts = json.loads(file.read_text())
    assert facts["health"]["stability"] is None
    assert facts["seeds"] == {}


def test_assign_gives_the_fitted_digits_the_runs_groups(result, root, digits, tmp_path):
    np.savez(tmp_path / "again.npz", x=digits[0])
    told = assign(result["pushed_model"], [str(tmp_path / "again.npz")], None)
    (arrays,) = Layout(root).artifacts.glob("ClusterEvaluator/evaluation/*/arrays.npz")
    clusters = np.load(arrays)["cluster"].tolist()
    again = {face["path"].partition(":")[2]: face["cluster"] for face in told["faces"]}
    rows = [path.partition(":")[2] for path in read_faces(result["artifacts"]["examples"]).image_paths]
    assert np.mean([again[row] == cluster for row, cluster in zip(rows, clusters, strict=True)]) >= 0.97
    assert told["photos"] == {"given": N, "faces": N, "no_face": 0, "rejected": 0}
