"""What the page says about the quality of faces, and what it gains that only good ones found groups."""

from __future__ import annotations

from typing import Any

import numpy as np

from components.evaluate.figures.quality import WORDS
from components.report.data import ReportData
from components.words.text import counted, decimal, is_number, listed, whole

POOR = 0.2  # a face among the worst fifth in some respect has a reason to be wrong that can be seen
SHOWN = 24


def reason(data: ReportData, face: int) -> str:
    """The word for a face that is among the worst fifth in some measure; "" for any other face."""
    if data.quality is None or data.weakest is None or data.quality[face] > POOR:
        return ""
    return WORDS[str(data.weakest[face])]


def reasons(data: ReportData, faces: tuple[int, int]) -> str:
    """Why two faces may have been taken for one person, in words."""
    found = [word for word in dict.fromkeys(reason(data, face) for face in faces) if word]
    if not found:
        return "both of good quality" if data.quality is not None else ""
    each = all(reason(data, face) for face in faces)
    return f"{'both' if each and len(found) == 1 else 'one' if not each else 'each'}: {listed(found)}"


def quality(data: ReportData) -> dict[str, Any] | None:
    """The faces of lowest quality, how many are low in which measure, and the gain; None if it is unknown."""
    if data.quality is None or data.weakest is None:
        return None
    lowest = np.argsort(data.quality, kind="stable")
    poor = [str(data.weakest[face]) for face in lowest[: int((data.quality <= POOR).sum())]]
    counts = {name: poor.count(name) for name in WORDS if name in poor}
    return {
        "faces": lowest[:SHOWN].tolist(),
        "said": f"{counted(len(poor), 'face is', 'faces are')} among the worst fifth in some respect, by "
        f"the one that is worst: {listed([f'{whole(n)} {WORDS[name]}' for name, n in counts.items()])}.",
        "gain": gain_words(data.evidence.get("quality")),
    }


def gain_words(told: Any) -> str:
    """The effect of letting poorer faces found no groups, in a sentence or two; "" if all faces do."""
    if not told:
        return ""
    kept, all_ = told["with"], told["without"]
    said = (
        f"The {whole(told['n_founders'])} best of {counted(told['n_train'], 'train face')} found groups, "
        f"{whole(kept['n_clusters'])} of them; the others are only assigned. If all did, there would be "
        f"{counted(all_['n_clusters'], 'group')}."
    )
    figures = [
        f"{name} {decimal(kept[key])} instead of {decimal(all_[key])}"
        for key, name in (("pairwise_f", "pairwise F"), ("bcubed_f", "BCubed F"))
        if is_number(kept[key]) and is_number(all_[key])
    ]
    return f"{said} Held against labels: {listed(figures)}." if figures else said
