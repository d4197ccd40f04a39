"""The tables of docs/results/occlusion.md, of what ``facefold occlude`` wrote.

    python -m benchmarks.occlusion OUT... > table

Each OUT is the folder of one study.
"""

import argparse
import json
import re
from pathlib import Path

from components.occlude.words import NAMES, ranks, span

SHORT = {"cluster": "group", "similarity": "likeness", "auc": "AUC", "accuracy": "accuracy"}


def main() -> None:
    """Prints the tables."""
    command = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    command.add_argument("out", nargs="+", type=Path, metavar="OUT")
    studies = [json.loads((out / "occlude.json").read_text()) for out in command.parse_args().out]
    for study in studies:
        print(f"\n### `{study['model'].split()[0]}`\n")
        lines = [account(study), "", *table(study), *ranked(study), *hulls(study), *trends(study)]
        print(shorter("\n".join(lines)))


def shorter(text: str) -> str:
    """Shares without the zero before the point."""
    return re.sub(r"(?<![\d.])0\.(?=\d{3})", ".", text)


def account(study: dict) -> str:
    """How many faces and pairs, the minutes, and how much of a chip is read."""
    told = [f"{study['faces']['n_faces']} faces of {study['faces']['n_people']} people"]
    told.append(f"{study['faces']['seconds'] / 60:.1f} minutes")
    if study["pairs"]:
        pairs = study["pairs"]
        told.append(f"{pairs['whole']['pairs']} pairs of {pairs['n_faces']} photos ({pairs['missing']} not)")
        told.append(f"{pairs['seconds'] / 60:.1f} minutes")
        told.append(f"whole AUC {span(pairs['whole']['auc'])}, accuracy {span(pairs['whole']['accuracy'])}")
    left, top, right, bottom = study["faces"]["window"]
    return ", ".join(told) + f"; it reads {right - left} x {bottom - top} pixels of the chip."


def lists(study: dict) -> list[dict]:
    """The q-lists under every score."""
    return [one for part in ("faces", "pairs") for one in (study[part] or {"qlists": []})["qlists"]]


def table(study: dict) -> list[str]:
    """A line for each region: its fall under each score, and that of random masks of its area."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    scores = list(dict.fromkeys(one["score"] for one in lists(study)))
    for one in lists(study):
        for entry in one["entries"]:
            random = "-" if entry["random"] is None else f"{entry['random']['value']:.3f}"
            row = found.setdefault((one["kind"], entry["region"]), {})
            row[one["score"]] = f"{span(entry['fall'])}; {random}"
    head = [f"| hidden | {' | '.join(SHORT[score] for score in scores)} |", "|---" * (len(scores) + 1) + "|"]
    return head + [
        f"| {region}, {kind[:-1]} | {' | '.join(row.get(score, '-') for score in scores)} |"
        for (kind, region), row in found.items()
    ]


def ranked(study: dict) -> list[str]:
    """For each q-list the regions in its order, and what that order is worth."""
    return [
        "",
        *(
            f"- {NAMES[one['score']]}, {one['kind']}: "
            f"{', '.join(entry['region'] for entry in one['entries'])}; {ranks(one)}"
            for one in lists(study)
        ),
        "",
    ]


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


def trends(study: dict) -> list[str]:
    """What falls as more is hidden, and halves against each other, under the scores without labels."""
    lines = [""]
    for score, found in study["faces"]["trends"].items():
        words = "; ".join(f"{one['words']} {span(one)}" for one in found)
        lines.append(f"- {SHORT[score]}: {words}")
    return lines


if __name__ == "__main__":
    main()
