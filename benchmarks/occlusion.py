"""The tables of docs/results/occlusion.md, of what ``facefold occlude`` wrote.

    python -m benchmarks.occlusion OUT... > table

Each OUT is the folder of one study.
"""

import argparse
import json
from pathlib import Path

from components.occlude.words import NAMES, ranks, span

SHORT = {"cluster": "group", "similarity": "likeness", "auc": "AUC", "accuracy": "accuracy"}


def main() -> None:
    """Prints the tables."""
    command = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    command.add_argument("out", nargs="+", type=Path, metavar="OUT")
    studies = [json.loads((out / "occlude.json").read_text()) for out in command.parse_args().out]
    for study in studies:
        print(f"\n## {study['model']}\n\n{account(study)}\n")
        for kind in ("strips", "contours"):
            print("\n".join(table(study, kind)))
        print("\n".join(hulls(study)))


def account(study: dict) -> str:
    """How many faces and pairs, and the minutes."""
    told = [f"{study['faces']['n_faces']} faces of {study['faces']['n_people']} people"]
    told.append(f"{study['faces']['seconds'] / 60:.1f} minutes")
    if study["pairs"]:
        pairs = study["pairs"]
        told.append(f"{pairs['whole']['pairs']} pairs of {pairs['n_faces']} photos ({pairs['missing']} not)")
        told.append(f"{pairs['seconds'] / 60:.1f} minutes")
        told.append(f"whole AUC {span(pairs['whole']['auc'])}, accuracy {span(pairs['whole']['accuracy'])}")
    return ", ".join(told)


def lists(study: dict, kind: str) -> list[dict]:
    """The q-lists of one kind under every score."""
    return [
        one
        for part in ("faces", "pairs")
        for one in (study[part] or {"qlists": []})["qlists"]
        if one["kind"] == kind
    ]


def table(study: dict, kind: str) -> list[str]:
    """A line for each score: the regions in the order of q, with intervals, random masks and fills."""
    lines = [f"| {kind} | | | | | |", "|---|---|---|---|---|---|"]
    for one in lists(study, kind):
        cells = []
        for entry in one["entries"]:
            fills = " ".join(
                f"{told['value']:.3f}" for fill, told in entry["fills"].items() if fill != "black"
            )
            random = "-" if entry["random"] is None else f"{entry['random']['value']:.3f}"
            cells.append(f"{entry['region']} {span(entry['fall'])}; {random}; {fills}")
        lines.append(f"| {SHORT[one['score']]} | {' | '.join(cells)} |")
    return [*lines, "", *(f"- {NAMES[one['score']]}: {ranks(one)}" for one in lists(study, kind)), ""]


def hulls(study: dict) -> list[str]:
    """The face hidden against its surroundings hidden, in each fill."""
    lines = ["| score, fill | face hidden | surroundings hidden | difference |", "|---|---|---|---|"]
    for part in ("faces", "pairs"):
        for score, told in (study[part] or {"hull": {}})["hull"].items():
            for fill, one in told.items():
                if fill != "status":
                    cells = [span(one[name]) for name in ("face hidden", "surroundings hidden", "difference")]
                    lines.append(f"| {SHORT[score]}, {fill} | {' | '.join(cells)} |")
    return lines


if __name__ == "__main__":
    main()
