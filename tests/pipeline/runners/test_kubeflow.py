"""The file for Kubeflow: its structure, its parameters, and each step run as its container would."""

import warnings

import pytest
import yaml

pytest.importorskip("kfp", reason="kfp is not installed: make setup EXTRAS=kubeflow")

from pipeline import cli
from pipeline.dag.build import build_pipeline
from pipeline.dag.layout import RemoteLayout
from pipeline.recipes.assignments import prepared, with_settings
from pipeline.recipes.catalog import RECIPES, get_recipe
from pipeline.runners import kubeflow_entry
from pipeline.runners.kubeflow import compiled
from pipeline.runners.kubeflow_parameters import PREFIX, assignments, keys_of, kind_and_value, volume_spec
from schemas.settings import about_of
from tests.pipeline.runners.kubeflow_steps import invocation_of

IMAGE = "registry.example/facefold:1"
ROOT = "gs://bucket/facefold"
MOUNT = {
    "constant": "photos",
    "pvcNameParameter": {"runtimeValue": {"constant": "photos"}},
    "mountPath": "/photos",
}
EDGES = {
    ("FaceExampleGen", "StatisticsGen"),
    ("StatisticsGen", "ExampleValidator"),
    ("ImportSchemaGen", "ExampleValidator"),
    ("FaceExampleGen", "Transform"),
    ("ImportSchemaGen", "Transform"),
    ("ExampleValidator", "Transform"),
    ("FaceExampleGen", "Trainer"),
    ("Transform", "Trainer"),
    ("ImportSchemaGen", "Trainer"),
    ("FaceExampleGen", "ClusterEvaluator"),
    ("Trainer", "ClusterEvaluator"),
    ("FaceExampleGen", "ModelAssembler"),
    ("Trainer", "ModelAssembler"),
    ("ClusterEvaluator", "ModelAssembler"),
    ("FaceExampleGen", "ModelBlesser"),
    ("ModelAssembler", "ModelBlesser"),
    ("ClusterEvaluator", "ModelBlesser"),
    ("ModelAssembler", "InfraValidator"),
    ("ModelBlesser", "InfraValidator"),
    ("ModelBlesser", "Pusher"),
    ("InfraValidator", "Pusher"),
    ("FaceExampleGen", "RunReport"),
    ("ModelAssembler", "RunReport"),
    ("Trainer", "RunReport"),
    ("ClusterEvaluator", "RunReport"),
    ("ModelBlesser", "RunReport"),
}


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    target = tmp_path_factory.mktemp("kubeflow") / "pipeline.yaml"
    arguments = ["--image", IMAGE, "--root", ROOT, "--set", "epochs=2", "--volume", "photos:/photos"]
    told = ["compile", "kubeflow", "face-cae", *arguments, "-o", str(target)]
    assert cli.main(told) == cli.DONE
    return target


@pytest.fixture(scope="module")
def documents(file):
    return list(yaml.safe_load_all(file.read_text()))


@pytest.fixture(scope="module")
def spec(documents):
    return documents[0]


def test_kfp_loads_the_file_without_a_warning(file):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        from kfp.components import load_component_from_file

        loaded = load_component_from_file(str(file))
    assert loaded.name == "facefold-face-cae"
    assert set(loaded.component_spec.inputs) == set(get_recipe("face-cae").settable())


def test_components_and_edges(spec):
    tasks = spec["root"]["dag"]["tasks"]
    assert {(up, name) for name, task in tasks.items() for up in task.get("dependentTasks", [])} == EDGES
    produced = {
        (source["taskOutputArtifact"]["producerTask"], name)
        for name, task in tasks.items()
        for source in task["inputs"].get("artifacts", {}).values()
    }
    assert EDGES - produced == {("ExampleValidator", "Transform"), ("ModelBlesser", "InfraValidator")}


def test_all_steps_run_the_same_image_and_only_the_trainer_asks_for_a_gpu(spec):
    for name, executor in spec["deploymentSpec"]["executors"].items():
        container = executor["container"]
        assert container["image"] == IMAGE
        assert container["command"] == ["python", "-m", "pipeline.runners.kubeflow_entry"]
        resources = container["resources"]
        trains = name == "Trainer_executor"
        assert ("accelerator" in resources) == trains
        assert resources["resourceMemoryRequest"] == ("16Gi" if trains else "8Gi")
        assert resources["resourceCpuRequest"] == "2"


