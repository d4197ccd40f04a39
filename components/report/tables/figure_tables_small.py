"""The numbers of the sections of small pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from components.report.data import ReportData
from components.report.groups import Group
from components.report.sections.small_pictures import commonest
from components.report.tables.figure_files import Table, capped, spread_rows


def small_tables(data: ReportData, groups: Sequence[Group]) -> dict[str, Table]:
    """Both maps, the groups' commonest labels and the weights; none in a run of other pictures."""
    if not data.small:
        return {}
    return {
        "before_after": maps_table(data),
        "mean_pictures": means_table(groups),
        **({"disputes": disputes_table(data)} if "dispute" in data.small else {}),
    }


def maps_table(data: ReportData) -> Table:
    """The places of pictures on both maps."""
    kept, note = capped(len(data.small["map_rows"]))
    faces = np.asarray(data.small["map_rows"], int)[kept].tolist()
    before, after = (np.asarray(data.small[name])[kept] for name in ("map_before", "map_after"))
    columns = {
        "face (index)": faces,
        "x before (no unit)": before[:, 0].tolist(),
        "y before (no unit)": before[:, 1].tolist(),
        "x after (no unit)": after[:, 0].tolist(),
        "y after (no unit)": after[:, 1].tolist(),
        "group": [int(data.faces.cluster[i]) for i in faces],
        "label": [data.faces.labels[i] for i in faces],
        "file": [data.faces.image_paths[i] for i in faces],
    }
    return Table("Maps of the pictures, before and after", *spread_rows(columns), note)


def means_table(groups: Sequence[Group]) -> Table:
    """Size, commonest label and its share of each group."""
    head = ["group", "size (pictures)", "commonest label", "its part (share of those with a label)"]
    rows = [(g.cluster, g.size, *(commonest(g) or (None, None))) for g in groups if g.cluster >= 0]
    return Table("Groups and their commonest labels", head, rows)


def disputes_table(data: ReportData) -> Table:
    """The weight of every fitted picture in the consensus, the heaviest first."""
    weights = np.asarray(data.small["dispute"], float)
    fitted = np.flatnonzero(np.isfinite(weights))
    order = fitted[np.argsort(-weights[fitted], kind="stable")]
    kept, note = capped(len(order))
    faces = order[kept].tolist()
    columns = {
        "face (index)": faces,
        "weight (no unit)": weights[faces].tolist(),
        "groupings for its cluster (share)": np.asarray(data.small["accord"])[faces].tolist(),
        "group": [int(data.faces.cluster[i]) for i in faces],
        "label": [data.faces.labels[i] for i in faces],
        "file": [data.faces.image_paths[i] for i in faces],
    }
    return Table("Pictures by their weight in the consensus", *spread_rows(columns), note)
