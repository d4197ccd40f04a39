"""The same photos, settings and seed give the same result under every runner."""

import importlib.util
import json
import os
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from tfx.types.standard_artifacts import ModelBlessing

from components.artifact_files import VERDICT
from components.bless.component import ModelBlesser
from components.face_groups import read_groups
from pipeline import cli
from pipeline.dag.layout import Layout
from pipeline.recipes.assignments import prepared
from pipeline.recipes.catalog import get_recipe
from pipeline.runners import kubeflow_entry
from tests.pipeline.runners.kubeflow_steps import run_steps

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = "epochs=2 base_filters=8 max_photos=120 n_clusters=12 max_reconstruction_mse=1.0 seed=3".split()
SETTINGS.append("dtype=float32")  # by itself training takes bfloat16 where the processor has it


def result_of(artifacts):
    """What a run found, out of its artifacts' folder, wherever its runner put them."""
    (report,) = artifacts.glob("RunReport/report/**/report.json")
    (evaluation,) = artifacts.glob("ClusterEvaluator/evaluation/**/arrays.npz")
    told = json.loads(report.read_text())
    selection = told["evaluation"]["selection"]
    with np.load(evaluation) as arrays:
        found = {name: arrays[name] for name in ("embedding", "cluster", "probability")}
    return {
        **found,
        "chosen": selection["candidates"][selection["chosen"]]["clusterer"],
        "verdict": told["verdict"]["rules"],
        "blessed": told["verdict"]["blessed"],
        "faces": told["ingest"]["faces"],
    }


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    root = tmp_path_factory.mktemp("local")
    settings = [part for setting in SETTINGS for part in ("--set", setting)]
    assert cli.main(["run", "face-cae", "--root", str(root), *settings]) == cli.DONE
    return result_of(Layout(root).artifacts)


def assert_same(found, local):
    assert found["blessed"] is local["blessed"] is True
    for name in ("chosen", "verdict", "faces"):
        assert found[name] == local[name]
    for name in ("embedding", "cluster", "probability"):
        np.testing.assert_array_equal(found[name], local[name])


def blessed_again(artifacts, volume, folder):
    """The verdict of a second run of the same model, as a step that knows only what was pushed."""
    uris = {
        "examples": artifacts / "FaceExampleGen" / "examples",
        "model": artifacts / "ModelAssembler" / "model",
        "evaluation": artifacts / "ClusterEvaluator" / "evaluation",
    }
    given = {name: types.SimpleNamespace(uri=str(uri), id=7) for name, uri in uris.items()}
    blessing = ModelBlessing()
    blessing.uri = str(folder)
    ModelBlesser.EXECUTOR_SPEC.executor_class._FUNCTION(
        **given,
        blessing=blessing,
        settings=json.dumps(dict(read_groups(uris["model"]).recipe)),
        code_version="",
        pushed=str(volume / "serving" / "facefold"),
        kept=str(volume / "groups"),
    )
    return json.loads((folder / VERDICT).read_text())


def test_kubeflow_s_steps_find_the_same(local, tmp_path, monkeypatch):
    pytest.importorskip("kfp", reason="kfp is not installed: make setup EXTRAS=kubeflow")
    from pipeline.runners.kubeflow import compiled

    monkeypatch.setenv("FACEFOLD_SCRATCH", str(tmp_path / "scratch"))
    monkeypatch.setitem(kubeflow_entry.MOUNTS, "gs://", f"{tmp_path}/gcs/")
    recipe = prepared(get_recipe("face-cae"), "", SETTINGS[1:], on_this_machine=False)
    spec = compiled(recipe, "registry.example/facefold:1", str(tmp_path / "volume"))
    executed = []

    def execute(command, arguments):
        assert command == ["python", "-m", "pipeline.runners.kubeflow_entry"]
        executed.append(arguments[1])
        kubeflow_entry.main(arguments)

    # Two epochs are asked for when the run starts, not in the file.
    produced = run_steps(spec, tmp_path / "steps", "gs://bucket/artifacts", {"epochs": 2.0}, execute)
    assert len(executed) == len(spec["root"]["dag"]["tasks"]) == 12
    assert produced["ModelBlesser", "blessing"]["metadata"]["blessed"] == 1
    assert produced["ModelBlesser", "blessing"]["metadata"]["current_model"].startswith("gs://bucket/")
    (version,) = (tmp_path / "volume" / "serving" / "facefold").iterdir()
    assert (version / "saved_model.pb").is_file()
    artifacts = tmp_path / "gcs" / "bucket" / "artifacts"
    assert_same(result_of(artifacts), local)
    again = blessed_again(artifacts, tmp_path / "volume", tmp_path / "again")
    assert again["baseline"] == str(version)
    assert (again["regrouped"]["faces"], again["regrouped"]["changed"]) == (local["faces"], 0)
    assert {rule["name"]: rule["verdict"] for rule in again["rules"]}["regrouped"] == "met"


def test_airflow_finds_the_same(local, tmp_path):
    if (
        importlib.util.find_spec("airflow") is None
    ):  # importing it would set up logging on stdout for all tests
        pytest.skip("Airflow is not installed: make setup EXTRAS=airflow")
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "airflow_dag.py").symlink_to(ROOT / "pipeline" / "runners" / "airflow_dag.py")
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__CORE__DAGS_FOLDER": str(tmp_path / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "FACEFOLD_ROOT": str(tmp_path / "root"),
        "FACEFOLD_SET": " ".join(SETTINGS),
        "FACEFOLD_RETRY_SECONDS": "0",
    }

    def airflow(*arguments):
        done = subprocess.run(
            [sys.executable, "-m", "airflow", *arguments], env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    airflow("db", "migrate")
    listed = json.loads(airflow("dags", "list", "--output", "json").splitlines()[-1])
    assert {"facefold-face-cae", "facefold-face-identity"} <= {dag["dag_id"] for dag in listed}
    airflow("dags", "test", "facefold-face-cae", "2024-05-01")
    root = Layout(tmp_path / "root" / "face-cae")
    (version,) = root.serving.iterdir()
    assert (version / "saved_model.pb").is_file()
    assert_same(result_of(root.artifacts), local)


def test_tfx_s_own_command_runs_the_local_file(local, tmp_path):
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "FACEFOLD_ROOT": str(tmp_path / "root"),
        "FACEFOLD_SET": " ".join(SETTINGS),
    }
    tfx = str(Path(sys.executable).parent / "tfx")
    for arguments in (
        [
            "pipeline",
            "create",
            "--engine=local",
            f"--pipeline_path={ROOT / 'pipeline' / 'runners' / 'local.py'}",
        ],
        ["run", "create", "--engine=local", "--pipeline_name=facefold"],
    ):
        done = subprocess.run(
            [tfx, *arguments], env=environment, capture_output=True, text=True, cwd=tmp_path
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert (tmp_path / "tfx" / "local" / "facefold" / "pipeline_args.json").is_file()
    assert_same(result_of(Layout(tmp_path / "root").artifacts), local)
