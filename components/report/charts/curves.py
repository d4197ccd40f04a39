"""The charts of a training: the loss and its terms over epochs."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from components.report.charts.charts import Axes, Line, chart, spanning, thinned
from components.words.text import decimal, is_number, printable, whole

WIDE, NARROW = (560, 300), (350, 260)  # one of each is drawn; the page shows the one that fits
PANEL = (350, 230)
MEASURES = ("loss", "seconds", "images_per_second", "learning_rate", "epoch")


def term_charts(history: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A chart of each loss term, by its name; none if the only term is the loss itself."""
    recorded = history[-1] if history else {}
    terms = [key for key in recorded if key not in MEASURES and not key.startswith("val_")]
    if len(terms) < 2:
        return []
    return [
        {"name": printable(term.replace("_", " ")), "pictures": loss_charts(history, False, term, PANEL)}
        for term in terms
    ]


def loss_charts(
    history: Sequence[Mapping[str, Any]], log: bool, term: str = "loss", size: tuple[int, int] | None = None
) -> list[Markup]:
    """Training and validation loss over epochs, wide and narrow; empty if no loss was recorded.

    ``term`` names another column of the history. With ``size`` only this size is drawn.
    """
    lines = []
    for style, (key, name) in enumerate(((term, "training"), (f"val_{term}", "validation"))):
        points = [(float(row["epoch"]), float(row[key])) for row in history if is_number(row.get(key))]
        points = [point for point in points if point[1] > 0 or not log]
        if points:
            lines.append(
                Line(name, thinned(points), style, dots=len(points) <= 40, tips=_loss_tips(name, points))
            )
    if not lines:
        return []
    best = min(lines[-1].points, key=lambda point: point[1])
    epochs = [x for line in lines for x, _ in line.points]
    shown = term.replace("_", " ")
    title = f"{printable(shown).capitalize()} over epochs, " + ", ".join(
        f"{line.name} {decimal(line.points[0][1], 4)} to {decimal(line.points[-1][1], 4)}" for line in lines
    )
    marks = [(*best, f"lowest, epoch {whole(best[0])}")] if term == "loss" else []
    losses = spanning([y for line in lines for _, y in line.points], log)
    if not log:
        losses = min(0.0, *(y for line in lines for _, y in line.points)), losses[1]
    x_range = (min(epochs), max(epochs)) if len(set(epochs)) > 1 else (epochs[0] - 1, epochs[0] + 1)
    return [
        chart(lines, Axes(*size, x_range, losses, "epoch", printable(shown), log, True, marks), title)
        for size in ((size,) if size else (WIDE, NARROW))
    ]


def _loss_tips(name: str, points: Sequence[tuple[float, float]]) -> list[str]:
    return [f"epoch {whole(x)}: {name} loss {decimal(y, 5)}" for x, y in points] if len(points) <= 40 else []
