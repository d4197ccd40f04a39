"""The recipe of drawings, whole, on made-up ones with a narrow network."""

import json
import re
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
import tensorflow as tf

from components.artifact_files import read_evaluation
from components.infra.replay import problems_of
from components.infra.replay_file import load_replay
from pipeline import cli
from pipeline.commands.run import chosen_recipe
from pipeline.dag.layout import Layout
from pipeline.recipes.assignments import with_settings
from pipeline.recipes.catalog import get_recipe
from tests.bounds import of_sum
from tests.drawings import json_lines

NARROW = "rnn_units=8 latent_dim=6 epochs=2 batch_size=8 n_clusters=3 max_reconstruction_mse=9".split()
NARROW.append("rules_off=stability")  # of groups of so few drawings by two epochs
NARROW.append("dtype=float32")  # by itself training takes bfloat16 where the processor has it


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("sketches") / "root"


@pytest.fixture(scope="module")
def result(root, tmp_path_factory):
    """One run over 60 drawings, one of them twice, and two lines that are none, in one file."""
    file = tmp_path_factory.mktemp("drawings") / "shape.ndjson"
    lines = json_lines(60)
    file.write_bytes(b"\n".join([*lines, lines[4], b"{", b'{"word": "hat"}']))
    settings = [part for setting in NARROW for part in ("--set", setting)]
    assert cli.main(["run", "sketch-rnn", "--images", str(file), "--root", str(root), *settings]) == cli.DONE
    (written,) = Layout(root).runs.glob("*/result.json")
    return json.loads(written.read_text())


def test_every_line_is_accounted_for(result, root):
    counts = {"files": 63, "with_faces": 60, "no_face": 0, "duplicate": 1, "rejected": 2, "faces": 60}
    assert result["ingest"] == {**counts, "unit": "line"}
    (table,) = Layout(root).artifacts.glob("FaceExampleGen/examples/*/ingest.parquet")
    rows = {row["path"]: row for row in pyarrow.parquet.read_table(table).to_pylist()}
    assert list(rows) == sorted(f"shape.ndjson:{i}" for i in range(1, 64))
    assert rows["shape.ndjson:61"]["duplicate_of"] == "shape.ndjson:5"
    assert rows["shape.ndjson:62"]["reason"].startswith("broken_json")
    assert rows["shape.ndjson:63"]["reason"].startswith("no_drawing")


def test_the_words_judge_and_do_not_train(result, root):
    import tensorflow_transform as tft

    (graph,) = Layout(root).artifacts.glob("Transform/transform_graph/*")
    assert set(tft.TFTransformOutput(str(graph)).transformed_feature_spec()) == {"strokes"}
    assert isinstance(result["metrics"]["ari"], float)


def test_the_eval_error_on_the_posts_scale_is_reported_and_recorded(result, root):
    (history,) = Layout(root).artifacts.glob("Trainer/model_run/*/history.json")
    rows = json.loads(history.read_text())
    assert {"val_offset", "val_pen", "val_mse"} <= set(rows[0])
    best = min(rows, key=lambda row: row["val_loss"])
    # Two ways through the network, of 250 steps with at most 200 terms each, and a square.
    assert result["metrics"]["reconstruction_mse"] == pytest.approx(
        best["val_mse"], rel=2 * of_sum(250 * 200)
    )


def test_drawings_are_written_to_tensorboard_above_their_reconstructions(result, root):
    (events,) = Layout(root).training.glob("*/tensorboard/pictures/events*")
    records = tf.data.TFRecordDataset(str(events)).as_numpy_iterator()
    values = [value for record in records for value in tf.compat.v1.Event.FromString(record).summary.value]
    assert [value.tag for value in values] == ["reconstructions"] * 2  # epochs
    picture = tf.io.decode_image(values[-1].tensor.string_val[2]).numpy()
    assert picture.shape == (2 * 192, 8 * 192, 3)
    assert (picture[:192] < 128).any()


def test_how_far_reconstructions_lie_from_drawings_is_told(result):
    facts, _ = read_evaluation(Path(result["artifacts"]["evaluation"]))
    assert 0 < facts["metrics"]["eval"]["lines_apart"] < 255
    page = Path(result["report"]).read_text()
    assert "Lines apart" in page
    assert not re.search(r"(\d|in|of|squared) pixels", page)  # but for the reference embedding of that name


def test_the_report_shows_drawings_beside_their_reconstructions(result, root):
    assert Path(result["report"]).is_file()
    assert "Originals against reconstructions" in Path(result["report"]).read_text()
    (file,) = Layout(root).artifacts.glob("ClusterEvaluator/evaluation/*/arrays.npz")
    with np.load(file) as arrays:
        assert arrays["originals"].shape == arrays["reconstructed"].shape
        assert arrays["originals"].dtype == np.uint8
        assert 8 <= len(arrays["originals"]) <= 12
        for pictures in (arrays["originals"], arrays["reconstructed"]):
            assert (pictures < 128).any(axis=(1, 2, 3)).all()  # something is drawn on each


def test_the_pushed_model_serves_drawings_and_carries_warm_up_records(result, root):
    pushed = Path(result["pushed_model"])
    records = tf.data.TFRecordDataset(str(pushed / "assets.extra" / "tf_serving_warmup_requests"))
    assert len(list(records)) == 9
    model = tf.saved_model.load(str(pushed))
    (replay,) = Layout(root).artifacts.glob("ModelAssembler/model/*/replay.npz")
    requests, expected, _ = load_replay(replay)
    requests = tf.constant(requests)
    for signature in ("serving_default", "examples"):
        answer = {
            name: found.numpy() for name, found in model.signatures[signature](examples=requests).items()
        }
        assert problems_of(answer, expected) == []
    assert model.signatures["reconstruct"](examples=requests)["reconstruction"].shape[1:] == (250, 3)


def test_images_may_be_a_file_of_drawings_or_a_folder_but_no_photos(tmp_path):
    (tmp_path / "a.ndjson").write_bytes(b"{}")
    for place in (tmp_path, tmp_path / "a.ndjson"):
        options = cli.build_parser().parse_args(["run", "sketch-rnn", "--images", str(place)])
        recipe = chosen_recipe(options)
        assert (recipe.ingest.source, recipe.ingest.images, recipe.model) == (
            "quickdraw",
            str(place),
            "sketch_rnn",
        )
    with pytest.raises(ValueError, match="is no folder"):
        chosen_recipe(cli.build_parser().parse_args(["run", "--images", str(tmp_path / "a.ndjson")]))
    with pytest.raises(ValueError, match="Expected an .ndjson file"):
        chosen_recipe(cli.build_parser().parse_args(["run", "sketch-rnn", "--images", "/no/such"]))


def test_a_model_of_strokes_needs_drawings_and_a_recipe_of_drawings_needs_a_place(capsys):
    assert cli.main(["run", "face-cae", "--set", "model=sketch_rnn"]) == cli.WRONG_ARGUMENTS
    assert "sketch_rnn reads drawings" in capsys.readouterr().err
    assert cli.main(["run", "sketch-rnn"]) == cli.WRONG_ARGUMENTS
    assert "ndjson" in capsys.readouterr().err
    with pytest.raises(ValueError, match="one of: mse, mixture"):
        with_settings(get_recipe("sketch-rnn"), ["images=/x", "sketch_decoder=gan"])
