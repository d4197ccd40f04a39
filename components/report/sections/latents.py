"""The section on what the latents hold, and the figures of a trained model in words."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from components.report.charts.picture_grid import grid_uri
from components.report.charts.thumbnails import decoded_tile
from components.report.data import ReportData
from components.words.text import counted, decimal, duration, is_number, whole

COLUMNS = 8
WORDS = {  # key of `models.contract.EmbeddingModel.figures`: name, what it says
    "active_units": ("Active units", "latents whose mean varies over the eval faces by more than 0.01"),
    "largest_mean": ("Largest mean of a latent", "0 under the prior"),
    "smallest_variance": ("Smallest variance of a latent", "1 under the prior"),
    "largest_variance": ("Largest variance of a latent", "1 under the prior"),
    "mmd2": ("MMD² to the prior", "0 for equal laws; may fall below"),
    "mmd2_prior_95": ("MMD² that 95% of true draws stay under", "between two samples of the prior"),
    "mmd2_too_wide": ("MMD² of draws 1.2 times too wide", "what a plain difference from the prior gives"),
}


def latents(data: ReportData) -> list[dict[str, Any]]:
    """An entry for each picture that the run has: title, what it shows, data URI; empty if it has none."""
    found = data.latents
    entries = []
    if len(found.get("samples", ())):
        samples = found["samples"]
        rows = len(samples) // COLUMNS
        grid = samples[: rows * COLUMNS].reshape(rows, COLUMNS, *samples.shape[1:])
        entries.append(("Samples", "Draws of N(0, I), decoded: none of them is in the photos.", grid))
    if len(found.get("interpolations", ())):
        says = "From the one on the left to the one on the right, along a straight line of embeddings."
        entries.append(("Interpolations", says, found["interpolations"]))
    if len(found.get("traversals", ())):
        says = (
            "A row for each of the directions in which embeddings vary most: from three deviations below the "
            "mean embedding to three above."
        )
        entries.append(("Traversals", says, found["traversals"]))
    if len(found.get("maps", ())):
        says = (
            "The last feature maps before the embedding: a picture, then the channels that vary most, each "
            "from its lowest (black) to its highest value."
        )
        entries.append(("Encoded maps", says, with_faces(data, found["maps"], found["mapped"])))
    return [{"title": title, "says": says, "uri": grid_uri(grid)} for title, says, grid in entries]


def with_faces(data: ReportData, maps: np.ndarray, mapped: np.ndarray) -> np.ndarray:
    """The faces ``mapped`` (m,) followed by their maps (m, c, h, w), all grey: uint8 (m, c + 1, 96, 96)."""
    side = 96
    repeat = max(1, side // maps.shape[2])
    large = maps.repeat(repeat, axis=2).repeat(repeat, axis=3)
    rows = []
    for face, channels in zip(mapped, large, strict=True):
        tile = decoded_tile(data.faces.chips[int(face)], large.shape[2])
        grey = np.full(large.shape[2:], 96.0) if tile is None else tile.mean(axis=2)
        rows.append([grey.astype(np.uint8), *channels])
    return np.array(rows)


def facts(figures: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The figures of a trained model as pairs of name and value."""
    shown = []
    if is_number(figures.get("fit_seconds")):
        shown.append(("Fitted in", duration(float(figures["fit_seconds"]))))
    for key, (name, _) in WORDS.items():
        if is_number(figures.get(key)):
            value = figures[key]
            shown.append((name, whole(value) if key == "active_units" else decimal(value, 4)))
    if "near_normal" in figures:
        shown.append(("Near normal", "yes" if figures["near_normal"] else "no"))
    if is_number(figures.get("fitted_on")):
        shown.append(("Fitted on", counted(figures["fitted_on"], "face")))
    return shown


def notes(figures: Mapping[str, Any]) -> list[str]:
    """What the figures mean, for those that there are."""
    said = [f"{name}: {says}." for key, (name, says) in WORDS.items() if is_number(figures.get(key))]
    if "near_normal" in figures:
        said.append(
            "Near normal: no mean beyond 0.5, variances from 0.5 to 2, and an MMD² below that of draws 1.2 "
            "times too wide. Means and variances tell little of what was learned, for each latent is scaled "
            "over the train faces when training ends; MMD² tells it."
        )
    return said
