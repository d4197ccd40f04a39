"""The section on two sets of pictures, real and simulated: a mixture for each, in two spaces (P4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from components.report.charts.charts import Axes, Line, chart
from components.report.charts.scatter import Cloud, Component, plane_of, scatter
from components.report.groups import Group, evenly
from components.words.text import decimal, is_number, printable, whole

MOST_POINTS = 4000
UNSEEN_EACH, UNSEEN_GROUPS = 8, 12
SPACES = {"pca": "Principal axes", "tsne": "t-SNE"}
NOT_TRIED = "not among the numbers of components that were tried"
PAPER_SETS = ("real", "simulated")


def simulated(found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The section's data, from ``components.evaluate.judging.simulated_protocol``; None without it."""
    if not found:
        return None
    names = [printable(str(name)) for name in found["names"]]
    return {
        "names": names,
        "paper": found["paper"],
        "spaces": [space_entry(found, key) for key in found["spaces"]],
        "kl": kl_rows(found),
    }


def unseen_rows(found: Mapping[str, Any] | None, groups: Sequence[Group]) -> list[dict[str, Any]]:
    """Eval pictures by the served model's group (P4, figure 27): counts, and up to 8 of each."""
    if not found or "unseen" not in found:
        return []
    rows = np.asarray(found["unseen"]["rows"], int)
    clusters = np.asarray(found["unseen"]["clusters"], int)
    return [
        {"group": group, "n": len(members), "faces": evenly(members, UNSEEN_EACH).tolist()}
        for group in groups
        if len(members := rows[clusters == group.cluster])
    ][:UNSEEN_GROUPS]


def space_entry(found: Mapping[str, Any], key: str) -> dict[str, Any]:
    """One space: a scatter of each set on shared axes, the table of criteria, and two histograms."""
    entry = found["spaces"][key]
    points, truth = np.asarray(entry["points"], float), np.asarray(found["labels"])
    plane = plane_of(points)
    pictures = []
    for style, name in enumerate(found["names"]):
        one = entry["sets"][name]
        title = f"{name} in {one['space']}"
        clouds = clouds_of(points[truth == name], one)
        pictures.append(
            {
                "name": printable(str(name)),
                "style": style,
                "n": one["n"],
                "k": len(one["weights"]),
                "picture": scatter(clouds, components_drawn(one), plane, ("axis 1", "axis 2"), title),
            }
        )
    return {
        "title": SPACES.get(key, key),
        "name": printable(str(entry["comparison"]["space"])).replace("->", "→"),
        "key": key,
        "trustworthiness": decimal(entry.get("trustworthiness"), 2)
        if is_number(entry.get("trustworthiness"))
        else "",
        "servable": entry.get("servable"),
        "pictures": pictures,
        "rows": criteria_rows(found, key),
        "histograms": histograms(entry["comparison"]["log_probability"], found["names"]),
        "ratio": ratio_chart(entry["comparison"], found["names"]),
    }


def clouds_of(points: np.ndarray, one: Mapping[str, Any]) -> list[Cloud]:
    """The points (n, 2) of one set, a cloud for each component, in the colours of ``components_drawn``."""
    assigned = np.asarray(one["assigned"])
    each = MOST_POINTS // max(1, len(one["weights"]))
    return [
        Cloud(
            points[evenly(np.flatnonzero(assigned == j), each)], part_style(place), f"component {place + 1}"
        )
        for place, j in enumerate(by_weight(one))
    ]


def by_weight(one: Mapping[str, Any]) -> list[int]:
    """The components of one set's mixture by falling weight."""
    order: list[int] = np.argsort(-np.asarray(one["weights"]), kind="stable").tolist()
    return order


def part_style(place: int) -> str:
    """The CSS class of a component: one of eight colours by turn; its number distinguishes it."""
    return f"part{place % 8}"


def components_drawn(one: Mapping[str, Any]) -> list[Component]:
    """The components of one set's mixture, numbered from 1 by falling weight."""
    return [
        Component(
            np.asarray(one["means"][j], float), np.asarray(one["covariances"][j], float),
            float(one["weights"][j]), part_style(place), str(place + 1),
        )
        for place, j in enumerate(by_weight(one))
    ]  # fmt: skip


