"""The summary of a finished run for a person."""

import json
from typing import Any

from pipeline.commands.classifier_result import print_classifier_result
from pipeline.commands.outcome import say


def print_result(result: dict[str, Any], as_json: bool = False) -> None:
    """Prints what was found and decided. The last line is JSON, or says where report and model are."""
    if result.get("task") == "classify":
        print_classifier_result(result, say, as_json)
        return
    from components.words.subject import reworded
    from components.words.text import counted, whole

    ingest, chosen, metrics = result["ingest"], result["chosen"], result["metrics"]
    found = (
        f"{counted(ingest['files'], ingest.get('unit') or 'file')}: {counted(ingest['faces'], 'face')} in "
        f"{whole(ingest['with_faces'])}, {whole(ingest['no_face'])} without a face, "
        f"{counted(ingest['duplicate'], 'duplicate')}, {whole(ingest['rejected'])} rejected."
    )
    say(reworded(found, result.get("subject", "face")))
    say(f"{counted(chosen['n_clusters'], 'cluster')} by {chosen['clusterer']}.")
    known = {name: value for name, value in metrics.items() if isinstance(value, float)}
    if result.get("subject", "face") == "face":
        known.pop("accuracy", None)  # people are not classes: each figure of pairs says more
    say("Metrics: " + ", ".join(f"{name} {value:.3f}" for name, value in known.items()))
    say("Blessed." if result["blessed"] else "Not blessed:")
    for reason in result["reasons"]:
        say(f"  {reason}")
    if as_json:
        say(json.dumps(result))
    else:
        say(f"Report: {result['report']}   Pushed model: {result['pushed_model'] or 'none'}")
