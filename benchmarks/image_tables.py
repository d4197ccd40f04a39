"""The tables of ``benchmarks.image_clustering`` in Markdown."""

import statistics

from benchmarks.image_ways import WAYS

COLLAPSED = 0.9  # of the pictures in one group


def spread(values, places=3):
    """Mean and deviation, as in ".981 ± .002"."""
    mean = f"{statistics.mean(values):.{places}f}"
    text = mean if len(values) == 1 else f"{mean} ± {statistics.stdev(values):.{places}f}"
    return text.replace("0.", ".") if mean.startswith("0.") else text


def tables(lines):
    """A table for each set: a row for each way, over its seeds."""
    sets = list(dict.fromkeys(line["set"] for line in lines))
    return "\n\n".join(table_of(name, [line for line in lines if line["set"] == name]) for name in sets)


def table_of(name, lines):
    """The table of one set."""
    whole = [line for line in lines if "failed" not in line]
    rows = [
        f"### {name}, {whole[0]['n']:,} pictures\n" if whole else f"### {name}\n",
        "| | seeds | ACC | NMI | collapsed | groups | seconds | CPU s | MB | commit |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for way in WAYS:
        runs = [line for line in whole if line["way"] == way]
        if runs:
            rows.append(row_of(WAYS[way].title, runs))
            if "alone" in runs[0]:
                rows.append(alone_row(runs))
            if "teacher" in runs[0]:
                rows.append(teacher_row(runs))
        failed = sum(line["way"] == way for line in lines if "failed" in line)
        if failed:
            rows.append(f"| {WAYS[way].title} | {failed} failed | | | | | | | | |")
    return "\n".join(rows)


def row_of(title, runs):
    """A way's row; seconds and memory are medians."""

    def middle(key):
        return f"{statistics.median(run[key] for run in runs):,.0f}"

    cells = [
        title,
        str(len(runs)),
        spread([run["acc"] for run in runs]),
        spread([run["nmi"] for run in runs]),
        str(sum(run["largest"] > COLLAPSED for run in runs)),
        ", ".join(sorted({str(run["groups"]) for run in runs})),
        *map(middle, ("seconds", "cpu_seconds", "peak_mb")),
        ", ".join(dict.fromkeys(run["commit"] for run in runs)),
    ]
    return f"| {' | '.join(cells)} |"


def teacher_row(runs):
    """The row of the groups that taught."""
    figures = [spread([run["teacher"][name] for run in runs]) for name in ("acc", "nmi")]
    return f"| - its teacher's groups | {len(runs)} | {' | '.join(figures)} | | | | | | |"


def alone_row(runs):
    """The row of a consensus' groupings, each alone."""
    figures = [spread([value for run in runs for value in run["alone"][name]]) for name in ("acc", "nmi")]
    count = sum(len(run["alone"]["acc"]) for run in runs)
    return f"| - no voting: one of {count} groupings alone | | {' | '.join(figures)} | | | | | | |"