def criteria_rows(found: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """For each set the mixture chosen by BIC, the one with the paper's 10 components, and the paper's."""
    rows = []
    for place, name in enumerate(found["names"]):
        one = found["spaces"][key]["sets"][name]
        chosen = one["candidates"][one["chosen"]]
        rows.append(_ours(f"{name}, chosen by BIC", chosen, one.get("seeds")))
        words = f"{name}, {found['paper']['n_components']} components as in the paper"
        tenth = one.get("paper_k")
        rows.append(_ours(words, tenth, None) if tenth else {"name": printable(words), "missing": NOT_TRIED})
        rows.append(_papers(found["paper"], PAPER_SETS[place]))
        rows.append(_ours(f"{name}, k-means in the same space", one["kmeans"], None))
        rows.append(_papers_kmeans(found["paper"], PAPER_SETS[place]))
    return rows


def _ours(name: str, candidate: Mapping[str, Any], seeds: Mapping[str, Any] | None) -> dict[str, Any]:
    error = candidate.get("cv_standard_error")
    spread = f" ± {decimal(error, 2)}" if is_number(error) else ""
    same = seeds is not None and seeds["n_parameters"] == candidate["n_parameters"]
    return {
        "name": printable(name),
        "cells": [
            whole(candidate["n_clusters"]),
            whole(candidate["n"]),
            whole(candidate["n_parameters"]),
            printable(str(candidate["space"])).replace("->", "→"),
            decimal(candidate.get("aic"), 1),
            decimal(candidate.get("bic"), 1),
            decimal(candidate.get("cv_log_likelihood"), 2) + spread,
            f"{decimal(seeds['mean'], 1)} ± {decimal(seeds['deviation'], 1)}" if same and seeds else "–",
        ],
    }


def _papers(paper: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The paper's own row: k full covariances in two dimensions have 6 k - 1 parameters."""
    told, k = paper[name], int(paper["n_components"])
    return {
        "name": f"the paper's {name}",
        "paper": True,
        "cells": [
            whole(k),
            whole(paper["n"]),
            whole(6 * k - 1),
            "its own, 2 dimensions",
            decimal(told["aic"], 1),
            decimal(told["bic"], 1),
            str(told["cv"]).replace("-", "−"),
            f"{decimal(told['bic_mean'], 1)} ± {decimal(told['bic_deviation'], 1)}",
        ],
    }


def _papers_kmeans(paper: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The paper's k-means (figure 28), which is of raw pixels, and so in another space than its mixtures."""
    told = paper["kmeans"][name]
    return {
        "name": f"the paper's {name}, k-means",
        "paper": True,
        "cells": [
            "–",
            "not told",
            "not told",
            "raw pixels",
            decimal(told["aic"], 1),
            decimal(told["bic"], 1),
            str(told["cv"]).replace("-", "−"),
            "–",
        ],
    }


def ratio_chart(compared: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """How much more likely each picture is under the first mixture than the second (P4, figure 21)."""
    table = compared["log_ratio"]
    edges = [float(edge) for edge in table["edges"]]
    lines = []
    for style, (rows, name) in enumerate(zip("xy", names, strict=True)):
        shares = _shares(table[rows])
        steps = zip(edges, edges[1:], shares, strict=False)
        lines.append(Line(str(name), [p for low, high, s in steps for p in ((low, s), (high, s))], style))
    highest = max(y for line in lines for _, y in line.points) or 1.0
    first, second = (printable(str(name)) for name in names)
    title = f"log p({first}) − log p({second}) of each picture"
    axes = Axes(
        440, 270, (edges[0], edges[-1]), (0, 1.06 * highest), "nats", "share of the set, per cent",
        whole_x=False,
    )  # fmt: skip
    mean = decimal(table["x"]["mean"], 3)
    return {"title": title, "chart": chart(lines, axes, title), "mean": mean, "of": first}


def kl_rows(found: Mapping[str, Any]) -> list[dict[str, str]]:
    """The Kullback-Leibler divergence both ways in every space, and the paper's own."""
    first, second = (printable(str(name)) for name in found["names"])
    rows = []
    for key, entry in found["spaces"].items():
        compared = entry["comparison"]
        for kl, words in (("kl_x_y", f"KL({first} ‖ {second})"), ("kl_y_x", f"KL({second} ‖ {first})")):
            value = compared[kl]
            rows.append(
                {
                    "name": words,
                    "space": SPACES.get(key, key),
                    "value": f"{decimal(value['value'], 4)} ± {decimal(value['standard_error'], 4)}",
                    "draws": whole(value["n"]),
                    "n": f"{whole(compared['n_x'])} and {whole(compared['n_y'])}",
                }
            )
    told = found["paper"]
    rows.append(
        {
            "name": "the paper: KL(real ‖ simulated)",
            "space": "its own",
            "value": decimal(told["kl"], 4),
            "draws": "not told",
            "n": whole(told["n"]),
        }
    )
    return rows


def histograms(table: Mapping[str, Any], names: list[str]) -> list[dict[str, Any]]:
    """Log-probabilities of both sets under each of the two mixtures, as shares of their rows."""
    edges = [float(edge) for edge in table["edges"]]
    shares = {key: _shares(table[key]) for key in ("x_under_x", "y_under_x", "x_under_y", "y_under_y")}
    highest = max(max(values) for values in shares.values()) or 1.0
    drawn = []
    for under, own in (("x", names[0]), ("y", names[1])):
        lines = [
            Line(
                str(name),
                [point for edge, share in zip(edges, shares[f"{rows}_under_{under}"], strict=False)
                 for point in ((edge, share), (edge + edges[1] - edges[0], share))],
                style,
            )
            for style, (rows, name) in enumerate(zip("xy", names, strict=True))
        ]  # fmt: skip
        axes = Axes(
            440, 270, (edges[0], edges[-1]), (0, 1.06 * highest), "log-probability, nats",
            "share of the set, per cent", whole_x=False,
        )  # fmt: skip
        title = f"Log-probability under the mixture of {printable(str(own))}"
        aside = [
            f"{printable(str(name))}: {whole(table[f'{rows}_under_{under}']['below'])} below the frame"
            for rows, name in zip("xy", names, strict=True)
            if table[f"{rows}_under_{under}"]["below"]
        ]
        drawn.append({"title": title, "chart": chart(lines, axes, title), "aside": "; ".join(aside)})
    return drawn


def _shares(histogram: Mapping[str, Any]) -> list[float]:
    total = sum(histogram["counts"]) + histogram["below"] + histogram["above"]
    return [100 * count / (total or 1) for count in histogram["counts"]]
