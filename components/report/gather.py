"""Collects what a finished run left behind into the data of its report."""

import importlib.metadata
import json
import platform
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet

from components.assemble.model_card import model_card
from components.faces import FaceTable
from components.report.data import Faces, Reconstructions, ReportData
from models.clustering.rules.assignment import rule_from
from models.clustering.rules.mixture import Mixture

PACKAGES = (
    "tensorflow keras tfx apache-beam tensorflow-probability scikit-learn numpy "
    "opencv-python-headless pillow mtcnn"
).split()
DESCRIPTIONS = ("name", "paper", "what", "command", "minutes", "paper_figure", "our_figure", "subject")
EVIDENCE = tuple("intervals seeds health pairs rounds slices yardsticks simulated threshold quality".split())
LATENTS = ("samples", "interpolations", "traversals", "maps", "mapped")


def versions() -> dict[str, str]:
    """Installed versions of what decides the figures."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def credits_of(totals: dict[str, Any]) -> list[str]:
    """The sentences that name the owners of the photos: the ingest gives one text."""
    found = totals.get("credits") or []
    return [found] if isinstance(found, str) else list(found)


def read_ingest(examples: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Totals and one row a file, as the ingest step left them beside the examples."""
    totals = json.loads((examples / "ingest.json").read_text())
    return totals, pyarrow.parquet.read_table(examples / "ingest.parquet").to_pylist()


def read_mixture(evaluation: Path) -> Mixture | None:
    """The mixture that rules in the clusterer's space, from ``clustering.npz``; None of another rule."""
    with np.load(evaluation / "clustering.npz") as arrays:
        return rule_from(arrays).density


def faces_of(faces: FaceTable, arrays: dict[str, np.ndarray]) -> Faces:
    """The faces of the examples with what the evaluation found of each."""
    return Faces(
        chips=faces.chips,
        image_paths=faces.image_paths,
        labels=faces.labels,
        split=faces.split,
        cluster=arrays["cluster"],
        probability=arrays["probability"],
        unknown=arrays["unknown"],
    )


def gather(
    examples: Path,
    recipe: dict[str, Any],
    faces: FaceTable,
    evaluation: tuple[dict[str, Any], dict[str, np.ndarray]],
    trained: tuple[list[dict[str, Any]], dict[str, Any]],
    verdict: dict[str, Any],
    mixture: Mixture | None = None,
) -> ReportData:
    """The report's data out of the artifacts of one run; ``trained`` are its history and figures."""
    facts, arrays = evaluation
    history, figures = trained
    totals, files = read_ingest(examples)
    return ReportData(
        recipe={name: recipe[name] for name in DESCRIPTIONS if name in recipe},
        created=time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        faces=faces_of(faces, arrays),
        settings={name: value for name, value in recipe.items() if name not in DESCRIPTIONS},
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
        verdict=verdict,
        points=arrays["points"],
        familiarity=arrays["familiarity"],
        quality=arrays.get("quality"),
        weakest=arrays.get("weakest"),
        mixture=mixture,
        evidence={name: facts[name] for name in EVIDENCE if name in facts},
        card=model_card(recipe, totals, facts),
    )
