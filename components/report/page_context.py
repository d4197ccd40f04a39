"""Everything that the report's templates are given by name, except pictures and the faces' numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from components.report.charts.sizes import size_bars, size_words
from components.report.charts.tree import Tree, merge_tree
from components.report.charts.whole import fold
from components.report.data import ReportData
from components.report.groups import Group
from components.report.sections import overview as sections
from components.report.sections.against_labels import against_labels
from components.report.sections.card import card_rows
from components.report.sections.choice import choice
from components.report.sections.latents import latents
from components.report.sections.likenesses import likenesses
from components.report.sections.occlusion import occlusion
from components.report.sections.quality import quality
from components.report.sections.simulated import simulated, unseen_rows
from components.report.sections.small_pictures import small_pictures
from components.report.sections.space import space
from components.report.sections.uncertain import confusions, featured, least_sure, sure_and_unsure
from components.report.sections.unknown import Unknown, unknown_faces
from components.report.sections.verification import verification
from components.report.words.wording import key_figures, summary, unit_of, verdict_words
from components.words.metrics import limit_of

MOST_GROUPS = 240  # contact sheets
BIGGEST = 12  # groups that are shown at the top


@dataclass(frozen=True)
class Uncertain:
    """The faces that show what the groups are made of: ends of groups, least sure, confusions, leaves.

    ``unseen`` are faces that the clusterer was not fitted on, by group (P4, figure 27).
    """

    rows: list[dict[str, Any]]
    least: list[int]
    confusions: list[dict[str, Any]]
    tree: Tree | None
    unseen: list[dict[str, Any]]
    quality: dict[str, Any] | None
    unknown: Unknown | None = None

    @property
    def faces(self) -> list[int]:
        """All faces that these parts show, each once."""
        leaves = [face for _, face in self.tree.leaves] if self.tree else []
        unseen = [face for row in self.unseen for face in row["faces"]]
        poor = self.quality["faces"] if self.quality else []
        strange = self.unknown.faces if self.unknown else []
        sure = featured(self.rows, self.least, self.confusions)
        return list(dict.fromkeys([*unseen, *strange, *poor, *sure, *leaves]))


def doubtful(data: ReportData, groups: list[Group]) -> Uncertain:
    """Finds the faces for the section on what the groups are made of."""
    return Uncertain(
        sure_and_unsure(data, groups),
        least_sure(data, groups),
        confusions(data, groups),
        merge_tree(data, groups),
        unseen_rows(data.evidence.get("simulated"), groups),
        quality(data),
        unknown_faces(data, groups),
    )


def page_context(
    data: ReportData, groups: list[Group], pictured: set[int], uncertain: Uncertain
) -> dict[str, Any]:
    """The data of each section, by name; ``pictured`` are the faces that have a thumbnail."""
    return {
        **_about(data),
        "unknown_faces": int(np.sum(data.faces.unknown)),
        "summary": summary(data, groups),
        "verdict": verdict_words(data.verdict),
        "figures": key_figures(data, groups),
        "fold": fold(data.ingest, groups) if data.ingest and len(data.faces) else None,
        "intake": sections.intake(data),
        "training": sections.training(data),
        "pairs": sections.reconstructions(data),
        "latents": latents(data),
        "protocol": sections.protocol(data),
        "choice": choice(data),
        "likenesses": likenesses(data.evidence.get("threshold")),
        "space": space(data, groups),
        "sheets": sections.contact_sheets(groups, pictured, MOST_GROUPS),
        "bars": size_bars(groups),
        "size_words": size_words(groups),
        "uncertain": uncertain,
        "unknown": uncertain.unknown,
        "tree": uncertain.tree,
        "evaluation": sections.evaluation(data),
        "against_labels": against_labels(data),
        "verification": verification(data),
        "occlusion": occlusion(data.evidence.get("occlusion"), data.occlusion),
        "simulated": simulated(data.evidence.get("simulated")),
        "small": small_pictures(data, groups),
        "rules": sections.rules(data),
        "card": data.card,
        "card_rows": card_rows(data.card),
        "tables": sections.tables(data),
        "limit": limit_of(str(data.settings.get("model") or "")),
    }


def _about(data: ReportData) -> dict[str, Any]:
    """The recipe, the totals and the verdict, with every name that the templates ask for."""
    known = dict.fromkeys(("files", "with_faces", "faces"))
    names = ("paper", "what", "paper_figure", "command")
    return {
        "recipe": {"name": "facefold", **dict.fromkeys(names, ""), "subject": "face", **data.recipe},
        "totals": {**known, **data.ingest, "unit": unit_of(data.ingest)},
        "judged": {"reasons": [], **(data.verdict or {})},
    }
