"""ClassifierEvaluator and ClassifierBlesser: how good a classifier is, and whether it is pushed."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.dsl.io import fileio
from tfx.types.standard_artifacts import Examples, Model, ModelBlessing
from tfx.utils import io_utils

from components.artifact_files import CARD, VERDICT, read_facts, read_ingest
from components.artifacts import ClassifierEvaluation
from components.bless.baseline import SERVED, pushed_versions
from components.bless.component import mark
from components.bless.history import read_told
from components.classify.card import classifier_card
from components.classify.evaluation import evaluate
from components.classify.rows import read_labelled
from components.classify.settings import ClassifierLimits
from components.classify.verdict import judge
from components.infra.replay_file import NAME, save_replay
from models.devices.memory import give_back
from models.progress import Progress

REPLAYED = 32


@component
def ClassifierEvaluator(
    examples: InputArtifact[Examples],
    ingest: InputArtifact[Examples],
    classifier: InputArtifact[Model],
    evaluation: OutputArtifact[ClassifierEvaluation],
    model: OutputArtifact[Model],
    settings: Parameter[str],
    progress: Parameter[str],
    code_version: Parameter[str],
):
    """Judges ``classifier`` on the held-out faces, and writes it as it is served, with its card.

    ``settings`` is a recipe's JSON; ``ingest`` the examples as the ingest wrote them, with the account of all
    photos. Beside the SavedModel are requests and the answers that are expected.
    """
    give_back()
    recipe = json.loads(settings)
    source = os.path.join(classifier.uri, SERVED)
    served = tf.saved_model.load(source)
    held_out = read_labelled(examples.uri, "eval")
    columns, least = recipe["columns"], ClassifierLimits.picked(recipe).min_answers
    facts, arrays = evaluate(held_out, served, columns, least, Progress(progress, "judging").update)
    folder = Path(evaluation.uri)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "evaluation.json").write_text(json.dumps(facts))
    kept: dict[str, Any] = {**arrays}
    np.savez(folder / "arrays.npz", **kept)
    target = os.path.join(model.uri, SERVED)
    io_utils.copy_dir(source, target)
    totals, _ = read_ingest(Path(ingest.uri))
    with fileio.open(os.path.join(target, CARD), "w") as stream:
        stream.write(json.dumps(classifier_card(recipe, totals, facts), indent=1))
    replayed = {"probability": arrays["probability"][:REPLAYED]}
    save_replay(Path(model.uri) / NAME, held_out.requests[:REPLAYED], "image_bytes", replayed)


@component
def ClassifierBlesser(
    examples: InputArtifact[Examples],
    model: InputArtifact[Model],
    evaluation: InputArtifact[ClassifierEvaluation],
    blessing: OutputArtifact[ModelBlessing],
    settings: Parameter[str],
    pushed: Parameter[str],
    code_version: Parameter[str],
):
    """Blesses or refuses ``model``; ``pushed`` is the folder of the versions that were pushed before."""
    give_back()
    recipe = json.loads(settings)
    limits = ClassifierLimits.picked(recipe)
    facts = read_facts(Path(evaluation.uri))
    card = read_told(os.path.join(model.uri, SERVED, CARD))
    before = last_comparable(pushed, card)
    earlier = None
    if before:
        held_out = read_labelled(examples.uri, "eval")
        earlier, _ = evaluate(held_out, tf.saved_model.load(before), facts["columns"], limits.min_answers)
    verdict = judge(facts["figures"], earlier and earlier["figures"], limits)
    mark(blessing, model, verdict.blessed, None)
    outcome = {**verdict.as_dict(), "baseline": before}
    (Path(blessing.uri) / VERDICT).write_text(json.dumps(outcome))


def last_comparable(pushed: str, card: dict[str, Any]) -> str | None:
    """The latest pushed version that answers the same columns of the same pictures; None without one."""
    for version in pushed_versions(pushed):
        earlier = read_told(os.path.join(version, CARD))
        if all(earlier.get(name) == card[name] for name in ("columns", "input")):
            return version
    return None
