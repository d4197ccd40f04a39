"""One small chart for each criterion over the number of clusters, with a line or a mark for each kind."""

from collections.abc import Mapping, Sequence
from typing import Any

from components.report.charts.charts import Axes, Line, chart, spanning
from components.words.text import decimal, is_number, printable, whole

PANEL = (350, 240)
WITHIN = (0.02, 0.98)  # of the values: values far outside would flatten the rest
CRITERIA = (  # key, title, which end is better, decimals, what it says
    (
        "cv_log_likelihood",
        "Cross-validated log-likelihood",
        "higher is better",
        2,
        "Nats a face, on faces it was not fitted on; bars: one standard error over folds.",
    ),
    ("bic", "BIC", "lower is better", 1, "Misfit plus a penalty for parameters that grows with log n."),
    ("icl", "ICL", "lower is better", 1, "BIC plus a penalty for faces that lie between two groups."),
    ("aic", "AIC", "lower is better", 1, "Misfit plus two for each parameter; kinder to large models."),
    ("silhouette", "Silhouette", "higher is better", 3, "Own group against the nearest other, −1 to 1."),
    (
        "davies_bouldin",
        "Davies-Bouldin",
        "lower is better",
        2,
        "Spread within groups against the gap between them.",
    ),
    (
        "calinski_harabasz",
        "Calinski-Harabasz",
        "higher is better",
        1,
        "Spread between groups against that within them.",
    ),
    (
        "prediction_strength",
        "Prediction strength",
        "higher is better",
        3,
        "Pairs of one group that a fit on the other half joins too, in the worst group.",
    ),
    (
        "stability",
        "Stability",
        "higher is better",
        3,
        "Agreement (ARI) of fits on two halves; bars: 95% of the splits.",
    ),
)
HIGHER = {key for key, _, better, _, _ in CRITERIA if better.startswith("higher")}
DECIMALS = {key: places for key, _, _, places, _ in CRITERIA}


def series_name(candidate: Mapping[str, Any]) -> str:
    """'kmeans', or 'gmm, full' if there is a covariance type or a linkage."""
    variant = candidate.get("variant")
    name = printable(str(candidate.get("clusterer", "clusterer")))
    return f"{name}, {printable(str(variant))}" if variant else name


def criterion_title(key: str) -> str:
    """'BIC' for 'bic'; another key as it is."""
    return next((title for name, title, *_ in CRITERIA if name == key), key.replace("_", " "))


def space_name(space: Any) -> str:
    """The name of a space given as text or as a dict with a name; an arrow for ``->``."""
    name = space.get("name", "") if isinstance(space, Mapping) else space or ""
    return printable(str(name)).replace("->", "→")


def by_space(selection: Mapping[str, Any]) -> dict[tuple[str, Any], list[Mapping[str, Any]]]:
    """The candidates by space and n, because criteria can only be compared within one of these."""
    sets: dict[tuple[str, Any], list[Mapping[str, Any]]] = {}
    for candidate in selection.get("candidates") or []:
        key = space_name(candidate.get("space") or selection.get("space")), candidate.get("n")
        sets.setdefault(key, []).append(candidate)
    return sets


def kinds_of(candidates: Sequence[Mapping[str, Any]]) -> list[str]:
    """Names of the kinds, sorted."""
    return sorted({series_name(candidate) for candidate in candidates})


def best_of_kind(
    candidates: Sequence[Mapping[str, Any]], criterion: str, chosen: Mapping[str, Any] | None = None
) -> dict[str, Mapping[str, Any] | None]:
    """The best candidate of each kind by the criterion, or by the silhouette; None if all were dropped.

    The chosen candidate is the best of its kind.
    """
    found: dict[str, Mapping[str, Any] | None] = {}
    for name in kinds_of(candidates):
        kept = [c for c in candidates if series_name(c) == name and not c.get("dropped")]
        best = next((c for c in kept if c is chosen), None)
        for key in (criterion, "silhouette"):
            known = [c for c in kept if is_number(c.get(key))]
            if best is None and known:
                values = [float(c[key]) for c in known]
                best = known[values.index(max(values) if key in HIGHER else min(values))]
        found[name] = best if best is not None else next(iter(kept), None)
    return found


def runner_up(
    candidates: Sequence[Mapping[str, Any]], criterion: str, chosen: Mapping[str, Any] | None
) -> str:
    """The kind that is closest to the chosen one by the criterion; '' if there is no other."""
    ours = "" if chosen is None else series_name(chosen)
    sign = 1 if criterion in HIGHER else -1
    others = [
        (sign * float(best[criterion]), name)
        for name, best in best_of_kind(candidates, criterion, chosen).items()
        if best is not None and name != ours and is_number(best.get(criterion))
    ]
    return max(others)[1] if others else ""


