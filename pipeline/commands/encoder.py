"""The encoder that ``--model`` names: a reference by its name, or a saved model by its folder."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from components.ingest.photo_cache import DECIDING
from pipeline.encoder import REFERENCES, Encoder, of_recipe, pushed_below
from pipeline.runners.finished import RESULT
from pipeline.runners.output import start_tensorflow
from pipeline.serving.client import SAVED, newest
from schemas.paths import absolute


def find_encoder(text: str) -> Encoder:
    """The encoder that ``--model`` names; nothing is loaded.

    A folder may be a SavedModel, a folder of versions (the newest is taken), a run's folder, or a root with a
    ``serving`` folder. Raises ValueError, one line, for anything else.
    """
    folder = absolute(text, "--model")
    if text in REFERENCES:
        return of_recipe(text, REFERENCES[text])
    if not os.path.isdir(folder):
        raise ValueError(
            f"--model {text} is neither a name nor a folder. Expected one of: {', '.join(REFERENCES)}; or "
            "the folder of a pushed model or of a run. Check the path."
        )
    if (folder / RESULT).is_file():
        return of_run(folder)
    found = pushed_below(folder)
    if found is None:
        raise ValueError(
            f"--model {text} holds no model. Expected {SAVED} in it, in a version below it, or a run's "
            "result.json. Give the folder that `facefold run` names as the pushed model."
        )
    return found


def of_run(folder: Path) -> Encoder:
    """The model that a run pushed, with the settings that found the faces in that run."""
    pushed = json.loads((folder / RESULT).read_text())["pushed_model"]
    if pushed is None:
        raise ValueError(
            f"The run {folder.name} pushed no model: it was not blessed. Expected a run with a pushed model. "
            "Give another run, or the Format-Serving folder of its ModelAssembler."
        )
    saved = newest(Path(pushed))
    if saved is None:
        raise ValueError(
            f"The model of the run {folder.name} is gone. Expected {SAVED} in {pushed}; found none. "
            "Run again."
        )
    file = folder / "settings.json"
    settings = json.loads(file.read_text()) if file.is_file() else {}
    return Encoder(
        str(saved), folder=saved, ingest={name: settings[name] for name in DECIDING if name in settings}
    )


def saved_signatures(folder: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """The signatures of the SavedModel in ``folder``, which is read but not loaded.

    The names are those of a client's ``signatures()``; the values are TensorInfos.
    """
    start_tensorflow()
    from tensorflow.core.protobuf import saved_model_pb2

    (graph,) = saved_model_pb2.SavedModel.FromString((Path(folder) / SAVED).read_bytes()).meta_graphs
    return {
        name: {"inputs": dict(signature.inputs), "outputs": dict(signature.outputs)}
        for name, signature in graph.signature_def.items()
    }
