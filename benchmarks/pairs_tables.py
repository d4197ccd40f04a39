"""The tables of ``benchmarks.pairs`` in Markdown."""


def tables(rows, titles, colour, far):
    """Markdown: AUC and accuracy on each set, and what a threshold from LFW accepts of kin."""
    lines = []
    for figure, words in (("auc", "AUC (95%)"), ("accuracy", "accuracy ± SEM")):
        head = " | ".join([words, *titles, "kin"])
        lines += [f"| {head} |", "|---" * (len(titles) + 2) + "|"]
        ranks = {title: ranked(rows, title, figure) for title in (*titles, "kin")}
        for row in rows:
            cells = [cell(row["sets"][title], figure, ranks[title].get(row["model"])) for title in ranks]
            lines.append(f"| `{row['label']}` | " + " | ".join(cells) + " |")
        lines.append("| two numbers of colour |" + " |" * len(titles) + f" {shown(colour, figure)} |")
        lines.append("")
    lines += [
        f"| at FAR {far:.0%} on LFW | one person on LFW | kin | strangers |",
        "|---|---|---|---|",
    ]
    for row in rows:
        kin = row["kin"]
        lines.append(
            f"| `{row['label']}` | {kin['threshold']['true_accepts']:.1%} | "
            f"{share(kin['same'])} | {share(kin['different'])} |"
        )
    return lines


def ranked(rows, title, figure):
    """The place of each model that did not mine the set itself, the best first."""
    fair = [row for row in rows if not row["sets"][title]["own"]]
    fair.sort(key=lambda row: -row["sets"][title][figure]["value"])
    return {row["model"]: place for place, row in enumerate(fair, 1)}


def cell(entry, figure, rank):
    text = shown(entry, figure)
    return f"[{text}]" if entry["own"] else f"{rank}. {text}"


def shown(entry, figure):
    """An AUC with its interval by people, or an accuracy with its standard error over the folds."""
    one = entry[figure]
    if figure == "auc":
        return f"{short(one['value'])} ({short(one['low'])} to {short(one['high'])})"
    return f"{short(one['value'])} ± {short(entry['accuracy_se'])}"


def short(value):
    """.123 for 0.1234, -.123 for -0.1234."""
    text = f"{value:.3f}"
    return text.replace("0.", ".", 1) if abs(value) < 1 else text


def share(one):
    return f"{one['share']:.1%} ({one['low']:.1%} to {one['high']:.1%})"


def alike_table(found, labels, group):
    """Markdown of ``alike_rows``."""
    lines = [
        f"| two people with one value of {group} | {' | '.join(found)} |",
        "|---" * (len(found) + 1) + "|",
        "| share of the pairs of two people | "
        + " | ".join(f"{one['share']:.0%}" for one in found.values())
        + " |",
    ]
    for name in next(iter(found.values()))["auc"]:
        cells = [short(one["auc"][name]) for one in found.values()]
        lines.append(f"| `{labels[name]}`, AUC among these | {' | '.join(cells)} |")
    return lines
