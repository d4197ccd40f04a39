"""What a step's container runs on Kubeflow, around TFX's own entry point.

    python -m pipeline.runners.kubeflow_entry --executor_class_path … --json_serialized_invocation_args …

Settings that were given to this run become properties of the step. And artifacts are read and written where
Kubeflow mounts or copies them in the container: the steps work on files.
"""

import argparse
import json
import os
import sys
from pathlib import Path

OWN_TYPES = ("ClusterEvaluation", "ClusterReport")
# Kubeflow's own convention, as in kfp.dsl.Artifact.path: what is there is uploaded when the step has ended.
MOUNTS = {"gs://": "/gcs/", "minio://": "/minio/", "s3://": "/s3/"}


def main(arguments):
    """Runs the step that the container's ``arguments`` tell."""
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


def properties_of(step, given):
    """The properties of ``step`` in the pipeline of the settings that the container was ``given``."""
    from google.protobuf import json_format
    from tfx.orchestration.kubeflow.v2.compiler_utils import value_converter

    from pipeline.dag.build import build_pipeline
    from pipeline.dag.layout import SCRATCH, RemoteLayout
    from pipeline.recipes.assignments import prepared
    from pipeline.recipes.catalog import get_recipe
    from pipeline.runners.kubeflow_parameters import PREFIX, assignments

    # A step that takes no photos is not told where they are; the recipe wants to know of some.
    images = "" if f"{PREFIX}images" in given else "/"
    recipe = get_recipe(given["facefold_recipe"]).with_model(given["facefold_model"])
    recipe = prepared(recipe, images, assignments(recipe, given), on_this_machine=False)
    layout = RemoteLayout(given["facefold_root"], os.environ.get("FACEFOLD_SCRATCH", SCRATCH))
    (node,) = (node for node in build_pipeline(recipe, layout).components if node.id == step)
    properties = {name: value for name, value in node.exec_properties.items() if value is not None}
    return {name: json_format.MessageToDict(value_converter(v).constant) for name, v in properties.items()}


def mounted(invocation):
    """Points all artifacts of ``invocation`` to files of this container; returns {path: address}."""
    addresses = {}
    for side in ("inputs", "outputs"):
        for artifacts in invocation[side].get("artifacts", {}).values():
            for artifact in artifacts["artifacts"]:
                address = artifact["uri"]
                artifact["uri"] = path_of(address)
                if artifact["uri"] != address:
                    addresses[artifact["uri"]] = address
    return addresses


def path_of(address):
    """Where an address lies in this container; a path, or the address of a store unknown here, is itself."""
    for scheme, mount in MOUNTS.items():
        if address.startswith(scheme):
            return mount + address[len(scheme) :]
    return address


def tell_addresses(file, addresses):
    """Puts the addresses back into what the step says of its outputs."""
    text = file.read_text()
    for path, address in sorted(addresses.items(), reverse=True):
        text = text.replace(json.dumps(path)[1:-1], json.dumps(address)[1:-1])
    file.write_text(text)


if __name__ == "__main__":
    main(sys.argv[1:])