def criteria_sets(selection: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The panels and the kinds of each space and n, with the chosen kind and the one that comes next."""
    candidates = selection.get("candidates") or []
    chosen = None if selection.get("chosen") is None else candidates[selection["chosen"]]
    criterion = str(selection.get("criterion") or "")
    names = kinds_of(candidates)
    sets = []
    for (space, n), members in by_space(selection).items():
        inside = chosen if any(c is chosen for c in members) else None
        following = runner_up(members, criterion, inside)
        sets.append(
            {
                "space": space,
                "n": n,
                "chosen_kind": "" if inside is None else series_name(inside),
                "kinds": [(names.index(name), name, name == following) for name in kinds_of(members)],
                "panels": [p for entry in CRITERIA if (p := _panel(entry, members, inside, names))],
            }
        )
    return sets


def _panel(
    entry: tuple[str, str, str, int, str],
    members: Sequence[Mapping[str, Any]],
    chosen: Mapping[str, Any] | None,
    names: list[str],
) -> dict[str, Any] | None:
    """One criterion over k as title, better, note and chart; None if no candidate has a value."""
    key, title, better, _, note = entry
    kept = [
        c
        for c in members
        if is_number(c.get(key)) and is_number(c.get("n_clusters")) and not c.get("dropped")
    ]
    if not kept:
        return None
    axes, outside = _axes(kept, key, chosen)
    lines = [
        _line([c for c in kept if series_name(c) == name], key, names, chosen) for name in kinds_of(kept)
    ]
    lines.sort(key=lambda line: line.kind.startswith("chosen"))  # drawn last: on top
    return {
        "key": key,
        "title": title,
        "better": better,
        "note": note,
        "chart": chart(lines, axes, f"{title} over k"),
        "outside": outside,
        "figure": "" if chosen is None else _figure(chosen, key),
    }


def _axes(kept: Sequence[Mapping[str, Any]], key: str, chosen: Mapping[str, Any] | None) -> tuple[Axes, int]:
    """Axes without the few values far outside, which are counted. The chosen candidate is always inside.

    What is inside has its whole bar inside. That makes room in which another value may lie, with its own bar.
    """
    values = sorted(float(c[key]) for c in kept)
    low, high = (values[round(share * (len(values) - 1))] for share in WITHIN)
    if high - low > 0.6 * (values[-1] - values[0]):
        low, high = values[0], values[-1]
    ours = [float(chosen[key])] if chosen is not None and is_number(chosen.get(key)) else []
    y_range, before = spanning([low, high, *ours]), None
    while y_range != before:
        before = y_range
        inside = [c for c in kept if before[0] <= float(c[key]) <= before[1]]
        y_range = spanning([low, high, *ours, *(v for c in inside for v in (float(c[key]), *_ends(c, key)))])
    clusters = [float(c["n_clusters"]) for c in kept]
    marks = [
        (float(chosen["n_clusters"]), v, f"chosen: k = {whole(chosen['n_clusters'])}") for v in ours if chosen
    ]
    axes = Axes(
        *PANEL, (min(clusters) - 0.5, max(clusters) + 0.5), y_range, "number of groups, k", "", marks=marks
    )
    return axes, sum(not y_range[0] <= v <= y_range[1] for v in values)


def _line(
    candidates: Sequence[Mapping[str, Any]], key: str, names: list[str], chosen: Mapping[str, Any] | None
) -> Line:
    ordered = sorted(candidates, key=lambda c: float(c["n_clusters"]))
    name = series_name(ordered[0])
    ours = chosen is not None and series_name(chosen) == name
    return Line(
        name,
        [(float(c["n_clusters"]), float(c[key])) for c in ordered],
        bars=[(float(c["n_clusters"]), *ends) for c in ordered if len(ends := _ends(c, key)) == 2],
        tips=[f"{name}, k = {whole(c['n_clusters'])}: {decimal(c[key], DECIMALS[key])}" for c in ordered],
        dots=True,
        kind=f"{'chosen ' if ours else 'other '}k{names.index(name)}{' single' if len(ordered) == 1 else ''}",
        label=name,
    )


def _ends(candidate: Mapping[str, Any], key: str) -> tuple[float, float] | tuple[()]:
    """Low and high of the figure's bar, or nothing."""
    if key == "stability" and candidate.get("stability_interval"):
        low, high = candidate["stability_interval"]
        return float(low), float(high)
    error = candidate.get("cv_standard_error")
    if key == "cv_log_likelihood" and is_number(error):
        value = float(candidate[key])
        return value - float(error or 0.0), value + float(error or 0.0)
    return ()


def _figure(candidate: Mapping[str, Any], key: str) -> str:
    """A criterion's value with what it belongs to: n, number of parameters, space."""
    about = [f"n = {whole(candidate.get('n'))}", f"{whole(candidate.get('n_parameters'))} parameters"]
    space = space_name(candidate.get("space"))
    return f"{decimal(candidate.get(key), DECIMALS[key])} ({', '.join([*about, *filter(None, [space])])})"
