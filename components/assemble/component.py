"""ModelAssembler: the encoder and the fitted clusterer as one Model artifact, the one that is served."""

from pathlib import Path

import numpy as np
import tensorflow as tf
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types.standard_artifacts import Examples, Model

from components.artifacts import ClusterEvaluation
from components.faces import read_faces
from models.assignment import rule_from
from models.export import ServedModel, export_served, input_name
from models.sketch_export import ServedSketches

REPLAYED = 32


@component
def ModelAssembler(
    examples: InputArtifact[Examples],
    encoder: InputArtifact[Model],
    evaluation: InputArtifact[ClusterEvaluation],
    model: OutputArtifact[Model],
    code_version: Parameter[str],
):
    """Writes ``Format-Serving`` and ``replay.npz``, requests with the Trainer's embeddings to be met."""
    with np.load(Path(evaluation.uri) / "clustering.npz") as fitted:
        rule = rule_from(fitted)
        projection = (fitted["reduction_mean"], fitted["reduction_projection"].T)
        unknown_below = float(fitted["unknown_below"])
    trained = tf.saved_model.load(str(Path(encoder.uri) / "Format-Serving"))
    folder = Path(model.uri)
    served = ServedSketches if input_name(trained) == "examples" else ServedModel
    export_served(served(trained, projection, rule, unknown_below), folder / "Format-Serving")
    write_replay(examples.uri, Path(evaluation.uri), trained, folder / "replay.npz")


def write_replay(examples_uri, evaluation_folder, trained, path):
    """Writes up to 32 requests of the eval split and their embeddings by the trained encoder."""
    faces = read_faces(examples_uri)
    rows = faces.rows("eval")[:REPLAYED] or faces.rows("train")[:REPLAYED]
    with np.load(evaluation_folder / "arrays.npz") as arrays:
        embedding, cluster = arrays["embedding"][rows], arrays["cluster"][rows]
    requests = np.array(faces.requests(trained, rows), object)
    np.savez(path, requests=requests, embedding=embedding, cluster=cluster, input_name=input_name(trained))
