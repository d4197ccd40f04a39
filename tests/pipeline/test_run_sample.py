"""The main job, whole, on the default sample with a narrow network, in a path with a blank."""

import json
import shutil
import signal
from pathlib import Path

import pytest
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from components.faces import read_faces
from components.infra.replay import problems_of
from components.infra.replay_file import load_replay
from components.report import render
from pipeline import cli
from pipeline.dag import code_version as versions
from pipeline.dag.layout import Layout
from pipeline.runners import root_lock
from tests.pipeline.serving.stand_in_models import Version

# In float32: by itself training takes bfloat16 where the processor has it.
NARROW = ["--set", "base_filters=8", "--set", "epochs=2", "--set", "n_clusters=30", "--set", "dtype=float32"]
BLESSABLE = ["--set", "max_reconstruction_mse=1.0"]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("all runs") / "a root"


def last_json(capfd):
    captured = capfd.readouterr()
    return json.loads(captured.out.strip().splitlines()[-1]), captured


@pytest.fixture(scope="module")
def first_result(root, tmp_path_factory):
    arguments = ["run", "--root", str(root), *NARROW, *BLESSABLE]
    assert cli.main(arguments) == cli.DONE
    (result,) = Layout(root).runs.glob("*/result.json")
    return json.loads(result.read_text())


def test_every_file_is_accounted_for_and_the_two_places_have_no_face(first_result, root):
    ingest = first_result["ingest"]
    assert ingest["files"] == 403
    assert ingest["with_faces"] + ingest["no_face"] + ingest["duplicate"] + ingest["rejected"] == 403
    assert ingest["faces"] >= 397
    import pyarrow.parquet

    (table,) = Layout(root).artifacts.glob("FaceExampleGen/examples/*/ingest.parquet")
    rows = {row["path"]: row["status"] for row in pyarrow.parquet.read_table(table).to_pylist()}
    assert len(rows) == 403
    assert rows["places/china.jpg"] == rows["places/flower.jpg"] == "no_face"


def test_told_to_end_this_process_still_ends(first_result):
    assert (
        signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    )  # TFX leaves one that raises, which a sweep catches


def test_the_result_has_what_json_promises(first_result):
    assert first_result["blessed"] is True
    assert Path(first_result["report"]).is_file()
    assert Path(first_result["report"]).stat().st_size < 15_000_000
    assert first_result["chosen"]["clusterer"] in ("kmeans", "gmm")
    assert first_result["chosen"]["n_clusters"] >= 2
    for name in ("ari", "nmi", "pairwise_f", "silhouette"):
        assert isinstance(first_result["metrics"][name], float)
    assert first_result["metrics"]["ari"] > 0.15  # the pixels alone are far above chance


def test_the_pushed_model_serves_chips_and_carries_warm_up_records(first_result, root):
    pushed = Path(first_result["pushed_model"])
    assert pushed.parent == Layout(root).serving
    assert pushed.name.isdigit()
    model = tf.saved_model.load(str(pushed))
    (replay,) = Layout(root).artifacts.glob("ModelAssembler/model/*/replay.npz")
    requests, expected, name = load_replay(replay)
    assert name == "image_bytes"
    answer = {output: found.numpy() for output, found in model.serving_default(tf.constant(requests)).items()}
    assert problems_of(answer, expected) == []


