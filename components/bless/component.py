"""ModelBlesser: the verdict on the assembled model."""

import json
import os
from pathlib import Path
from typing import Any

import tensorflow as tf
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types.standard_artifacts import Examples, Model, ModelBlessing

from components.artifact_files import CARD, ENCODER, VERDICT, read_facts, read_ingest
from components.artifacts import ClusterEvaluation
from components.bless.baseline import SERVED, chosen, in_words, pushed_versions
from components.bless.history import intake_before, read_told
from components.bless.kept_groups import keep_groups, kept_groups
from components.bless.regrouped import since
from components.bless.rules import REGROUPED
from components.bless.verdict import comparable_metrics, judge
from components.face_groups import read_groups
from components.faces import read_faces
from components.saved_inputs import served_input
from models.devices.memory import give_back


@component
def ModelBlesser(
    examples: InputArtifact[Examples],
    model: InputArtifact[Model],
    evaluation: InputArtifact[ClusterEvaluation],
    blessing: OutputArtifact[ModelBlessing],
    settings: Parameter[str],
    code_version: Parameter[str],
    pushed: Parameter[str] = "",
    kept: Parameter[str] = "",
    baseline: InputArtifact[Model] = None,
    passed_over: InputArtifact[Model] = None,
):
    """Blesses or refuses ``model``, and writes the verdict beside the mark; ``settings`` is a recipe's JSON.

    The model is compared with ``baseline``. ``passed_over`` is a later one that could not be, which the
    verdict names. If there is neither, both are looked for in ``pushed``: the folder of pushed versions, or
    one version. In ``kept``, a folder, the groups of those are looked for, and those of a blessed model put.
    """
    give_back()
    recipe = json.loads(settings)
    served = os.path.join(model.uri, SERVED)
    compared_to, skipped = (one and os.path.join(one.uri, SERVED) for one in (baseline, passed_over))
    if compared_to is None and skipped is None:
        compared_to, skipped = chosen(pushed_versions(pushed), served, str)
    earlier = None
    if compared_to is not None:
        loaded = tf.saved_model.load(compared_to)
        trained = baseline.get_string_custom_property(ENCODER) if baseline is not None else ""
        decoder = decoder_of(loaded, trained)
        faces = read_faces(examples.uri)
        card = read_told(os.path.join(compared_to, CARD))
        earlier = comparable_metrics(loaded, faces, card, decoder) | intake_before(card, recipe)
        before = read_groups(Path(baseline.uri)) if baseline else None
        if before is None and kept:
            before = kept_groups(compared_to, kept)
        earlier[REGROUPED] = since(before, read_groups(Path(model.uri)))
    left_out = in_words(skipped, served) if skipped else ""
    totals, _ = read_ingest(Path(examples.uri))
    verdict = judge(read_facts(Path(evaluation.uri)), earlier, recipe, left_out, totals)
    mark(blessing, model, verdict.blessed, baseline)
    if verdict.blessed and kept:
        keep_groups(served, model.uri, kept)
    outcome = {
        **verdict.as_dict(),
        "baseline": baseline.uri if baseline is not None else compared_to,
        REGROUPED: (earlier or {}).get(REGROUPED),
    }
    (Path(blessing.uri) / VERDICT).write_text(json.dumps(outcome))


def decoder_of(served: Any, trained: str) -> Any:
    """The model that can reconstruct pictures: ``served`` itself, or the one that it was made from.

    ``trained`` is the folder of the Trainer's artifact, or "" if the served model is from an earlier state of
    the code and does not name it. If that is gone too, no reconstruction can be compared.
    """
    if hasattr(served, "reconstruct") or not trained:
        return served
    folder = os.path.join(trained, SERVED)
    return served if served_input(folder) is None else tf.saved_model.load(folder)


def mark(blessing: Any, model: Any, blessed: bool, baseline: Any) -> None:
    """Sets the properties and the file that TFX's LatestBlessedModelStrategy and Pusher look for."""
    folder = Path(blessing.uri)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ("BLESSED" if blessed else "NOT_BLESSED")).touch()
    blessing.set_int_custom_property("blessed", int(blessed))
    blessing.set_string_custom_property("current_model", model.uri)
    blessing.set_int_custom_property("current_model_id", model.id)
    if baseline is not None:
        blessing.set_string_custom_property("baseline_model", baseline.uri)
        blessing.set_int_custom_property("baseline_model_id", baseline.id)
