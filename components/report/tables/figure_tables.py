"""The numbers behind the figures of one run: a table for each, by the name of its file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from components.report.charts.criteria_charts import CRITERIA, series_name, space_name
from components.report.charts.scatter import components_of
from components.report.charts.tree import merge_tree
from components.report.data import ReportData
from components.report.groups import Group
from components.report.sections.uncertain import by_confidence, confusions
from components.report.tables.figure_files import Table, capped, spread_rows
from components.report.tables.figure_tables_labelled import labelled_tables
from components.report.tables.figure_tables_occlusion import occlusion_table
from components.report.tables.figure_tables_simulated import simulated_tables
from components.report.tables.figure_tables_small import small_tables
from components.report.words.wording import STATUS_WORDS, unit_of

PAIRED = (("group", "number"), ("likeness", "0 to 1"))
NATS = ("bic", "icl", "aic")


def figure_tables(data: ReportData, groups: list[Group]) -> dict[str, Table]:
    """All tables for which the run has numbers."""
    found = {
        "intake": intake_table(data.ingest),
        "training": training_table(data.history),
        **selection_tables(data.selection or {}),
        **threshold_tables(data.evidence.get("threshold")),
        "space": space_table(data),
        "space_components": components_table(data),
        "map": map_table(data),
        "group_sizes": sizes_table(groups),
        "group_tree": tree_table(data, groups),
        "confidence": confidence_table(data, groups),
        "quality": quality_table(data),
        "confusions": confusions_table(data, groups),
        "unknown": unknown_table(data),
        **labelled_tables(data),
        **simulated_tables(data.evidence.get("simulated")),
        "occlusion": occlusion_table(data.evidence.get("occlusion")),
        **small_tables(data, groups),
        "rules": rules_table((data.verdict or {}).get("rules") or []),
    }
    return {name: table for name, table in found.items() if table is not None and len(table.rows)}


def intake_table(ingest: Mapping[str, Any]) -> Table | None:
    """Files, or rows of them, by their outcome."""
    rows = [(words, ingest[key]) for key, words in STATUS_WORDS.items() if key in ingest]
    units = f"{unit_of(ingest)}s"
    return Table(f"{units.capitalize()} by what became of them", ["status", f"{units} (count)"], rows)


def training_table(history: Sequence[Mapping[str, Any]]) -> Table:
    """Everything that was recorded for each epoch."""
    names = list(dict.fromkeys(key for row in history for key in row))
    units = {"seconds": "s", "images_per_second": "1/s", "epoch": "count"}
    head = [f"{name} ({units.get(name, 'no unit')})" for name in names]
    return Table("Training by epoch", head, [[row.get(name) for name in names] for row in history])


def selection_tables(selection: Mapping[str, Any]) -> dict[str, Table]:
    """Criteria of every candidate, the elbow, and BIC over seeds."""
    units = dict.fromkeys(NATS, "nats x 2") | {"cv_log_likelihood": "nats a face"}
    keys = [key for key, *_ in CRITERIA]
    head = ["clusterer", "space", "n (faces)", "k (groups)", "parameters (count)", "finds k itself (0 or 1)"]
    head += [f"{key} ({units.get(key, 'no unit')})" for key in keys]
    head += [
        "cv_standard_error (nats a face)",
        "stability low (ARI)",
        "stability high (ARI)",
        "inertia (squared distance)",
    ]
    head += ["time (s)", "chosen (0 or 1)", "dropped because"]
    rows = []
    for place, c in enumerate(selection.get("candidates") or []):
        low, high = c.get("stability_interval") or (None, None)
        about = [
            series_name(c),
            space_name(c.get("space")),
            c.get("n"),
            c.get("n_clusters"),
            c.get("n_parameters"),
        ]
        figures = [c.get(key) for key in keys] + [c.get("cv_standard_error"), low, high, c.get("inertia")]
        ends = [c.get("seconds"), place == selection.get("chosen"), c.get("dropped")]
        rows.append([*about, bool(c.get("finds_number")), *figures, *ends])
    tables = {"criteria": Table("Criteria of every candidate", head, rows)}
    elbow, seeds = selection.get("elbow"), selection.get("seeds")
    if elbow:
        columns = {
            "k (groups)": elbow["n_clusters"],
            "inertia (squared distance)": elbow["inertia"],
            "distance from the chord (share of the range)": elbow["distance"],
        }
        tables["elbow"] = Table("k-means' inertia over k", *spread_rows(columns))
    if seeds:
        columns = {"seed": range(len(seeds["bic"])), "bic (nats x 2)": seeds["bic"]}
        tables["bic_over_seeds"] = Table(f"BIC over seeds of {seeds['title']}", *spread_rows(columns))
    return tables


def threshold_tables(threshold: Mapping[str, Any] | None) -> dict[str, Table]:
    """The heights at which people could have been told apart, and pairs of faces by their cosine."""
    if not threshold:
        return {}
    heights = threshold["heights"]
    cuts = {
        "cosine (no unit)": [1 - height for height in heights],
        "groups (count)": threshold["groups"],
        "strangers within reach of a group (count)": threshold["within_reach"] or [None] * len(heights),
        "taken (0 or 1)": closest_to(heights, threshold["height"]),
    }
    pairs = {
        "cosine from (no unit)": threshold["edges"][:-1],
        "cosine to (no unit)": threshold["edges"][1:],
        "pairs of one group (count)": threshold["within"],
        "pairs of two groups (count)": threshold["between"],
    }
    return {
        "told_apart": Table("Cuts at which people could be told apart", *spread_rows(cuts)),
        "told_apart_pairs": Table("Pairs of faces by their cosine", *spread_rows(pairs)),
    }


def closest_to(heights: Sequence[float], height: float) -> list[bool]:
    """For each height, whether it is the closest to the one that was chosen."""
    gaps = [abs(one - height) for one in heights]
    return [gap == min(gaps) for gap in gaps]


def space_table(data: ReportData) -> Table | None:
    """The first two axes of every face's point."""
    if data.points is None or data.points.shape[1] < 2:
        return None
    kept, note = capped(len(data.points))
    columns = {
        "face (index)": kept.tolist(),
        "axis 1 (unit of the space)": data.points[kept, 0].tolist(),
        "axis 2 (unit of the space)": data.points[kept, 1].tolist(),
        "group": np.asarray(data.faces.cluster)[kept].tolist(),
    }
    return Table("First two axes of the clusterer's space", *spread_rows(columns), note)