def test_what_is_pushed_holds_nobodys_face(first_result):
    """Its warm-up requests were 8 of the user's chips."""
    faces = read_faces(first_result["artifacts"]["examples"])
    files = [file.read_bytes() for file in Path(first_result["pushed_model"]).rglob("*") if file.is_file()]
    assert len(faces) >= 397
    assert len(files) > 3
    for chip in faces.chips:
        part = chip[len(chip) // 3 : len(chip) // 3 + 64]  # JPEG's tables are the same in all
        assert not any(part in file for file in files)


def test_what_shows_faces_is_for_this_user_alone_and_what_is_served_for_all(first_result, root):
    def others(path):
        return path.stat().st_mode & 0o077

    layout = Layout(root)
    served = set(layout.serving.parent.rglob("*")) | {layout.serving.parent}
    shared = {path.stat().st_ino for path in served}  # equal files of one root are one file
    private = [path for path in root.rglob("*") if path not in served and path.stat().st_ino not in shared]
    assert len(private) > 100
    assert not [path for path in private if others(path)]
    assert all(others(path) == (0o055 if path.is_dir() else 0o044) for path in served)


def test_report_and_card_tell_the_batch_that_trained(first_result):
    """Where the setting leaves it open, what was used: 512 stood there, and 16 trained."""
    card = json.loads((Path(first_result["pushed_model"]) / "model_card.json").read_text())
    told = json.loads((Path(first_result["artifacts"]["report"]) / "report.json").read_text())
    assert card["settings"]["batch_size"] == told["figures"]["batch_size"] == 16
    assert 'batch_size</th><td class="path">16<' in Path(first_result["report"]).read_text()


def test_warm_up_records_ask_every_signature_and_are_answered_by_session(first_result):
    pushed = Path(first_result["pushed_model"])
    records = tf.data.TFRecordDataset(str(pushed / "assets.extra" / "tf_serving_warmup_requests"))
    logs = [prediction_log_pb2.PredictionLog.FromString(record.numpy()) for record in records]
    assert {log.WhichOneof("log_type") for log in logs} == {"predict_log"}
    version = Version(pushed)
    served = {name for name in version.signature_def if not name.startswith("__")}
    assert served == {"serving_default", "examples"}  # the decoder was not asked for
    asked = set()
    for request in (log.predict_log.request for log in logs):
        name = request.model_spec.signature_name
        inputs = {key: tf.make_ndarray(tensor) for key, tensor in request.inputs.items()}
        (values,) = inputs.values()
        assert request.model_spec.name == "facefold"
        assert len(version.run(version.signature_def[name], inputs)["cluster"]) == len(values)
        asked.add((name, len(values)))
    assert asked == {(name, n) for name in served for n in (1, 8)}
    version.close()


def test_tf_serving_finds_its_files_beside_the_versions(first_result, root):
    folder = Layout(root).serving
    assert all(child.name.isdigit() for child in folder.iterdir())
    beside = {"models.config", "batching.config", "docker-compose.yml"}
    assert {child.name for child in folder.parent.iterdir()} == {"facefold", *beside}


def test_tfx_own_strategy_finds_the_blessed_model(first_result, root):
    from tfx.dsl.input_resolution.strategies.latest_blessed_model_strategy import LatestBlessedModelStrategy
    from tfx.orchestration import metadata
    from tfx.types import artifact_utils

    config = metadata.sqlite_metadata_connection_config(str(Layout(root).metadata))
    with metadata.Metadata(config) as handle:
        found = {}
        for key, name in (("model", "Model"), ("model_blessing", "ModelBlessing")):
            kind = handle.store.get_artifact_type(name)
            artifacts = handle.store.get_artifacts_by_type(name)
            found[key] = [artifact_utils.deserialize_artifact(kind, a) for a in artifacts]
        resolved = LatestBlessedModelStrategy().resolve_artifacts(handle.store, found)
    assert "ModelAssembler" in resolved["model"][0].uri


def test_labels_do_not_reach_training(root, first_result):
    (graph,) = Layout(root).artifacts.glob("Transform/transform_graph/*")
    import tensorflow_transform as tft

    assert set(tft.TFTransformOutput(str(graph)).transformed_feature_spec()) == {"image"}


def test_a_second_run_is_known_to_change_nothing(first_result, root, capfd):
    assert cli.main(["run", "--root", str(root), *NARROW, *BLESSABLE, "--json"]) == cli.DONE
    result, captured = last_json(capfd)
    assert "every step is reused" in captured.err
    assert Path(result["report"]).is_file()
    assert {**result, "report": ""} == {**first_result, "report": ""}


def test_tfx_itself_reuses_every_step(first_result, root, capfd):
    for file in Layout(root).runs.glob("*/key"):
        file.unlink()
    assert cli.main(["run", "--root", str(root), *NARROW, *BLESSABLE, "--json"]) == cli.DONE
    result, captured = last_json(capfd)
    steps = [line for line in captured.err.splitlines() if line.endswith((" s", "reused"))]
    worked = [line for line in steps if not line.endswith("reused") and "earlier_blessed_model" not in line]
    assert len(steps) >= 11
    assert not worked
    for name in ("blessed", "ingest", "chosen", "metrics"):
        assert result[name] == first_result[name]


@pytest.fixture
def another_style(tmp_path, monkeypatch):
    """A copy of the house with one more comment in the page's style, which the steps are then of."""
    for package in ("schemas", "models", "components", "pipeline"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(versions.ROOT / package, tmp_path / package, ignore=ignored)
    templates = tmp_path / "components" / "report" / "templates"
    with (templates / "page.css").open("a", encoding="utf-8") as file:
        file.write("/* another style */\n")
    monkeypatch.setattr(versions, "ROOT", tmp_path)
    monkeypatch.setattr(render, "TEMPLATES", templates)
    for cached in (versions.code_version, versions.reached):
        cached.cache_clear()
    yield
    for cached in (versions.code_version, versions.reached):
        cached.cache_clear()


def test_a_comment_in_a_style_sheet_writes_the_report_anew_and_nothing_else(
    first_result, root, capfd, another_style
):
    before = sorted(Layout(root).serving.iterdir())
    assert len(before) == 1
    assert cli.main(["run", "--root", str(root), *NARROW, *BLESSABLE, "--json"]) == cli.DONE
    result, captured = last_json(capfd)
    assert "every step is reused" not in captured.err
    worked = {line.split(":")[0] for line in captured.err.splitlines() if line.endswith(" s")}
    assert worked == {"earlier_blessed_model", "RunReport"}  # the first is asked anew each time
    assert sorted(Layout(root).serving.iterdir()) == before
    assert result["pushed_model"] == first_result["pushed_model"]
    pages = [Path(told["report"]).read_text() for told in (first_result, result)]
    assert ["another style" in page for page in pages] == [False, True]


def test_a_model_that_cannot_be_served_has_its_report_and_is_not_pushed(
    first_result, root, capfd, monkeypatch
):
    monkeypatch.setattr(
        "components.infra.component.replay_in_fresh_process", lambda *_: ["it answers something else"]
    )
    before = sorted(Layout(root).serving.iterdir())
    finished = set(Layout(root).runs.iterdir())
    decoded = ["--set", "serve_decoder=true"]
    assert cli.main(["run", "--root", str(root), *NARROW, *BLESSABLE, *decoded]) == cli.FAILED
    *_, reason, report, log = capfd.readouterr().err.strip().splitlines()
    assert "it answers something else" in reason
    assert "log.txt" in log
    (folder,) = set(Layout(root).runs.iterdir()) - finished
    assert report.endswith(f"the report is {folder / 'report.html'}")
    assert "Blessed" in (folder / "report.html").read_text()
    assert sorted(Layout(root).serving.iterdir()) == before


def test_a_refused_model_is_not_pushed(first_result, root, capfd):
    before = sorted(Layout(root).serving.iterdir())
    strict = ["--set", "max_reconstruction_mse=0.00001"]
    assert cli.main(["run", "--root", str(root), *NARROW, *strict, "--json"]) == cli.NOT_BLESSED
    result, captured = last_json(capfd)
    assert result["blessed"] is False
    assert result["pushed_model"] is None
    assert any("Refused: eval_reconstruction_mse" in reason for reason in result["reasons"])
    compared = [reason for reason in result["reasons"] if "the latest blessed model's" in reason]
    assert any(
        "eval_reconstruction_mse" in reason for reason in compared
    )  # it was pushed without its decoder
    told, faces = result["regrouped"], result["ingest"]["faces"]
    assert first_result["regrouped"] is None
    assert told["other_settings"] == []  # a limit decides no group
    assert (told["faces"], told["grouped"], told["changed"], told["new"]) == (faces, faces, 0, 0)
    assert any(f"0 of {faces} faces that had a group" in reason for reason in result["reasons"])
    assert any("are those of all" in reason for reason in result["reasons"])  # 61 pairs in the eval split
    assert "Trainer: unchanged, reused" in captured.err
    assert sorted(Layout(root).serving.iterdir()) == before
    assert any("No blessed model yet" in reason for reason in first_result["reasons"])
    assert any("the latest blessed model" in reason for reason in result["reasons"])
    newest = max(
        Layout(root).artifacts.glob("RunReport/report/*/report.json"), key=lambda f: f.stat().st_mtime
    )
    assert "ModelAssembler" in json.loads(newest.read_text())["verdict"]["baseline"]
    assert "Not blessed" in Path(result["report"]).read_text()


def test_a_held_root_ends_with_1_and_says_who_holds_it(first_result, root, capfd):
    with root_lock.hold(Layout(root).lock, "facefold run other"):
        assert cli.main(["run", "--root", str(root), *NARROW]) == cli.FAILED
    error = capfd.readouterr().err
    assert "facefold run other" in error
    assert "--root" in error


def test_the_report_command_finds_the_latest_run(first_result, root, capfd):
    assert cli.main(["report", "--root", str(root)]) == 0
    assert "report.html" in capfd.readouterr().out.strip().splitlines()[-1]


def test_photos_without_a_face_fail_the_run_with_counts_and_the_log(tmp_path, capfd):
    import sklearn

    photos = tmp_path / "photos"
    photos.mkdir()
    source = Path(sklearn.__file__).parent / "datasets" / "images" / "flower.jpg"
    (photos / "flower.jpg").write_bytes(source.read_bytes())
    assert cli.main(["run", "--images", str(photos), "--root", str(tmp_path / "root")]) == cli.FAILED
    lines = capfd.readouterr().err.strip().splitlines()
    assert "No usable face" in lines[-2]
    assert "'no_face': 1" in lines[-2]
    assert Path(lines[-1].rsplit(" ", 1)[-1]).is_file()