def test_what_is_set_when_compiling_is_the_default(spec):
    parameters = spec["root"]["inputDefinitions"]["parameters"]
    assert parameters["epochs"]["defaultValue"] == 2
    assert parameters["epochs"]["parameterType"] == "NUMBER_INTEGER"
    assert parameters["clusterers"]["defaultValue"] == "kmeans,gmm"
    assert all(told["isOptional"] and "defaultValue" in told for told in parameters.values())


def test_photos_are_looked_at_each_time_and_all_else_may_come_from_the_cache(spec):
    tasks = spec["root"]["dag"]["tasks"]
    assert "cachingOptions" not in tasks["FaceExampleGen"]
    assert all(task["cachingOptions"]["enableCache"] for n, task in tasks.items() if n != "FaceExampleGen")


def judged_by(pairs):
    """The file's tasks where the recipe judges by ``pairs``."""
    recipe = prepared(get_recipe("face-cae"), "/photos", [f"pairs={pairs}"], on_this_machine=False)
    return compiled(recipe, IMAGE, ROOT)["root"]["dag"]["tasks"]


def test_what_a_file_holds_is_an_input_of_the_step_that_reads_it(tmp_path):
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("a,b,1\n")
    before, same = judged_by(pairs), judged_by(pairs)
    pairs.write_text("a,b,0\n")
    after = judged_by(pairs)
    assert before == same
    assert [name for name in before if before[name] != after[name]] == ["ClusterEvaluator"]
    assert after["ClusterEvaluator"]["cachingOptions"]["enableCache"]


def test_a_step_that_reads_a_file_of_the_cluster_alone_runs_each_time(tmp_path):
    tasks = judged_by(tmp_path / "none.csv")
    without = {name for name, task in tasks.items() if "cachingOptions" not in task}
    assert without == {"FaceExampleGen", "ClusterEvaluator"}


