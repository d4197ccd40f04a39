"""Collects what a finished run left behind into the data of its report."""

import importlib.metadata
import json
import platform
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet

from components.faces import FaceTable
from components.report.data import Faces, Reconstructions, ReportData

PACKAGES = (
    "tensorflow keras tfx apache-beam tensorflow-probability scikit-learn numpy "
    "opencv-python-headless pillow mtcnn"
).split()
DESCRIPTIONS = ("name", "paper", "what", "command", "minutes", "paper_figure", "our_figure", "subject")
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


def read_ingest(examples: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Totals and one row a file, as the ingest step left them beside the examples."""
    totals = json.loads((examples / "ingest.json").read_text())
    return totals, pyarrow.parquet.read_table(examples / "ingest.parquet").to_pylist()


def gather(
    examples: Path,
    recipe: dict[str, Any],
    faces: FaceTable,
    evaluation: tuple[dict[str, Any], dict[str, np.ndarray]],
    trained: tuple[list[dict[str, Any]], dict[str, Any]],
    verdict: dict[str, Any],
) -> ReportData:
    """The report's data out of the artifacts of one run; ``trained`` are its history and figures."""
    facts, arrays = evaluation
    history, figures = trained
    totals, files = read_ingest(examples)
    return ReportData(
        recipe={name: recipe[name] for name in DESCRIPTIONS if name in recipe},
        created=time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        faces=Faces(
            chips=faces.chips,
            image_paths=faces.image_paths,
            labels=faces.labels,
            split=faces.split,
            cluster=arrays["cluster"],
            probability=arrays["probability"],
            unknown=arrays["unknown"],
        ),
        settings={name: value for name, value in recipe.items() if name not in DESCRIPTIONS},
        versions=versions(),
        credits=totals.get("credits", []),
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
    )
