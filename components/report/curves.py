"""The charts of the report: loss over epochs, criteria over the number of clusters, ROC."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from components.report.charts import Axes, Line, chart, spanning, thinned
from components.report.text import decimal, is_number, printable, whole

WIDE, NARROW = (560, 300), (350, 260)  # one of each is drawn; the page shows the one that fits
PANEL = (350, 230)
CRITERIA = (  # key, title, which end is better, what it says
    ("bic", "BIC", "lower is better", "Misfit plus a penalty for parameters that grows with log n."),
    ("aic", "AIC", "lower is better", "Misfit plus two for each parameter; kinder to large models than BIC."),
    (
        "cv_log_likelihood",
        "Cross-validated log-likelihood",
        "higher is better",
        "Per face, on faces the mixture was not fitted on; bars: one standard error.",
    ),
    ("silhouette", "Silhouette", "higher is better", "Own group against the nearest other one, −1 to 1."),
    (
        "davies_bouldin",
        "Davies-Bouldin",
        "lower is better",
        "Spread within groups against the gap between them.",
    ),
    (
        "inertia",
        "Inertia",
        "look for the elbow",
        "Squared distances to the nearest centre; always falls with k.",
    ),
)


MEASURES = ("loss", "seconds", "images_per_second", "learning_rate", "epoch")


def term_charts(history: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A chart of each loss term by its name; none where the one term is the loss itself."""
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
    """Training and validation loss over epochs, wide and narrow; empty where no loss was recorded.

    ``term`` names another column of the history, ``size`` the one size that is drawn.
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


def series_name(candidate: Mapping[str, Any]) -> str:
    """'kmeans', or 'gmm, full' where there is a covariance type or a linkage."""
    variant = candidate.get("variant")
    name = printable(str(candidate.get("clusterer", "clusterer")))
    return f"{name}, {printable(str(variant))}" if variant else name


def criterion_title(key: str) -> str:
    """'BIC' for 'bic'; another key as it is."""
    return next((title for name, title, _, _ in CRITERIA if name == key), key.replace("_", " "))


def criteria_panels(selection: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Charts of every criterion over k, one set for each space and n: others cannot be compared.

    Each set is a dict: space, n, names of the series in the order of their styles, panels.
    """
    candidates = selection.get("candidates") or []
    chosen = selection.get("chosen")
    names = sorted({series_name(candidate) for candidate in candidates})
    sets: dict[tuple[str, Any], list[tuple[int, Mapping]]] = {}
    for index, candidate in enumerate(candidates):
        if is_number(candidate.get("n_clusters")):
            key = space_name(candidate.get("space") or selection.get("space")), candidate.get("n")
            sets.setdefault(key, []).append((index, candidate))
    return [
        {
            "space": space,
            "n": n,
            "names": list(enumerate(names)),
            "panels": [panel for key in CRITERIA if (panel := _panel(key, members, chosen, names))],
        }
        for (space, n), members in sets.items()
    ]


def space_name(space: Any) -> str:
    """The name of a space given as text or as a dict with a name."""
    return printable(str(space.get("name", "") if isinstance(space, Mapping) else space or ""))


def roc_charts(curves: Sequence[Mapping[str, Any]]) -> Markup:
    """True over false positive rate of every curve, with the diagonal that guessing gives."""
    lines = [Line("guessing", [(0.0, 0.0), (1.0, 1.0)], style=7)]
    for style, curve in enumerate(curves):
        points = [(float(x), float(y)) for x, y in zip(curve["fpr"], curve["tpr"], strict=False)]
        lines.append(Line(str(curve["name"]), thinned(points), style))
    axes = Axes(420, 400, (0, 1), (0, 1), "false positive rate", "true positive rate", whole_x=False)
    areas = ", ".join(f"{printable(str(curve['name']))} {decimal(curve.get('auc'))}" for curve in curves)
    return chart(lines, axes, f"ROC curves; area under the curve: {areas}")


def _loss_tips(name: str, points: Sequence[tuple[float, float]]) -> list[str]:
    return [f"epoch {whole(x)}: {name} loss {decimal(y, 5)}" for x, y in points] if len(points) <= 40 else []


def _panel(
    criterion: tuple[str, str, str, str],
    members: list[tuple[int, Mapping]],
    chosen: int | None,
    names: list[str],
) -> dict[str, Any] | None:
    """One criterion over k as title, better, note and chart; None where no candidate has a value."""
    key, title, better, note = criterion
    kept = [(i, c) for i, c in members if is_number(c.get(key)) and not c.get("dropped")]
    if not kept:
        return None
    lines = [
        _criterion_line([c for _, c in kept if series_name(c) == name], key, style, name)
        for style, name in enumerate(names)
        if any(series_name(c) == name for _, c in kept)
    ]
    marks = [
        (float(c["n_clusters"]), float(c[key]), f"chosen: k = {whole(c['n_clusters'])}")
        for i, c in kept
        if i == chosen
    ]
    errors = [
        e
        for line in lines
        for (_, y), e in zip(line.points, line.errors, strict=False)
        for e in (y - e, y + e)
    ]
    values = [y for line in lines for _, y in line.points] + errors
    clusters = [x for line in lines for x, _ in line.points]
    x_range = (min(clusters) - 0.5, max(clusters) + 0.5)
    axes = Axes(*PANEL, x_range, spanning(values), "number of groups, k", "", marks=marks)
    return {
        "key": key,
        "title": title,
        "better": better,
        "note": note,
        "chart": chart(lines, axes, f"{title} over k"),
    }


def _criterion_line(candidates: list[Mapping], key: str, style: int, name: str) -> Line:
    ordered = sorted(candidates, key=lambda c: float(c["n_clusters"]))
    with_errors = key == "cv_log_likelihood" and all(is_number(c.get("cv_standard_error")) for c in ordered)
    return Line(
        name,
        [(float(c["n_clusters"]), float(c[key])) for c in ordered],
        style,
        errors=[float(c["cv_standard_error"]) for c in ordered] if with_errors else (),
        tips=[f"{name}, k = {whole(c['n_clusters'])}: {decimal(c[key])}" for c in ordered],
        dots=True,
    )
