"""Two more pictures of the number of clusters: k-means' elbow, and how much BIC depends on the seed."""

from collections.abc import Mapping
from typing import Any

from components.report.charts.charts import Axes, Line, chart, spanning
from components.report.charts.criteria_charts import space_name
from components.words.text import decimal, printable, whole

FRAME = (440, 280)


def elbow_chart(elbow: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """k-means' inertia over k with the chord from end to end, and the k that is furthest below it."""
    if not elbow or len(elbow["n_clusters"]) < 3:
        return None
    ks, inertia = [float(k) for k in elbow["n_clusters"]], [float(v) for v in elbow["inertia"]]
    at = elbow["n_clusters"].index(elbow["elbow"])
    slope = (inertia[-1] - inertia[0]) / (ks[-1] - ks[0])
    on_chord = inertia[0] + slope * (ks[at] - ks[0])
    lines = [
        Line("chord", [(ks[0], inertia[0]), (ks[-1], inertia[-1])], style=7),
        Line("to the chord", [(ks[at], inertia[at]), (ks[at], on_chord)], style=1),
        Line("inertia", list(zip(ks, inertia, strict=True)), style=0, dots=True, tips=_elbow_tips(elbow)),
    ]
    mark = (ks[at], inertia[at], f"furthest: k = {whole(ks[at])}")
    axes = Axes(
        *FRAME, (ks[0] - 0.5, ks[-1] + 0.5), spanning([0.0, *inertia]), "number of groups, k",
        "inertia, squared distance", marks=[mark],
    )  # fmt: skip
    return {"chart": chart(lines, axes, f"Elbow at k = {whole(ks[at])}"), "elbow": elbow["elbow"]}


def _elbow_tips(elbow: Mapping[str, Any]) -> list[str]:
    rows = zip(elbow["n_clusters"], elbow["inertia"], elbow["distance"], strict=True)
    return [f"k = {whole(k)}: inertia {decimal(i, 1)}, {decimal(d, 3)} from the chord" for k, i, d in rows]


def seeds_chart(seeds: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """BIC of one mixture for each of ten random starts, with mean and deviation."""
    if not seeds:
        return None
    values = [float(value) for value in seeds["bic"]]
    mean, deviation, last = float(seeds["mean"]), float(seeds["deviation"]), len(values) - 1
    band = [(-0.5, mean - deviation, mean + deviation), (last + 0.5, mean - deviation, mean + deviation)]
    lines = [
        Line("mean", [(-0.5, mean), (last + 0.5, mean)], style=7, band=band),
        *(
            Line("BIC", [(float(i), value)], tips=[f"seed {i}: BIC {decimal(value, 1)}"])
            for i, value in enumerate(values)
        ),
    ]
    y_range = spanning([*values, mean - deviation, mean + deviation])
    axes = Axes(*FRAME, (-0.5, last + 0.5), y_range, "seed", "BIC")
    about = [
        f"n = {whole(seeds['n'])}",
        f"{whole(seeds['n_parameters'])} parameters",
        space_name(seeds["space"]),
    ]
    return {
        "chart": chart(lines, axes, f"BIC over {len(values)} seeds"),
        "title": printable(str(seeds["title"])),
        "figure": f"{decimal(mean, 1)} ± {decimal(deviation, 1)}",
        "about": ", ".join(about),
        "count": len(values),
    }