def components_table(data: ReportData) -> Table | None:
    """Mean and covariance of every component on the first two axes."""
    if data.mixture is None or data.mixture.means.shape[1] < 2:
        return None
    means, covariances = components_of(data.mixture)
    columns = {
        "group": range(len(means)),
        "weight (share)": data.mixture.weights.tolist(),
        "mean 1 (unit of the space)": means[:, 0].tolist(),
        "mean 2 (unit of the space)": means[:, 1].tolist(),
        "variance 1 (unit squared)": covariances[:, 0, 0].tolist(),
        "covariance (unit squared)": covariances[:, 0, 1].tolist(),
        "variance 2 (unit squared)": covariances[:, 1, 1].tolist(),
    }
    return Table("The mixture's components on two axes", *spread_rows(columns))


def map_table(data: ReportData) -> Table | None:
    """Places on the map, with group, probability, split and file."""
    if data.projection is None or data.projection_index is None:
        return None
    kept, note = capped(len(data.projection))
    points, faces = np.asarray(data.projection)[kept], np.asarray(data.projection_index)[kept].tolist()
    columns = {
        "face (index)": faces,
        "x (no unit)": points[:, 0].tolist(),
        "y (no unit)": points[:, 1].tolist(),
        "group": [int(data.faces.cluster[i]) for i in faces],
        "probability (share)": [float(data.faces.probability[i]) for i in faces],
        "unknown (0 or 1)": [bool(data.faces.unknown[i]) for i in faces],
        "split": [data.faces.split[i] for i in faces],
        "file": [data.faces.image_paths[i] for i in faces],
    }
    return Table("Map of the faces, t-SNE", *spread_rows(columns), note)


