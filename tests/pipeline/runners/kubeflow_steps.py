"""What Kubeflow does with a compiled file, minus Kubernetes: each step's command, in the order of the file.

An object store's addresses become paths under a folder; the steps run one after the other.
"""

import json
import subprocess
import sys
from pathlib import Path


def in_order(tasks):
    """Names of the tasks, each after those that it depends on."""
    done, waiting = [], dict(tasks)
    while waiting:
        ready = [n for n, t in waiting.items() if set(t.get("dependentTasks", [])) <= set(done)]
        assert ready, f"tasks that wait for each other: {sorted(waiting)}"
        done.append(min(ready))
        del waiting[done[-1]]
    return done


def invocation_of(spec, name, produced, root, parameters):
    """The ExecutorInput of a task: upstream artifacts, its parameters and where its outputs go."""
    task, component = spec["root"]["dag"]["tasks"][name], spec["components"][name]
    asked = spec["root"]["inputDefinitions"]["parameters"]
    values = {}
    for key, source in task["inputs"].get("parameters", {}).items():
        if "componentInputParameter" in source:
            of_run = source["componentInputParameter"]
            values[key] = parameters.get(of_run, asked[of_run]["defaultValue"])
        else:
            values[key] = source["runtimeValue"]["constant"]
    artifacts = {}
    for key, source in task["inputs"].get("artifacts", {}).items():
        output = source["taskOutputArtifact"]
        artifacts[key] = {"artifacts": [produced[output["producerTask"], output["outputArtifactKey"]]]}
    outputs = {
        key: {
            "artifacts": [
                {
                    "name": f"{name}-{key}",
                    "type": told["artifactType"],
                    "uri": f"{root}/{name}/{key}",
                    "metadata": {},
                }
            ]
        }
        for key, told in component.get("outputDefinitions", {}).get("artifacts", {}).items()
    }
    return {"inputs": {"parameterValues": values, "artifacts": artifacts}, "outputs": {"artifacts": outputs}}


def command_of(spec, name, invocation):
    """The container's command and arguments with the placeholder filled in."""
    container = spec["deploymentSpec"]["executors"][spec["components"][name]["executorLabel"]]["container"]
    filled = [json.dumps(invocation) if part == "{{$}}" else part for part in container["args"]]
    return container["command"], filled


def run_steps(spec, folder, root, parameters=None, execute=None):
    """Runs all steps of ``spec``; returns {(task, output key): artifact as the step told it}.

    Args:
        spec: a PipelineSpec, a dict.
        folder: where the steps' own files go.
        root: address under which their outputs lie.
        parameters: those of this run.
        execute: a function of (command, arguments); a new process each if None.
    """
    produced = {}
    for name in in_order(spec["root"]["dag"]["tasks"]):
        invocation = invocation_of(spec, name, produced, root, parameters or {})
        told = Path(folder) / name / "output_metadata.json"
        told.parent.mkdir(parents=True)
        invocation["outputs"]["outputFile"] = str(told)
        command, arguments = command_of(spec, name, invocation)
        (execute or in_a_process)(command, arguments)
        said = json.loads(told.read_text()).get("artifacts", {})
        for key, told_of in invocation["outputs"]["artifacts"].items():
            before = told_of["artifacts"][0]
            now = said.get(key, {}).get("artifacts", [{}])[0]
            produced[name, key] = {
                **before,
                "metadata": now.get("metadata", {}),
                "uri": now.get("uri", before["uri"]),
            }
    return produced


def in_a_process(command, arguments):
    """Runs a step as its container would."""
    assert command[0] == "python"
    subprocess.run([sys.executable, *command[1:], *arguments], check=True)
