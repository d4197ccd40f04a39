"""ModelAssembler: joins the encoder and the fitted clusterer in one Model artifact, which is served."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types.standard_artifacts import Examples, Model, ModelRun

from components.artifact_files import CARD, ENCODER, as_used, read_facts, read_ingest, read_training
from components.artifacts import ClusterEvaluation
from components.assemble.model_card import model_card
from components.face_groups import groups_of, write_groups
from components.face_table import FaceTable
from components.faces import read_faces
from components.infra.replay_file import NAME, save_replay
from models.clustering.rules.assignment import Rule, is_unknown, rule_from
from models.devices.memory import give_back
from models.export.encoder import ServedModel, export_served, input_name
from models.export.sketches import ServedSketches

REPLAYED = 32
TOLERANCE = 1e-4


@component
def ModelAssembler(
    examples: InputArtifact[Examples],
    encoder: InputArtifact[Model],
    model_run: InputArtifact[ModelRun],
    evaluation: InputArtifact[ClusterEvaluation],
    model: OutputArtifact[Model],
    settings: Parameter[str],
    code_version: Parameter[str],
):
    """Writes ``Format-Serving``, and ``replay.npz`` with requests and the answers that are expected.

    ``settings`` is a recipe's JSON; its ``serve_decoder`` says whether the decoder is part of the model.
    ``model_card.json`` is beside the SavedModel, and is pushed with it. ``groups.npz`` tells later runs which
    group each face is in, and is not pushed.
    """
    give_back()
    recipe = json.loads(settings)
    with np.load(Path(evaluation.uri) / "clustering.npz") as fitted:
        rule = rule_from(fitted)
        projection = (fitted["reduction_mean"], fitted["reduction_projection"].T)
        unknown_below = float(fitted["unknown_below"])
    trained = tf.saved_model.load(str(Path(encoder.uri) / "Format-Serving"))
    folder = Path(model.uri)
    served = ServedSketches if input_name(trained) == "examples" else ServedModel
    module = served(trained, projection, rule, unknown_below, recipe.get("serve_decoder", False))
    faces = read_faces(examples.uri)
    with np.load(Path(evaluation.uri) / "arrays.npz") as arrays:
        answers = {name: arrays[name] for name in ("embedding", "cluster", "probability", "unknown")}
    facts = read_facts(Path(evaluation.uri))
    expected = (
        answers if facts["servable"] else graph_answers(answers["embedding"], projection, rule, unknown_below)
    )
    check_answers(module, {name: values[faces.rows("eval")] for name, values in expected.items()})
    export_served(module, folder / "Format-Serving")
    totals, _ = read_ingest(Path(examples.uri))
    _, figures = read_training(Path(model_run.uri))
    card = model_card(as_used(recipe, figures), totals, facts)
    (folder / "Format-Serving" / CARD).write_text(json.dumps(card, indent=1))
    write_replay(faces, expected, trained, folder / NAME)
    write_groups(groups_of(faces, answers["cluster"], recipe), folder)
    model.set_string_custom_property(ENCODER, encoder.uri)


def graph_answers(
    embeddings: np.ndarray, projection: tuple[np.ndarray, np.ndarray], rule: Rule, unknown_below: float
) -> dict[str, np.ndarray]:
    """What a graph is to answer where the evaluation's own space can't be served: the rule, on the axes.

    ``projection`` is the mean (d,) and the axes (m, d) of embeddings (n, d). Returns these as ``embedding``,
    with ``cluster``, ``probability`` (NaN in no cluster) and ``unknown``, (n,) each. Blessing refuses such a
    model; that its graph does what its rule says is checked as of any other.
    """
    mean, axes = projection
    found = rule.assign((embeddings.astype(np.float64) - mean) @ axes.T)
    return {
        "embedding": embeddings,
        "cluster": found.cluster,
        "probability": np.where(found.cluster < 0, np.nan, found.confidence),
        "unknown": is_unknown(found, unknown_below),
    }


def check_answers(module: Any, expected: Mapping[str, np.ndarray]) -> None:
    """Raises RuntimeError if the served graph and the evaluation differ on the eval split.

    ``expected`` has embedding (n, d), and cluster, probability and unknown (n,). Probabilities may differ by
    1e-4.
    """
    if not len(expected["cluster"]):
        return
    found = {
        name: value.numpy() for name, value in module.clustered(tf.constant(expected["embedding"])).items()
    }
    told = np.nan_to_num(expected["probability"])
    apart = np.abs(found["probability"] - told)
    other = (found["cluster"] != expected["cluster"]) | (found["unknown"] != expected["unknown"])
    if apart.max() > TOLERANCE or other.any():
        raise RuntimeError(
            f"The served graph differs from the evaluation on {len(told)} faces of the eval split: "
            f"probabilities by up to {apart.max():.2e}, allowed is {TOLERANCE:.0e}; {other.sum()} faces with "
            "another cluster, or known to one and unknown to the other. Nothing is served that was not "
            "evaluated: compare models/clustering/rules/served_rules.py with assignment.py there."
        )


def write_replay(faces: FaceTable, answers: Mapping[str, np.ndarray], trained: Any, path: Path) -> None:
    """Writes up to 32 requests of the eval split, with the evaluation's answers to them."""
    rows = faces.rows("eval")[:REPLAYED] or faces.rows("train")[:REPLAYED]
    expected = {name: values[rows] for name, values in answers.items()}
    save_replay(path, faces.requests(trained, rows), input_name(trained), expected)