def sizes_table(groups: Sequence[Group]) -> Table:
    """Faces, mean probability, unknown faces and tightness of each group."""
    head = ["group", "size (faces)", "mean probability (share)", "unknown (faces)", "tightness (share)"]
    rows = [(g.cluster, g.size, g.probability, g.unknown, g.tightness) for g in groups]
    return Table("Sizes of the groups", head, rows)


def tree_table(data: ReportData, groups: list[Group]) -> Table | None:
    """The merges of Ward's tree, each of two groups or earlier merges, which have numbers."""
    tree = merge_tree(data, groups)
    if tree is None:
        return None
    names = [f"group {group.cluster}" for group in tree.order]
    names += [f"merge {number + 1}" for number in range(len(tree.merges))]
    rows = [
        (number + 1, names[int(a)], names[int(b)], distance, int(count))
        for number, (a, b, distance, count) in enumerate(tree.merges.tolist())
    ]
    return Table(
        "How the groups would merge",
        ["merge", "first", "second", "distance (unit of the space)", "groups (count)"],
        rows,
    )


def confidence_table(data: ReportData, groups: Sequence[Group]) -> Table:
    """The faces of each group from the most to the least certain."""
    rows: list[tuple[Any, ...]] = []
    for group in groups:
        for face in by_confidence(data, group.members).tolist():
            familiar = None if data.familiarity is None else float(data.familiarity[face])
            rows.append(
                (
                    group.cluster,
                    face,
                    float(data.faces.probability[face]),
                    familiar,
                    data.faces.image_paths[face],
                )
            )
    kept, note = capped(len(rows))
    head = [
        "group",
        "face (index)",
        "probability (share)",
        "familiarity (nats, or minus squared distance)",
        "file",
    ]
    return Table("Faces by confidence", head, [rows[i] for i in kept.tolist()], note)


def quality_table(data: ReportData) -> Table | None:
    """Every face's quality, the poorest first."""
    if data.quality is None or data.weakest is None:
        return None
    order = np.argsort(data.quality, kind="stable")
    kept, note = capped(len(order))
    rows = [
        (int(i), float(data.quality[i]), str(data.weakest[i]), data.faces.image_paths[i])
        for i in order[kept].tolist()
    ]
    return Table("Faces by quality", ["face (index)", "quality (share)", "lowest in", "file"], rows, note)


def confusions_table(data: ReportData, groups: list[Group]) -> Table:
    """The pairs of people who share a group, with their numbers of faces."""
    head = ["group", "first", "second", "first (faces)", "second (faces)", "pairs (count)"]
    rows = [(c["group"].cluster, *c["people"], *c["counts"], c["pairs"]) for c in confusions(data, groups)]
    return Table("People taken for one another", head, rows)


def unknown_table(data: ReportData) -> Table | None:
    """The faces in no group, each with its nearest groups and how alike it is to them."""
    found = data.nearest
    if found is None:
        return None
    kept, note = capped(len(found.faces))
    places = range(1, found.people.shape[1] + 1)
    head = ["face (index)", *(f"{what} {i} ({unit})" for i in places for what, unit in PAIRED), "file"]
    rows = [
        [
            int(found.faces[i]),
            *(
                value
                for pair in zip(found.people[i].tolist(), found.likeness[i].tolist(), strict=True)
                for value in pair
            ),
            data.faces.image_paths[found.faces[i]],
        ]
        for i in kept.tolist()
    ]
    return Table("Unknown faces and whom they are most like", head, rows, note)


def rules_table(rules: Sequence[Mapping[str, Any]]) -> Table:
    """The rules of blessing with their verdicts."""
    keys = ("name", "what", "figure", "limit", "verdict")
    head = ["rule", "looks at", "figure (unit of what it looks at)", "limit", "verdict"]
    return Table("Rules of blessing", head, [[rule.get(key) for key in keys] for rule in rules])
