"""Airflow for real: scheduler and LocalExecutor on PostgreSQL, triggered by REST, a task killed on the way."""

import base64
import contextlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from pipeline.dag.steps import steps_of
from pipeline.recipes.catalog import get_recipe
from tests.patience import PATIENCE, wait_until
from tests.runners import postgres

pytestmark = pytest.mark.runners
ROOT = Path(__file__).resolve().parents[2]
DAG = "facefold-face-cae"
SMALL = "epochs=2 base_filters=8 max_photos=120 n_clusters=12 max_reconstruction_mse=1.0 dtype=float32"
USER = "tester"


@pytest.fixture(scope="module")
def airflow(tmp_path_factory):
    if importlib.util.find_spec("airflow") is None:
        pytest.skip("Airflow is not installed: make setup EXTRAS=airflow")
    if postgres.server_programs() is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    folder = tmp_path_factory.mktemp("airflow")
    (folder / "dags").mkdir()
    (folder / "dags" / "airflow_dag.py").symlink_to(ROOT / "pipeline" / "runners" / "airflow_dag.py")
    with postgres.running("airflow") as database, contextlib.ExitStack() as stack:
        yield Airflow(folder, database, stack)


class Airflow:
    """A scheduler and a web server with their own home folder."""

    def __init__(self, folder, database, stack):
        self.folder, self.port = folder, postgres.free_port()
        self.root = folder / "root"
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "AIRFLOW_HOME": str(folder),
            "AIRFLOW__CORE__DAGS_FOLDER": str(folder / "dags"),
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__PARALLELISM": "3",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
            "AIRFLOW__API__AUTH_BACKENDS": "airflow.api.auth.backend.basic_auth",
            "AIRFLOW__WEBSERVER__WEB_SERVER_PORT": str(self.port),
            "AIRFLOW__WEBSERVER__WORKERS": "1",
            "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "2",
            "AIRFLOW__SCHEDULER__LOCAL_TASK_JOB_HEARTBEAT_SEC": "2",
            "FACEFOLD_ROOT": str(self.root),
            "FACEFOLD_RECIPES": "face-cae face-pca",
            "FACEFOLD_SET": SMALL,
            "FACEFOLD_RETRY_SECONDS": "2",
        }
        self.command("db", "migrate")
        names = ["--username", USER, "--password", USER, "--firstname", USER, "--lastname", USER]
        self.command("users", "create", *names, "--role", "Admin", "--email", "tester@example.org")
        for name in ("scheduler", "webserver"):
            stack.enter_context(self.started(name))
        self.wait(lambda: self.ask("GET", "/dags/" + DAG), "the DAG")

    def command(self, *arguments):
        done = subprocess.run(
            [sys.executable, "-m", "airflow", *arguments],
            env=self.environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    @contextlib.contextmanager
    def started(self, name):
        with open(self.folder / f"{name}.log", "w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "airflow", name],
                env=self.environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
            try:
                yield
            finally:
                os.killpg(process.pid, signal.SIGTERM)
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()

    def ask(self, method, path, body=None):
        """The stable REST API's answer."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v1{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Content-Type": "application/json",
                "Authorization": "Basic " + base64.b64encode(f"{USER}:{USER}".encode()).decode(),
            },
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            text = answer.read().decode()
        return json.loads(text) if text.startswith(("{", "[")) else text

    def wait(self, until, what):
        """Waits until ``until()`` is true, whatever the server's state meanwhile; returns it."""

        def found():
            with contextlib.suppress(urllib.error.URLError, ConnectionError):
                return until()

        return wait_until(found, f"{what} (logs are in {self.folder})", look=0.5, patience=6 * PATIENCE)

    def trigger(self, dag=DAG, **conf):
        return self.ask("POST", f"/dags/{dag}/dagRuns", {"conf": conf})["dag_run_id"]

    def finished(self, run, dag=DAG):
        """The run's state when it has ended."""

        def ended():
            state = self.state(run, dag)
            return state if state in ("success", "failed") else None

        return self.wait(ended, f"the end of run {run}")

    def state(self, run, dag=DAG):
        return self.ask("GET", f"/dags/{dag}/dagRuns/{run}")["state"]

    def tasks(self, run, dag=DAG):
        """Task name to what Airflow knows of it."""
        listed = self.ask("GET", f"/dags/{dag}/dagRuns/{run}/taskInstances")["task_instances"]
        return {task["task_id"]: task for task in listed}

    def log(self, run, task, attempt, dag=DAG):
        return str(
            self.ask(
                "GET", f"/dags/{dag}/dagRuns/{run}/taskInstances/{task}/logs/{attempt}?full_content=true"
            )
        )

    def verdicts(self, recipe="face-cae"):
        files = sorted((self.root / recipe).glob("artifacts/RunReport/report/*/report.json"))
        return [json.loads(file.read_text())["verdict"] for file in files]


def worker_of(airflow, run, task):
    """The process that works on a task, once it has something to do."""

    def pid():
        told = airflow.tasks(run)[task]
        return told["pid"] if told["state"] == "running" else None

    return airflow.wait(pid, f"a process that works on {task}")


def test_no_import_errors_and_one_dag_a_recipe(airflow):
    assert airflow.ask("GET", "/importErrors")["total_entries"] == 0
    listed = {dag["dag_id"] for dag in airflow.ask("GET", "/dags?tags=facefold")["dags"]}
    assert listed == {"facefold-face-cae", "facefold-face-pca"}
    tasks = {task["task_id"] for task in airflow.ask("GET", f"/dags/{DAG}/tasks")["tasks"]}
    assert tasks == set(steps_of(get_recipe("face-cae")))


def test_a_killed_task_is_tried_again_and_the_run_ends_with_a_pushed_model(airflow):
    run = airflow.trigger()
    pid = worker_of(airflow, run, "Trainer")
    airflow.wait(lambda: "Going to run a new execution" in airflow.log(run, "Trainer", 1), "training")
    os.kill(pid, signal.SIGKILL)
    assert airflow.finished(run) == "success"
    tasks = airflow.tasks(run)
    assert tasks["Trainer"]["try_number"] == 2
    assert all(task["state"] == "success" for task in tasks.values())
    (verdict,) = airflow.verdicts()
    assert verdict["blessed"]
    (version,) = (airflow.root / "face-cae" / "serving" / "facefold").iterdir()
    assert (version / "saved_model.pb").is_file()


def test_the_log_says_which_photo_step_failed(airflow, tmp_path):
    empty = tmp_path / "no photos"
    empty.mkdir()
    run = airflow.trigger(images=str(empty))
    assert airflow.finished(run) == "failed"
    tasks = airflow.tasks(run)
    assert tasks["FaceExampleGen"]["state"] == "failed"
    assert tasks["FaceExampleGen"]["try_number"] == 1  # another try would find no photos either
    assert tasks["Trainer"]["state"] == "upstream_failed"
    assert "FaceExampleGen (find and align the faces of all photos)" in airflow.log(run, "FaceExampleGen", 1)


def test_two_runs_at_once_do_not_disturb_each_other(airflow):
    before = len(airflow.verdicts())
    runs = [airflow.trigger(set=f"{SMALL} seed={seed}") for seed in (1, 2)]
    assert [airflow.finished(run) for run in runs] == ["success", "success"]
    overlap = [airflow.tasks(run) for run in runs]
    starts = [min(task["start_date"] for task in tasks.values()) for tasks in overlap]
    ends = [max(task["end_date"] for task in tasks.values()) for tasks in overlap]
    assert max(starts) < min(ends)
    assert all(task["try_number"] == 1 for tasks in overlap for task in tasks.values())
    seeds = {
        json.loads(card.read_text())["settings"]["seed"]
        for card in (airflow.root / "face-cae").glob(
            "artifacts/ModelAssembler/model/*/Format-Serving/model_card.json"
        )
    }
    assert {1, 2} <= seeds
    assert len(airflow.verdicts()) == before + 2
