"""ClusterEvaluator: embeds every face, chooses a clusterer by evidence, and judges the choice."""

import json
from pathlib import Path

import numpy as np
import tensorflow as tf
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types.standard_artifacts import Examples, Model

from components.artifacts import ClusterEvaluation
from components.evaluate.evaluation import evaluate, write_evaluation
from components.evaluate.figures.quality import founders, quality_of
from components.evaluate.judging.occlusion import occlusion_of
from components.evaluate.judging.requested_facts import requested_facts
from components.evaluate.pictures.latents import latent_pictures
from components.evaluate.pictures.reconstruction import reconstruct
from components.evaluate.pictures.small_pictures import small_pictures
from components.evaluate.search.settings import ConsensusSelection
from components.faces import outputs_of, read_faces
from components.ingest.settings import KIND
from components.pairs.files import read_pairs
from models.devices.memory import give_back
from models.progress import Pace, Progress
from schemas.example_kinds import example_kind


@component
def ClusterEvaluator(
    examples: InputArtifact[Examples],
    model: InputArtifact[Model],
    evaluation: OutputArtifact[ClusterEvaluation],
    settings: Parameter[str],
    progress: Parameter[str],
    code_version: Parameter[str],
):
    """Embeds, chooses and judges. ``settings`` is JSON: what is searched, and how the choice is judged."""
    give_back()
    faces = read_faces(examples.uri)
    encoder = tf.saved_model.load(str(Path(model.uri) / "Format-Serving"))
    embedding = Progress(progress, "embedding")
    pace = Pace(embedding.update)
    outputs = outputs_of(encoder.serving_default, faces.requests(encoder), report=pace.update)
    embeddings = np.stack(outputs["embedding"]).astype(np.float32)
    choosing = Progress(progress, "clustering")
    searched = json.loads(settings)
    chosen = ConsensusSelection.picked(searched)
    norms = np.stack(outputs["norm"]) if "norm" in outputs else None
    del outputs
    give_back()
    clustering, facts, arrays = evaluate(faces, embeddings, chosen, choosing.update, norms)
    give_back()
    facts |= requested_facts(faces, embeddings, arrays["cluster"], clustering, chosen, searched, encoder)
    figures, pictures = reconstruct(encoder, faces)
    if searched.get("occlude"):
        pairs = read_pairs(searched["pairs"]) if searched.get("pairs") else None
        update = Progress(progress, "occlusion").update
        study, drawn = occlusion_of(faces, encoder, clustering, facts["unknown_below"], pairs, update)
        facts |= {"occlusion": study}
        pictures |= drawn
    if figures:
        facts["metrics"]["eval"] |= figures
    if example_kind(searched[KIND]).small:
        train = np.array(faces.rows("train"), int)
        fitted = founders(quality_of(faces, norms), train, chosen.founders)
        told, drawn = small_pictures(faces, clustering.estimator, fitted, arrays, chosen.random_state)
        facts |= {"small_pictures": told}
        pictures |= drawn
    facts["faces_per_second"] = pace.rate
    facts["decodes"] = hasattr(encoder, "reconstruct")
    pictures |= latent_pictures(encoder, faces, embeddings)
    write_evaluation(Path(evaluation.uri), clustering, facts, {**arrays, **pictures})