def test_the_volume_is_mounted_into_every_step(documents):
    executors = documents[1]["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    assert set(executors) == set(documents[0]["deploymentSpec"]["executors"])
    assert all(told["pvcMount"] == [MOUNT] for told in executors.values())


# What a setting is changed to where its choices or its type don't tell; with what it needs beside it.
OTHERS = {
    "leave_out": {"leave_out": "drafts"},
    "crop": {"crop": "whole"},
    "source": {"source": "tfds:pets"},
    "n_clusters": {"n_clusters": "7"},
    "landmarks": {"landmarks": "file", "landmarks_path": "/elsewhere"},
    "founders": {"founders": 0.5},
    "target_columns": {"target_columns": ("Male",)},
    "min_confidence": {"min_confidence": 0.8},
}


def other(recipe, key):
    """The recipe with another value of ``key``."""
    kind = type(recipe.parts()[recipe.settable()[key]])
    about, value = about_of(kind, key), recipe.value(key)
    if key in OTHERS:
        return recipe.changed(OTHERS[key])
    if about.path:
        return recipe.changed({key: "/elsewhere"})
    if isinstance(value, tuple):
        return recipe.changed({key: tuple(about.choices[len(value) - 1 :])})
    if about.choices:
        return recipe.changed(
            {key: next(choice for choice in about.choices if choice not in (value, "auto", "yunet"))}
        )
    if isinstance(value, bool):
        return recipe.changed({key: not value})
    return recipe.changed({key: value + 1 if isinstance(value, int) else value / 2 or 0.5})


def properties(recipe, folder):
    nodes = build_pipeline(recipe, RemoteLayout(ROOT, str(folder))).components
    return {n.id: {k: str(v) for k, v in n.exec_properties.items()} for n in nodes}


@pytest.mark.parametrize(("name", "told"), [("face-cae", []), ("attparsenet", ["frame=chip"])])
def test_a_setting_reaches_all_steps_that_it_concerns_and_no_others(tmp_path, name, told):
    recipe = prepared(get_recipe(name), "/photos", told, on_this_machine=False)
    before = properties(recipe, tmp_path)
    for key in recipe.settable():
        if key == "source" and recipe.classifies:
            continue  # it has one value
        after = properties(other(recipe, key), tmp_path)
        changed = {name for name in before if before[name] != after[name]}
        assert changed, key
        assert changed <= {name for name in before if key in keys_of(name, recipe)}, key


def test_settings_survive_the_way_through_kubeflow():
    for name in RECIPES:
        recipe = prepared(get_recipe(name), "/photos", [], on_this_machine=False)
        values = {PREFIX + key: kind_and_value(recipe, key)[1] for key in recipe.settable()}
        as_json = {
            name: float(v) if isinstance(v, int) else v for name, v in values.items()
        }  # no other numbers
        assert with_settings(get_recipe(name), assignments(recipe, as_json), on_this_machine=False) == recipe


@pytest.mark.parametrize(
    "name", ["face-cae", "face-identity", "sketch-rnn", "resnet18-gmm", "attparsenet", "gender-probe"]
)
def test_in_its_container_a_step_has_the_properties_that_it_was_compiled_with(name, tmp_path, monkeypatch):
    monkeypatch.setenv("FACEFOLD_SCRATCH", str(tmp_path))
    other = "target_columns=Young" if get_recipe(name).classifies else "n_clusters=9"
    recipe = prepared(get_recipe(name), "/photos", ["seed=5", other], on_this_machine=False)
    spec = compiled(recipe, IMAGE, ROOT)
    expected = build_pipeline(recipe, RemoteLayout(ROOT, str(tmp_path))).components
    for node in expected:
        given = invocation_of(spec, node.id, NoArtifacts(), ROOT, {})["inputs"]["parameterValues"]
        found = kubeflow_entry.properties_of(node.id, given)
        assert {k: found.get(k) for k in node.exec_properties} == {
            k: plain(v) for k, v in node.exec_properties.items()
        }


class NoArtifacts:
    """Upstream artifacts that nobody looks at."""

    def __getitem__(self, key):
        return {}


def plain(value):
    from google.protobuf import json_format
    from tfx.orchestration.kubeflow.v2.compiler_utils import value_converter

    return None if value is None else json_format.MessageToDict(value_converter(value).constant)


def test_addresses_become_files_of_the_container_and_come_back(tmp_path):
    address = "minio://mlpipeline/v2/x/Trainer/model"
    invocation = {
        "inputs": {"artifacts": {"model": {"artifacts": [{"uri": address}]}}},
        "outputs": {"artifacts": {"report": {"artifacts": [{"uri": "/volume/report"}]}}},
    }
    addresses = kubeflow_entry.mounted(invocation)
    path = invocation["inputs"]["artifacts"]["model"]["artifacts"][0]["uri"]
    assert path == "/minio/mlpipeline/v2/x/Trainer/model"
    assert addresses == {path: address}
    told = tmp_path / "told.json"
    told.write_text(f'{{"current_model": "{path}", "report": "/volume/report"}}')
    kubeflow_entry.tell_addresses(told, addresses)
    assert told.read_text() == f'{{"current_model": "{address}", "report": "/volume/report"}}'


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no-recipe"], "no-recipe"),
        (["face-cae", "-o", "pipeline.json"], "ends with .yaml"),
        (["face-cae", "-o", "none/pipeline.yaml"], "--output none/pipeline.yaml can't be written"),
        (["face-cae", "--volume", "photos"], "CLAIM:/path"),
        (["face-cae", "--set", "epochs=many"], "epochs"),
    ],
)
def test_wrong_arguments_are_told_in_one_line(arguments, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert (
        cli.main(["compile", "kubeflow", *arguments, "--image", IMAGE, "--root", ROOT]) == cli.WRONG_ARGUMENTS
    )
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert said in line
    assert not list(tmp_path.iterdir())


def test_no_volume_no_second_document():
    assert volume_spec({"deploymentSpec": {"executors": {"a": {}}}}, [])["platforms"]["kubernetes"][
        "deploymentSpec"
    ]["executors"] == {"a": {"pvcMount": []}}
