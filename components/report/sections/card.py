"""The model card's data and health as rows for the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.report.words.wording import unit_of
from components.words.text import decimal, is_number, listed, whole

DATA = (
    ("source", "Source"),
    ("files", "Files"),
    ("with_faces", "Files with faces"),
    ("faces", "Faces"),
    ("train", "Faces of the train split"),
    ("eval", "Faces of the eval split"),
    ("split_by", "Split by"),
    ("n_labelled", "Faces with a name"),
    ("n_identities", "People with a name"),
    ("labels", "Names were"),
    ("credits", "Owners"),
)


def card_rows(card: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """``data`` and ``health`` as (name, value) rows; empty without a card."""
    if not card:
        return {"data": [], "health": []}
    units = f"{unit_of(card['data'])}s".capitalize()
    data = [(title.replace("Files", units), _value(card["data"].get(key))) for key, title in DATA]
    return {"data": [(title, value) for title, value in data if value], "health": health_rows(card["health"])}


def health_rows(health: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Figures for or against the model without labels, in words and numbers."""
    rows = []
    held, mega = health.get("held_out"), health.get("mega_cluster")
    if held:
        gain = f"{decimal(held['gain'], 2)} ± {decimal(held['standard_error'], 2)}"
        rows.append(("Nats a held-out face gained over one Gaussian", f"{gain} (n = {whole(held['n'])})"))
    if is_number(health.get("stability")):
        low, high = health["stability_interval"]
        rows.append(
            (
                "Stability: ARI of fits on two halves",
                f"{decimal(health['stability'])} ({decimal(low)} to {decimal(high)})",
            )
        )
    if is_number(health.get("effective_rank")):
        rank = f"{decimal(health['effective_rank'], 1)} of {whole(health['dimension'])}"
        rows.append(("Effective rank of the embedding", rank))
    if mega:
        rows.append(("Share of the largest group", f"{decimal(mega['share'])} ({whole(mega['size'])} faces)"))
        inside = f"{decimal(mega['interconnectedness'])}, by chance {decimal(mega['by_chance'])}"
        rows.append(("Neighbours of its faces that are inside it", inside))
    return rows


def _value(value: Any) -> str:
    if isinstance(value, list):
        return listed([str(item) for item in value])
    return whole(value) if is_number(value) else str(value or "")
