"""The result of a run that learned from labels, and its summary for a person."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.recipes.recipe import Recipe

MEANS = ("balanced_accuracy", "accuracy", "auc", "calibration_error")


def classifier_result(
    outputs: Mapping[tuple[str, str], Any],
    recipe: Recipe,
    shown: str,
) -> dict[str, Any]:
    """The result of a finished run: verdict, report, pushed model, counts, and figures of every column.

    ``shown`` is the page that a person opens.
    """
    from components.artifact_files import read_facts, read_ingest, read_verdict

    totals, _ = read_ingest(Path(outputs["FaceExampleGen", "examples"].uri))
    facts = read_facts(Path(outputs["ClassifierEvaluator", "evaluation"].uri))
    verdict = read_verdict(Path(outputs["ClassifierBlesser", "blessing"].uri))
    figures = facts["figures"]
    names = ("files", "unit", "with_faces", "no_face", "duplicate", "rejected", "faces", "notes")
    return {
        "recipe": recipe.name,
        "task": recipe.task,
        "subject": recipe.subject,
        "blessed": verdict["blessed"],
        "reasons": verdict["reasons"],
        "report": shown,
        "pushed_model": pushed_path(outputs.get(("Pusher", "pushed_model"))) if verdict["blessed"] else None,
        "artifacts": {
            "examples": outputs["FaceExampleGen", "examples"].uri,
            "evaluation": outputs["ClassifierEvaluator", "evaluation"].uri,
            "model": outputs["ClassifierEvaluator", "model"].uri,
            "report": outputs["RunReport", "report"].uri,
        },
        "ingest": {name: totals.get(name) for name in names},
        "columns": figures["columns"],
        "judged": figures["judged"],
        "constant": figures["constant"],
        "held_out": {"photos": figures["n"], "people": figures["n_people"]},
        "metrics": figures["mean"],
        "maps": (facts.get("maps") or {}).get("mean"),
    }


def pushed_path(artifact: Any) -> str | None:
    """The folder that the Pusher put the model in, or None if it pushed nothing."""
    if artifact is None:
        return None
    value = artifact.custom_properties["pushed_destination"].string_value
    return str(Path(value).absolute()) if value else None


def print_classifier_result(result: Mapping[str, Any], say: Callable[[str], None], as_json: bool) -> None:
    """Prints what was learned and decided. The last line is JSON, or says where the model is."""
    from components.words.text import counted, whole

    ingest, held = result["ingest"], result["held_out"]
    untold = (ingest.get("notes") or {}).get("no targets", 0)
    say(
        f"{counted(ingest['files'], 'file')}: {whole(ingest['with_faces'])} with a face, "
        f"{whole(ingest['no_face'])} without, {whole(ingest['rejected'])} rejected; {whole(untold)} with a "
        "face of which the CSV tells nothing."
    )
    say(
        f"Judged on {counted(held['photos'], 'photo')} of {counted(held['people'], 'person', 'people')} held "
        f"out, {result['judged']} of {counted(len(result['columns']), 'column')} with enough answers."
    )
    mean = result["metrics"]
    if mean:
        told = ", ".join(f"{name} {in_words(mean[name])}" for name in MEANS)
        say(f"Mean: {told}; always the majority {mean['majority']:.3f}")
    if result["constant"]:
        say(f"The same answer for every face: {', '.join(result['constant'])}")
    say("Blessed." if result["blessed"] else "Not blessed:")
    for reason in result["reasons"]:
        say(f"  {reason}")
    pushed = result["pushed_model"] or "none"
    say(json.dumps(result) if as_json else f"Report: {result['report']}   Pushed model: {pushed}")


def in_words(found: Mapping[str, Any]) -> str:
    """A figure and its 95% interval."""
    if found["low"] is None:
        return f"{found['value']:.3f}"
    return f"{found['value']:.3f} ({found['low']:.3f} to {found['high']:.3f})"
