"""What ``facefold verify`` found, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.evaluate.figures.verification import FARS
from components.pairs.files import KIN


def lines_of(result: Mapping[str, Any]) -> list[str]:
    """The result as a table, line by line."""
    photos, sure = result["photos"], result["intervals"]["intervals"]
    lines = [
        f"{result['model']}: {result['dimension']} numbers a face, detector {result['detector']}",
        f"{photos['named_and_found']} photos: {photos['faces']} with a face ({photos['several_faces']} with "
        f"several, the {result['face']} one counts), {photos['no_face']} without, {photos['rejected']} "
        f"rejected; {photos['missing']} are not there"
        + (f"; {photos['duplicate']} left out by decisions" if photos["duplicate"] else ""),
        f"{result['pairs']} pairs compared, {result['missing']} not, for want of a face",
    ]
    if result["fitted_on"] is not None:
        which = "photos in no pair" if result["fitted_beside_pairs"] else "all photos, the pairs' among them"
        lines.append(f"fitted without labels on {result['fitted_on']} faces of {which}")
    if result["auc"] is None:
        return [*lines, f"no figures: {result['intervals']['undefined']}", *fact_lines(result)]
    names = {"accuracy": "accuracy", "auc": "ROC AUC", "eer": "equal error rate"}
    lines.append(f"{'':18}{'value':>8}   95% interval (drawn: {result['intervals']['by']})")
    for name, words in names.items():
        one = sure[name]
        span = "-" if one["low"] is None else f"{one['low']:.4f} to {one['high']:.4f}"
        error = result["accuracy_se"]
        extra = (
            f"   standard error over folds {error:.4f}" if name == "accuracy" and error is not None else ""
        )
        lines.append(f"{words:18}{result[name]:8.4f}   {span}{extra}")
    for far in FARS:
        lines.append(accept_line(far, result["tar"][far]))
    lines += fact_lines(result)
    return lines + [line for column, found in (result["slices"] or {}).items() for line in gap(column, found)]


def accept_line(far: object, entry: Mapping[str, Any]) -> str:
    """One line about the true accept rate at a false accept rate."""
    words = f"TAR at FAR {far}"
    if entry["rate"] is None:
        return f"{words:18}{'-':>8}   {entry['reason']}"
    reached = f"FAR reached {entry['far']:.4f} of {entry['n_neg']} pairs of two people"
    return f"{words:18}{entry['rate']:8.4f}   {reached}"


def gap(column: str, found: Mapping[str, Any]) -> list[str]:
    """Lines about one attribute: each group, and the largest gap between two groups."""
    lines = []
    for name, entry in found["groups"].items():
        accuracy = entry["figures"]["accuracy"]
        told = "no figures" if accuracy is None else f"accuracy {accuracy:.4f}"
        lines.append(f"{column}={name}: {entry['n']} pairs, {told}")
    largest = found["gap"]
    if largest is not None:
        overlap = "the intervals overlap" if largest["overlap"] else "the intervals do not overlap"
        lines.append(
            f"{column}: largest gap {largest['gap']:.4f} in {largest['metric']}, {column}={largest['high']} "
            f"above {column}={largest['low']}; {overlap}"
        )
    lines.append(f"{column}: {found['mixed']} pairs across groups, {found['unknown']} of unknown groups")
    return lines


def fact_lines(result: Mapping[str, Any]) -> list[str]:
    """What was found beside the figures in words, line by line."""
    lines = []
    if result["judged_on_own_mining"]:
        lines.append("this model mined these pairs itself: these figures say nothing of it, and rank nowhere")
    elif result["miner"]:
        lines.append(f"mined by {result['miner']}")
    if result["view"]:
        lines += view_lines(result["view"])
    if result["without_duplicates"]:
        told = result["without_duplicates"]
        lines.append(f"without {told['left_out']['pairs']} pairs of one picture: {_figures(told)}")
    sorts = ("kin", "strangers") if result["kind"] == KIN else ("one person", "two people")
    if result["elsewhere"]:
        base = result["elsewhere"]["threshold"]
        lines.append(
            f"by the threshold that accepts {base['reached']:.2%} of the other pairs' two people and "
            f"{base['true_accepts']:.2%} of their one person:"
        )
        for key, words in zip(("same", "different"), sorts, strict=True):
            one = result["elsewhere"][key]
            if one["share"] is not None:
                span = f"({one['low']:.2%} to {one['high']:.2%})"
                lines.append(f"  {words}: {one['share']:.2%} accepted {span} of {one['n']}")
    if result["colour"]:
        lines.append(f"two numbers of colour on the same pairs: {_figures(result['colour'])}")
    return lines


def view_lines(view: Mapping[str, Any]) -> list[str]:
    """One view in words."""
    head = f"View {view['view']} (LFW calls it View {view['lfw_view']})"
    if view["view"] == 1:
        printed = view["printed"]
        beside = (
            "" if printed is None else f"; as P2 prints it, {printed['accuracy']:.4f} ± {printed['sem']:.4f}"
        )
        return [f"{head}: accuracy {view['accuracy']:.4f} ± {view['sem']:.4f}{beside}"]
    sure = view["intervals"]
    spans = [
        f"{words} {view[name]:.4f} ({sure[name]['low']:.4f} to {sure[name]['high']:.4f})"
        for name, words in (("accuracy", "ACC"), ("auc", "AUC"))
    ]
    return [f"{head}: threshold of split {view['developed_on']}, on the others {', '.join(spans)}"]


def _figures(told: Mapping[str, Any]) -> str:
    figures, sure = told["figures"], told["intervals"]["intervals"]
    if figures["auc"] is None:
        return "no figures, there is one sort of pairs only"
    span = f"({sure['auc']['low']:.4f} to {sure['auc']['high']:.4f})"
    return f"AUC {figures['auc']:.4f} {span}, accuracy {figures['accuracy']:.4f}"
