"""A recipe's settings as parameters of a Kubeflow pipeline.

Each step takes only the settings that decide what it does, so that a changed setting runs only those steps
again. In the container ``pipeline.runners.kubeflow_entry`` builds the pipeline with these settings
once more, and gives the step its properties from that pipeline.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from kfp.pipeline_spec import pipeline_spec_pb2
from tfx.orchestration.data_types import RuntimeParameter

from components.ingest.listing import path_fingerprint
from schemas.settings import paths_of

if TYPE_CHECKING:
    from pipeline.recipes.recipe import Recipe

ResourceSpec = pipeline_spec_pb2.PipelineDeploymentConfig.PipelineContainerSpec.ResourceSpec
PREFIX = "recipe_"  # a step's inputs must not share a name with its artifacts
IMAGE_KEYS = ("detector", "crop")  # together they decide the crop
EVERY = ("ingest", "inputs", "network", "training", "selection", "judging", "serving", "limits")
GIBIBYTE = "Gi"


# The parts of a recipe whose settings a step takes, and single settings beside them.
PARTS = {
    "FaceExampleGen": ("ingest",),
    "ExampleValidator": ("selection",),
    "Trainer": ("network", "training"),
    "ClusterEvaluator": ("selection", "judging"),
    "ModelAssembler": EVERY,
    "ModelBlesser": EVERY,
    "RunReport": EVERY,
}
SEEN = ("ingest", "inputs", "network")
CLASSIFYING = {  # of a recipe that learns from labels
    "FaceExampleGen": ("ingest",),
    "SegmentLabeler": SEEN,
    "Transform": SEEN,
    "Trainer": ("ingest", "network", "training"),
    "ClassifierEvaluator": EVERY,
    "ClassifierBlesser": EVERY,
    "RunReport": EVERY,
}
SINGLE = {
    "StatisticsGen": ("source",),
    "ImportSchemaGen": ("source",),
    "Transform": IMAGE_KEYS,
    "Trainer": IMAGE_KEYS,
    "ClusterEvaluator": (*IMAGE_KEYS, "seed"),
}


def parts_of(node: str, recipe: Recipe) -> tuple[str, ...]:
    """The parts of ``recipe`` whose settings the step ``node`` takes."""
    return (CLASSIFYING if recipe.classifies else PARTS).get(node, ())


def keys_of(node: str, recipe: Recipe) -> list[str]:
    """The settings of ``recipe`` that the step ``node`` takes, sorted. The model is fixed when compiling."""
    parts, single = parts_of(node, recipe), SINGLE.get(node, ())
    return sorted(key for key, part in recipe.settable().items() if part in parts or key in single)


def files_of(node: str, recipe: Recipe) -> dict[str, str]:
    """The files that the step ``node`` reads by a setting: {setting: path}. The photos are not among them."""
    parts, own = recipe.parts(), parts_of(node, recipe)
    read = [parts[name] for name in own if name in parts and own != EVERY]
    return {key: path for part in read for key, path in paths_of(part).items() if key != "images"}


def is_readable(path: str) -> bool:
    """Whether the content of a file or folder can be told here, where the pipeline is compiled."""
    return os.path.exists(path) and os.access(path, os.R_OK)


def add_parameters(pipeline: Any, recipe: Recipe, root: str) -> None:
    """Gives each step of ``pipeline`` its settings as runtime parameters, and its id, recipe and root.

    A step that reads files is given what they hold now too, as Kubeflow's cache only compares their paths.
    """
    for node in pipeline.components:
        properties = node.exec_properties
        properties["facefold_step"] = node.id
        properties["facefold_recipe"] = recipe.name
        properties["facefold_model"] = recipe.model
        properties["facefold_root"] = root
        if files := files_of(node.id, recipe):
            held = {key: path_fingerprint(path) for key, path in files.items() if is_readable(path)}
            properties["facefold_files"] = json.dumps(held, sort_keys=True)
        for key in keys_of(node.id, recipe):
            kind, value = kind_and_value(recipe, key)
            properties[PREFIX + key] = RuntimeParameter(name=key, ptype=kind, default=value)


def kind_and_value(recipe: Recipe, key: str) -> tuple[type, Any]:
    """A setting's type and value for Kubeflow: int, float or str. Several words are joined by commas."""
    value = recipe.value(key)
    if isinstance(value, bool):
        return str, str(value).lower()
    if isinstance(value, tuple):
        return str, ",".join(value)
    return type(value), value


def assignments(recipe: Recipe, values: Mapping[str, Any]) -> list[str]:
    """``key=value`` strings of the settings in ``values``, the inputs of a container; others are left out."""
    known = recipe.settings()
    given = {name.removeprefix(PREFIX): value for name, value in values.items() if name.startswith(PREFIX)}
    # Kubeflow's numbers are all floats.
    return [
        f"{key}={int(value) if type(known[key]) is int else value}"
        for key, value in sorted(given.items())
        if key in known and key != "model"
    ]


def add_resources(pipeline: Any) -> None:
    """Asks for 4 cores for each step: with a GPU and 16 GiB for the Trainer, with 8 GiB for any other."""
    for node in pipeline.components:
        trains = node.id == "Trainer"
        memory = "16" if trains else "8"
        resources = ResourceSpec(
            resource_cpu_request="2",
            resource_cpu_limit="4",
            resource_memory_request=memory + GIBIBYTE,
            resource_memory_limit=memory + GIBIBYTE,
        )
        if trains:
            resources.accelerator.resource_type = "nvidia.com/gpu"
            resources.accelerator.resource_count = "1"
        node.with_platform_config(resources)


def volume_spec(spec: Mapping[str, Any], volumes: Iterable[str]) -> dict[str, Any]:
    """Kubeflow's PlatformSpec that mounts ``volumes``, strings like ``CLAIM:/path``, into every step.

    Raises ValueError, one line, for any other form.
    """
    mounts = []
    for volume in volumes:
        claim, _, path = volume.partition(":")
        if not claim or not path.startswith("/"):
            raise ValueError(f"--volume {volume} is no volume. Expected CLAIM:/path, as in photos:/photos.")
        by_name = {"runtimeValue": {"constant": claim}}
        mounts.append({"constant": claim, "pvcNameParameter": by_name, "mountPath": path})
    executors = {name: {"pvcMount": copy.deepcopy(mounts)} for name in spec["deploymentSpec"]["executors"]}
    return {"platforms": {"kubernetes": {"deploymentSpec": {"executors": executors}}}}


def finished_spec(spec: dict[str, Any], recipe: Recipe, artifacts: str) -> dict[str, Any]:
    """Completes TFX's PipelineSpec: defaults of the parameters, a description, and no cache where it errs.

    Kubeflow compares the inputs of a step, and the photos in a folder are not among them. So the ingest looks
    at the photos in every run. A step that reads a file which only the cluster has runs each time, too.
    """
    parameters = spec["root"].setdefault("inputDefinitions", {}).setdefault("parameters", {})
    for key, told in parameters.items():
        told["defaultValue"] = kind_and_value(recipe, key)[1]
        told["isOptional"] = True
    for name, task in spec["root"]["dag"]["tasks"].items():
        if name == "FaceExampleGen" or not all(map(is_readable, files_of(name, recipe).values())):
            task.pop("cachingOptions", None)
    spec["pipelineInfo"]["description"] = recipe.what
    spec["defaultPipelineRoot"] = artifacts
    return spec
