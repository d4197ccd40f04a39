"""Collects the data of a report from the artifacts of a finished run."""

import importlib.metadata
import json
import platform
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from components.artifact_files import (
    as_used,
    read_card,
    read_evaluation,
    read_facts,
    read_ingest,
    read_training,
    read_verdict,
)
from components.face_table import FaceTable
from components.faces import read_faces
from components.report.data import GroupedFaces, Reconstructions, ReportData
from components.report.nearest_people import nearest_people
from components.report.render import render_report
from models.clustering.rules.assignment import Rule, rule_from

PACKAGES = (
    "tensorflow keras tfx apache-beam tensorflow-probability scikit-learn numpy "
    "opencv-python-headless pillow mtcnn"
).split()
DESCRIPTIONS = ("name", "paper", "what", "command", "minutes", "paper_figure", "our_figure", "subject")
EVIDENCE = tuple(
    "intervals seeds health pairs rounds slices reference_embeddings simulated threshold quality "
    "occlusion small_pictures".split()
)
LATENTS = ("samples", "interpolations", "traversals", "maps", "mapped")
SMALL = "map_rows map_before map_after mean_groups mean_pictures dispute accord".split()


@dataclass(frozen=True)
class RunFolders:
    """The folders of the artifacts that a report is made from; ``model`` is the assembled one."""

    examples: Path
    model: Path
    model_run: Path
    evaluation: Path
    blessing: Path


def write_report(recipe: dict[str, Any], run: RunFolders, folder: Path) -> None:
    """Writes ``report.html`` with the folders beside it, and ``report.json``, the same as plain values."""
    folder.mkdir(parents=True, exist_ok=True)
    render_report(gather(recipe, run), folder / "report.html")
    totals, _ = read_ingest(run.examples)
    history, figures = read_training(run.model_run)
    facts = {
        "verdict": read_verdict(run.blessing),
        "ingest": totals,
        "evaluation": read_facts(run.evaluation),
        "history": history,
        "figures": figures,
    }
    (folder / "report.json").write_text(json.dumps(facts))


def versions() -> dict[str, str]:
    """The installed versions of the packages that decide the figures."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def credits_of(totals: dict[str, Any]) -> list[str]:
    """The sentences that name the owners of the photos, as a list; the ingest gives one text."""
    found = totals.get("credits") or []
    return [found] if isinstance(found, str) else list(found)


def read_rule(evaluation: Path) -> Rule:
    """The rule in the clusterer's space, from ``clustering.npz``."""
    with np.load(evaluation / "clustering.npz") as arrays:
        return rule_from(arrays)


def grouped(faces: FaceTable, arrays: dict[str, np.ndarray]) -> GroupedFaces:
    """The faces of the examples with what the evaluation found for each."""
    return GroupedFaces(
        **vars(faces),
        cluster=arrays["cluster"],
        probability=arrays["probability"],
        unknown=arrays["unknown"],
    )


def gather(recipe: dict[str, Any], run: RunFolders) -> ReportData:
    """The report's data from the artifacts of a run; ``recipe`` has the run's settings and descriptions."""
    faces = read_faces(str(run.examples))
    totals, files = read_ingest(run.examples)
    facts, arrays = read_evaluation(run.evaluation)
    history, figures = read_training(run.model_run)
    rule = read_rule(run.evaluation)
    return ReportData(
        recipe={name: recipe[name] for name in DESCRIPTIONS if name in recipe},
        created=time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        faces=grouped(faces, arrays),
        settings=as_used({name: recipe[name] for name in recipe if name not in DESCRIPTIONS}, figures),
        versions=versions(),
        credits=credits_of(totals),
        ingest=totals,
        files=files,
        projection=arrays["projection"],
        projection_index=arrays["projection_index"],
        tightness={int(cluster): value for cluster, value in facts["tightness"].items()},
        history=history,
        figures=figures,
        reconstructions=Reconstructions(arrays["originals"], arrays["reconstructed"]),
        latents={name: arrays[name] for name in LATENTS if name in arrays},
        protocol=facts.get("protocol"),
        selection=facts["selection"],
        metrics=facts["metrics"],
        roc=facts["roc"],
        verdict=read_verdict(run.blessing),
        points=arrays["points"],
        familiarity=arrays["familiarity"],
        quality=arrays.get("quality"),
        weakest=arrays.get("weakest"),
        mixture=rule.density,
        nearest=nearest_people(rule, arrays["points"], arrays["cluster"]) if facts["servable"] else None,
        evidence={name: facts[name] for name in EVIDENCE if name in facts},
        occlusion={name: array for name, array in arrays.items() if name.startswith("occlusion_")},
        small={name: arrays[name] for name in SMALL if name in arrays},
        card=read_card(run.model),
    )
