"""What a step's container runs on Kubeflow, around TFX's own entry point.

    python -m pipeline.runners.kubeflow_entry --executor_class_path … --json_serialized_invocation_args …

The settings that this run was given become properties of the step. Artifacts are read and written where
Kubeflow mounts or copies them in the container, because the steps work on files.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.runners.tensorflow_environment import before_tensorflow

OWN_TYPES = ("ClusterEvaluation", "ClusterReport")
# Kubeflow's own convention, as in kfp.dsl.Artifact.path: files there are uploaded when the step has ended.
MOUNTS = {"gs://": "/gcs/", "minio://": "/minio/", "s3://": "/s3/"}


def main(arguments: Sequence[str]) -> None:
    """Runs the step that the container's ``arguments`` name."""
    before_tensorflow()
    parser = argparse.ArgumentParser()
    parser.add_argument("--executor_class_path", required=True)
    parser.add_argument("--json_serialized_invocation_args", required=True)
    parser.add_argument("--json_serialized_inputs_spec_args")
    options, beam_arguments = parser.parse_known_args(arguments)
    invocation = json.loads(options.json_serialized_invocation_args)
    given = invocation["inputs"]["parameterValues"]
    invocation["inputs"]["parameterValues"] = properties_of(given["facefold_step"], given)
    addresses = mounted(invocation)
    options.json_serialized_invocation_args = json.dumps(invocation)
    from tfx.orchestration.kubeflow.v2.compiler_utils import TITLE_TO_CLASS_PATH
    from tfx.orchestration.kubeflow.v2.container import kubeflow_v2_run_executor

    # TFX takes the name of any other type for the path of its class, and allows one dot in it.
    TITLE_TO_CLASS_PATH.update({f"facefold.{name}": f"components.artifacts.{name}" for name in OWN_TYPES})
    kubeflow_v2_run_executor.main((options, beam_arguments))
    tell_addresses(Path(invocation["outputs"]["outputFile"]), addresses)


def properties_of(step: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of ``step`` in a pipeline built from the settings that the container was ``given``."""
    from google.protobuf import json_format
    from tfx.orchestration.kubeflow.v2.compiler_utils import value_converter

    from pipeline.dag.build import build_pipeline
    from pipeline.dag.layout import SCRATCH, RemoteLayout
    from pipeline.recipes.assignments import prepared
    from pipeline.recipes.catalog import get_recipe
    from pipeline.runners.kubeflow_parameters import PREFIX, assignments

    # A step that reads no photos is not given their folder, but the recipe needs one.
    images = "" if f"{PREFIX}images" in given else "/"
    recipe = get_recipe(given["facefold_recipe"]).with_model(given["facefold_model"])
    recipe = prepared(recipe, images, assignments(recipe, given), on_this_machine=False)
    layout = RemoteLayout(given["facefold_root"], os.environ.get("FACEFOLD_SCRATCH", SCRATCH))
    (node,) = (node for node in build_pipeline(recipe, layout).components if node.id == step)
    properties = {name: value_converter(value) for name, value in node.exec_properties.items()}
    return {name: json_format.MessageToDict(v.constant) for name, v in properties.items() if v is not None}


def mounted(invocation: dict[str, Any]) -> dict[str, str]:
    """Points all artifacts of ``invocation`` to files in this container; returns {path: address}."""
    addresses: dict[str, str] = {}
    for side in ("inputs", "outputs"):
        for artifacts in invocation[side].get("artifacts", {}).values():
            for artifact in artifacts["artifacts"]:
                address = artifact["uri"]
                artifact["uri"] = path_of(address)
                if artifact["uri"] != address:
                    addresses[artifact["uri"]] = address
    return addresses


def path_of(address: str) -> str:
    """The path of an address in this container. A path, or the address of another store, stays as it is."""
    for scheme, mount in MOUNTS.items():
        if address.startswith(scheme):
            return mount + address[len(scheme) :]
    return address


def tell_addresses(file: Path, addresses: Mapping[str, str]) -> None:
    """Replaces the paths in the step's ``file`` about its outputs by their addresses."""
    text = file.read_text()
    for path, address in sorted(addresses.items(), reverse=True):
        text = text.replace(json.dumps(path)[1:-1], json.dumps(address)[1:-1])
    file.write_text(text)


if __name__ == "__main__":
    main(sys.argv[1:])
