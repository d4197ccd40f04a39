"""The image and the Kubernetes example: what can be told without building or starting them."""

import shlex
from pathlib import Path

import pytest
import yaml

from pipeline.serving.files import BATCHING, IMAGE, MODELS, MOUNTED
from scripts import check_dockerfile

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def steps():
    return check_dockerfile.instructions((ROOT / "Dockerfile").read_text())


def test_the_base_is_an_argument_so_that_a_digest_can_pin_it(steps):
    assert steps[0][0] == "ARG"
    assert steps[0][1].startswith("BASE=")
    assert [rest.split()[0] for what, rest in steps if what == "FROM"] == ["${BASE}", "${BASE}"]


def test_the_image_runs_as_a_user_without_rights(steps):
    (user,) = [rest for what, rest in steps if what == "USER"]
    assert int(user) > 0
    assert [what for what, _ in steps].index("USER") < [what for what, _ in steps].index("ENTRYPOINT")


def test_what_it_makes_goes_into_the_volume(steps):
    (environment,) = [rest for what, rest in steps if what == "ENV"]
    (volume,) = [rest for what, rest in steps if what == "VOLUME"]
    assert f"FACEFOLD_ROOT={volume}" in environment.split()


def test_everything_that_the_project_needs_is_copied_and_nothing_else(steps):
    copied = [
        shlex.split(rest)[:-1] for what, rest in steps if what == "COPY" and not rest.startswith("--from")
    ]
    sources = {source for some in copied for source in some}
    assert {
        "schemas",
        "models",
        "components",
        "pipeline",
        "scripts",
        "setup.py",
        "requirements.lock",
    } <= sources
    assert all((ROOT / source).exists() for source in sources)
    patterns = (ROOT / ".dockerignore").read_text().split()
    for kept_out in (
        ".git/HEAD",
        "tests/test_containers.py",
        "models/__pycache__/x.pyc",
        "facefold.egg-info/PKG-INFO",
    ):
        assert check_dockerfile.ignored(Path(kept_out), patterns), kept_out
    for needed in ("schemas/face.pbtxt", "components/report/templates/report.html", "requirements.lock"):
        assert not check_dockerfile.ignored(Path(needed), patterns), needed


def test_kubernetes_serves_what_the_run_pushes():
    objects = {told["kind"]: told for told in yaml.safe_load_all((ROOT / "k8s" / "serving.yaml").read_text())}
    pod = objects["Deployment"]["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    assert container["image"] == IMAGE
    assert f"--model_config_file={MOUNTED}/{MODELS}" in container["args"]
    assert f"--batching_parameters_file={MOUNTED}/{BATCHING}" in container["args"]
    assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(container)
    assert set(container["resources"]) == {"requests", "limits"}
    assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
    (mount,) = container["volumeMounts"]
    assert mount == {"name": "models", "mountPath": MOUNTED, "readOnly": True}
    policy = objects["NetworkPolicy"]["spec"]
    assert policy["podSelector"] == objects["Deployment"]["spec"]["selector"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert policy["egress"] == []
    (caller,) = policy["ingress"]
    assert caller["from"] == [{"podSelector": {"matchLabels": {"facefold-client": "true"}}}]
    assert {port["port"] for port in caller["ports"]} == {port["name"] for port in container["ports"]}
    labels = pod["metadata"]["labels"]
    assert (
        objects["Service"]["spec"]["selector"]
        == objects["Deployment"]["spec"]["selector"]["matchLabels"]
        == labels
    )
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert {port["targetPort"]: port["port"] for port in objects["Service"]["spec"]["ports"]} == ports
    (volume,) = pod["spec"]["volumes"]
    assert (
        volume["persistentVolumeClaim"]["claimName"] == objects["PersistentVolumeClaim"]["metadata"]["name"]
    )
