"""ModelBlesser: the verdict on the assembled model, and the report."""

import json
import os
from pathlib import Path

import tensorflow as tf
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types.standard_artifacts import Examples, Model, ModelBlessing, ModelRun

from components.artifacts import ClusterEvaluation, ClusterReport
from components.bless.verdict import CARD, ENCODER, comparable_metrics, judge
from components.evaluate.evaluation import read_evaluation
from components.faces import read_faces
from components.report.gather import gather, read_mixture
from components.report.render import render_report
from models.devices.memory import give_back


@component
def ModelBlesser(
    examples: InputArtifact[Examples],
    model: InputArtifact[Model],
    model_run: InputArtifact[ModelRun],
    evaluation: InputArtifact[ClusterEvaluation],
    blessing: OutputArtifact[ModelBlessing],
    report: OutputArtifact[ClusterReport],
    settings: Parameter[str],
    code_version: Parameter[str],
    pushed: Parameter[str] = "",
    baseline: InputArtifact[Model] = None,
):
    """Blesses or refuses ``model`` and writes the report; ``settings`` is a recipe's JSON.

    It is measured against ``baseline``, or without one against the newest model under ``pushed``, the folder
    of versions that the pusher writes to.
    """
    give_back()
    recipe = json.loads(settings)
    faces = read_faces(examples.uri)
    facts, arrays = read_evaluation(Path(evaluation.uri))
    compared_to = os.path.join(baseline.uri, "Format-Serving") if baseline is not None else newest(pushed)
    earlier = None
    if compared_to is not None:
        loaded = tf.saved_model.load(compared_to)
        trained = baseline.get_string_custom_property(ENCODER) if baseline is not None else ""
        decoder = decoder_of(loaded, trained)
        earlier = comparable_metrics(loaded, faces, os.path.join(compared_to, CARD), decoder)
    verdict = judge(facts, earlier, recipe)
    mark(blessing, model, verdict.blessed, baseline)
    outcome = {**verdict.as_dict(), "baseline": baseline.uri if baseline is not None else compared_to}
    history, figures = (
        json.loads((Path(model_run.uri) / name).read_text()) for name in ("history.json", "figures.json")
    )
    folder = Path(report.uri)
    folder.mkdir(parents=True, exist_ok=True)
    mixture = read_mixture(Path(evaluation.uri))
    data = gather(Path(examples.uri), recipe, faces, (facts, arrays), (history, figures), outcome, mixture)
    render_report(data, folder / "report.html")
    facts_of_report = {
        "verdict": outcome,
        "ingest": dict(data.ingest),
        "evaluation": facts,
        "history": history,
        "figures": figures,
    }
    (folder / "report.json").write_text(json.dumps(facts_of_report))


def newest(pushed):
    """The newest version under ``pushed``, a folder or its address; None where nothing is pushed yet."""
    if not pushed or not tf.io.gfile.isdir(pushed):
        return None
    names = (name.rstrip("/") for name in tf.io.gfile.listdir(pushed))
    versions = [int(name) for name in names if name.isdigit()]
    return os.path.join(pushed, str(max(versions))) if versions else None


def decoder_of(served, trained):
    """The model that gives pictures back: ``served`` itself, or the one it was made from.

    ``trained`` is the folder of the Trainer's artifact, "" where a served model of an earlier state of the
    code does not tell. Raises FileNotFoundError where it is gone.
    """
    if hasattr(served, "reconstruct") or not trained:
        return served
    folder = Path(trained) / "Format-Serving"
    if not folder.is_dir():
        raise FileNotFoundError(
            f"The latest blessed model was made from {folder}, which is gone. Expected its decoder there, to "
            "compare reconstructions. Restore it, or give a new root."
        )
    return tf.saved_model.load(str(folder))


def mark(blessing, model, blessed, baseline):
    """Sets what TFX's LatestBlessedModelStrategy and Pusher look for."""
    folder = Path(blessing.uri)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ("BLESSED" if blessed else "NOT_BLESSED")).touch()
    blessing.set_int_custom_property("blessed", int(blessed))
    blessing.set_string_custom_property("current_model", model.uri)
    blessing.set_int_custom_property("current_model_id", model.id)
    if baseline is not None:
        blessing.set_string_custom_property("baseline_model", baseline.uri)
        blessing.set_int_custom_property("baseline_model_id", baseline.id)
