"""The sentences of the report: what happened, in plain words, and why something is missing."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from components.report.data import ReportData
from components.report.groups import Group
from components.words.text import counted, decimal, duration, is_number, listed, printable, whole

STATUS_WORDS = {
    "with_faces": "with faces",
    "no_face": "without a face",
    "duplicate": "duplicates",
    "rejected": "rejected",
}
BLESSED_WORDS = {
    True: ("Blessed", "The model passed every check and may be served."),
    False: ("Not blessed", "The model did not pass every check and is not served."),
    None: ("No verdict", "This run reached no verdict on its model."),
}
OF_PEOPLE = (("silhouette", "silhouette"), ("ari", "adjusted Rand"), ("pairwise_f", "pairwise F"))
OF_CLASSES = (("silhouette", "silhouette"), ("acc", "accuracy"), ("nmi", "mutual information"))


def summary(data: ReportData, groups: Sequence[Group]) -> list[str]:
    """What happened, in at most four plain sentences."""
    ingest, n_groups = data.ingest, sum(group.cluster >= 0 for group in groups)
    out = []
    if is_number(ingest.get("files")):
        out.append(f"{counted(ingest['files'], unit_of(ingest))} came in. {_found(ingest)}")
    apart = sum(group.size for group in groups if group.cluster < 0)
    if len(data.faces):
        left = f", and left {counted(apart, 'face')} in no group" if apart else ""
        out.append(
            f"Without being told who is who, the model put them into {counted(n_groups, 'group')} "
            f"of faces that look alike{left}."
        )
    unknown = int((np.asarray(data.faces.unknown, bool) & (data.faces.cluster >= 0)).sum())
    if unknown:
        one, where = unknown == 1, " in groups" if apart else ""
        out.append(
            f"{counted(unknown, 'face')}{where} {'is' if one else 'are'} unlike what it learned from, "
            f"or far from {'its' if one else 'their'} group."
        )
    return out


def _found(ingest: Mapping[str, Any]) -> str:
    others = [
        f"{counted(ingest[key], *words)}"
        for key, words in (
            ("no_face", ("had no face", "had no face")),
            ("duplicate", ("was a duplicate", "were duplicates")),
            ("rejected", ("could not be used", "could not be used")),
        )
        if ingest.get(key)
    ]
    faces, photos = ingest.get("faces"), ingest.get("with_faces")
    where = (
        "one in each of them"
        if faces == photos and not others
        else f"in {counted(photos, 'of them', 'of them')}"
    )
    tail = f"; {listed(others)}" if others else ""
    return f"{counted(faces, 'face')} {'was' if faces == 1 else 'were'} found, {where}{tail}."


def accounting(ingest: Mapping[str, Any]) -> str:
    """Whether the files, or rows, add up: each has exactly one status."""
    parts = [int(ingest.get(key) or 0) for key in STATUS_WORDS]
    words = list(STATUS_WORDS.values())
    if parts[2] == 1:
        words[2] = "duplicate"
    sums = " + ".join(f"{whole(part)} {word}" for part, word in zip(parts, words, strict=True))
    files, unit = int(ingest.get("files") or 0), unit_of(ingest)
    if sum(parts) == files:
        return f"Every {unit} is accounted for: {sums} = {counted(files, unit)}."
    return f"The counts do not add up: {sums} = {whole(sum(parts))}, but {counted(files, unit)} came in."


def unit_of(ingest: Mapping[str, Any]) -> str:
    """What the ingest counted: files, or rows or lines of files."""
    return str(ingest.get("unit") or "file")


def verdict_words(verdict: Mapping[str, Any] | None) -> tuple[str, str]:
    """The verdict in a word or two, with its meaning."""
    return BLESSED_WORDS[None if not verdict or verdict.get("blessed") is None else bool(verdict["blessed"])]


def key_figures(data: ReportData, groups: Sequence[Group]) -> list[tuple[str, str, str]]:
    """(value, name, remark) of the figures that a reader looks for first."""
    split = "eval" if "eval" in data.metrics else "all"
    metrics = data.metrics.get(split, {})
    out = [
        (whole(data.ingest.get("files")), unit_of(data.ingest) + "s", "found"),
        (whole(len(data.faces)), "faces", "aligned"),
        (whole(sum(group.cluster >= 0 for group in groups)), "groups", "of look-alikes"),
    ]
    apart = sum(group.size for group in groups if group.cluster < 0)
    if apart:
        out.append((whole(apart), "faces", "in no group"))
    judged_by = OF_CLASSES if data.recipe.get("subject") == "picture" else OF_PEOPLE
    for key, name in judged_by:
        if is_number(metrics.get(key)):
            remark = f"all {whole(len(data.faces))}" if split == "all" else f"{split} split"
            out.append((decimal(metrics[key], 2), name, remark))
    auc = [curve["auc"] for curve in data.roc or [] if is_number(curve.get("auc"))]
    if auc and data.faces.labelled:
        out.append((decimal(auc[0], 2), "AUC", printable(str(data.roc[0]["name"])) if data.roc else ""))
    seconds = sum(float(row["seconds"]) for row in data.history if is_number(row.get("seconds")))
    if seconds:
        out.append((duration(seconds), "training", counted(len(data.history), "epoch")))
    return out
