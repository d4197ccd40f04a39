"""ModelAssembler: the encoder and the fitted clusterer as one Model artifact, the one that is served."""

import json
from pathlib import Path

import numpy as np
import tensorflow as tf
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types.standard_artifacts import Examples, Model

from components.artifacts import ClusterEvaluation
from components.assemble.model_card import model_card
from components.bless.verdict import CARD, ENCODER
from components.faces import read_faces
from components.report.gather import read_ingest
from models.clustering.rules.assignment import rule_from
from models.devices.memory import give_back
from models.export.encoder import ServedModel, export_served, input_name
from models.export.sketches import ServedSketches

REPLAYED = 32
TOLERANCE = 1e-4


@component
def ModelAssembler(
    examples: InputArtifact[Examples],
    encoder: InputArtifact[Model],
    evaluation: InputArtifact[ClusterEvaluation],
    model: OutputArtifact[Model],
    settings: Parameter[str],
    code_version: Parameter[str],
):
    """Writes ``Format-Serving`` and ``replay.npz``, requests with the Trainer's embeddings to be met.

    ``settings`` is a recipe's JSON: ``serve_decoder`` says whether the decoder is part of it.
    ``model_card.json`` lies beside the SavedModel, and is pushed with it.
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
    module = served(trained, projection, rule, unknown_below, recipe["serve_decoder"])
    faces = read_faces(examples.uri)
    with np.load(Path(evaluation.uri) / "arrays.npz") as arrays:
        answers = {name: arrays[name] for name in ("embedding", "cluster", "probability", "unknown")}
    check_answers(module, {name: values[faces.rows("eval")] for name, values in answers.items()})
    export_served(module, folder / "Format-Serving")
    facts = json.loads((Path(evaluation.uri) / "evaluation.json").read_text())
    totals, _ = read_ingest(Path(examples.uri))
    card = model_card(recipe, totals, facts)
    (folder / "Format-Serving" / CARD).write_text(json.dumps(card, indent=1))
    write_replay(faces, answers, trained, folder / "replay.npz")
    model.set_string_custom_property(ENCODER, encoder.uri)


def check_answers(module, expected):
    """Raises RuntimeError where the served graph says anything else of the eval split than the evaluation.

    ``expected``: embedding (n, d), cluster, probability and unknown (n,). Probabilities may differ by 1e-4.
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


def write_replay(faces, answers, trained, path):
    """Writes up to 32 requests of the eval split, and what the evaluation answered to them."""
    rows = faces.rows("eval")[:REPLAYED] or faces.rows("train")[:REPLAYED]
    expected = {name: answers[name][rows] for name in ("embedding", "cluster", "probability")}
    requests = np.array(faces.requests(trained, rows), object)
    np.savez(path, requests=requests, input_name=input_name(trained), **expected)
