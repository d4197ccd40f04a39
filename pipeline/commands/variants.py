"""Compares several runs in one table: recipes, or one recipe with several values of a setting."""

from __future__ import annotations

import csv
import itertools
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from pipeline.dag.layout import Layout
from pipeline.recipes.assignments import with_settings
from pipeline.recipes.catalog import get_recipe
from pipeline.recipes.recipe import Recipe
from pipeline.recipes.renamed import current
from pipeline.runners.private_files import private_files

if TYPE_CHECKING:
    import numpy as np

    from components.pairs.files import Pairs


@dataclass(frozen=True)
class Variant:
    """One run of a sweep: its name in the table, and its recipe with all settings."""

    name: str
    recipe: Recipe


def variants_of(
    items: Iterable[str], prepare: Callable[[Recipe], Recipe], common: Sequence[str] = ()
) -> list[Variant]:
    """The grid that the words of ``facefold sweep`` stand for, in order.

    Args:
        items: words like ``RECIPE``, ``RECIPE,key=value,...`` or ``key=a,b,c``. Each of the last kind
            multiplies the grid, for the recipes that take this setting.
        prepare: returns a recipe with the sweep's photos.
        common: ``key=value``, for every recipe that takes this setting.

    Returns:
        The variants; no two have the same recipe and settings.

    Raises:
        ValueError: a recipe, key or value is unknown, a setting that no recipe takes, or there is no recipe;
            one line.
    """
    common = current(common)
    swept: list[list[str]] = []
    chosen: list[tuple[Recipe, list[str]]] = []
    for item in items:
        first, *rest = current(item.split(","))
        key, equals, value = first.partition("=")
        if equals:
            swept.append([f"{key}={one}" for one in (value, *rest)])
        else:
            chosen.append((get_recipe(first), rest))
    if not chosen:
        raise ValueError(
            "No recipe to sweep. Expected RECIPE, as in: facefold sweep face-cae latent_dim=64,128"
        )
    grid: dict[Recipe, Variant] = {}
    bases = [(recipe, own, with_settings(prepare(recipe), own)) for recipe, own in chosen]
    refuse_settings_of_nobody([base for _, _, base in bases], [*common, *(one[0] for one in swept)])
    for (recipe, own, base), values in itertools.product(bases, itertools.product(*swept)):
        changes = [*own, *taken(base, values)]
        prepared = with_settings(base, [*taken(base, common), *changes])
        if prepared.classifies:
            raise ValueError(
                f"{recipe.name} learns from labels. Expected recipes that group, whose groups a sweep "
                "compares. Run each by facefold run."
            )
        grid.setdefault(prepared, Variant(" ".join((recipe.name, *changes)), prepared))
    return list(grid.values())


def taken(recipe: Recipe, assignments: Iterable[str]) -> list[str]:
    """Those of ``key=value`` strings whose setting the recipe takes."""
    known = {"model", *recipe.settable()}
    return [one for one in assignments if one.partition("=")[0] in known]


def refuse_settings_of_nobody(recipes: Sequence[Recipe], assignments: Iterable[str]) -> None:
    """Raises ValueError, one line, for a setting that none of the recipes takes."""
    for one in assignments:
        if not any(taken(recipe, [one]) for recipe in recipes):
            with_settings(recipes[0], [one])


@private_files()
def sweep(
    variants: Sequence[Variant],
    root: str | Path,
    stream: TextIO,
    pairs: Pairs | None = None,
    min_images: int = 10,
) -> dict[str, Any]:
    """Runs each variant under ``<root>/sweep`` and compares them.

    All variants share the ingest and the statistics through TFX's cache, and the cache of photos. Nothing is
    served from there. The row of a variant that failed holds its error. Returns {"variants": rows, "page",
    "table"}: the rows, and the paths of the page and the CSV made of them.
    """
    from components.report.sweep import render_sweep
    from pipeline.commands import local_run

    below = Layout(Layout(Path(root)).root / "sweep")
    folder = below.root / "tables" / time.strftime("%Y%m%d-%H%M%SZ", time.gmtime())
    rows: list[dict[str, Any]] = []
    pictures: dict[str, dict[str, np.ndarray]] = {}
    for number, variant in enumerate(variants, 1):
        stream.write(f"{number} of {len(variants)}: {variant.name}\n")
        stream.flush()
        try:
            result = local_run.run(variant.recipe, below.root, stream)
        except local_run.RunFailedError as error:
            rows.append({"name": variant.name, "error": str(error), "log": str(error.log)})
            continue
        row, pictures[variant.name] = measured(variant, result, pairs, min_images)
        rows.append(row)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sweep.json").write_text(json.dumps(rows, indent=1))
    write_csv(rows, folder / "sweep.csv")
    page = folder / "sweep.html"
    render_sweep(rows, pictures, page, title_of(variants), time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    return {"variants": rows, "page": str(page), "table": str(folder / "sweep.csv")}


def title_of(variants: Iterable[Variant]) -> str:
    """The names of a sweep's recipes, each once."""
    return ", ".join(dict.fromkeys(variant.recipe.name for variant in variants))


def measured(
    variant: Variant, result: Mapping[str, Any], pairs: Pairs | None, min_images: int
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The row of a finished run, and its {"originals", "reconstructed"} pictures (m, h, w, 3) uint8."""
    import numpy as np

    from components.artifact_files import read_evaluation
    from components.evaluate.judging.comparison import compare
    from components.evaluate.search.settings import SelectionSettings
    from components.faces import read_faces
    from pipeline.dag.grouping import selection_of
    from pipeline.own_mining import mined_by

    where = result["artifacts"]
    facts, arrays = read_evaluation(Path(where["evaluation"]))
    told = json.loads((Path(where["report"]) / "report.json").read_text())
    evaluated = facts["metrics"].get("eval", {})
    settings = SelectionSettings.picked(selection_of(variant.recipe))
    faces = read_faces(where["examples"])
    row = {
        "name": variant.name,
        "recipe": variant.recipe.name,
        "settings": variant.recipe.settings(),
        "report": result["report"],
        "dimension": int(arrays["embedding"].shape[1]),
        "epochs": len(told["history"]),
        "figures": told["figures"],
        "fit_seconds": told["figures"]["fit_seconds"],
        "faces_per_second": facts["faces_per_second"],
        "megabytes": megabytes(Path(where["model"]) / "Format-Serving"),
        **{name: evaluated.get(name) for name in ("reconstruction_mse", "psnr", "ssim")},
        "judged_on_own_mining": mined_by(variant.recipe, pairs.miner) if pairs and pairs.miner else None,
        **compare(np.asarray(arrays["embedding"]), faces, settings, pairs, min_images),
    }
    return row, {name: arrays[name] for name in ("originals", "reconstructed")}


def megabytes(folder: Path) -> float:
    """The size of all files below ``folder`` in megabytes of a million bytes."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def lines_of(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The table as text, two lines for each variant."""
    from components.report.sweep import COLUMNS, table_lines

    table = [["", "latents", *(heading for _, heading, *_ in COLUMNS)]]
    for row in rows:
        if "error" not in row:
            table += [[line["name"], line["latents"], *line["cells"]] for line in table_lines(row)]
    widths = [max(len(line[i]) for line in table) for i in range(len(table[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if i < 2 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in table
    ]
    lines += [
        f"{row['name']}: mined the pairs itself, so that its AUC and accuracy say nothing of it"
        for row in rows
        if row.get("judged_on_own_mining")
    ]
    return lines + [
        f"{row['name']}: failed: {row['error']} (log {row['log']})" for row in rows if "error" in row
    ]


def write_csv(rows: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Writes the table as CSV, unrounded, with one line for each variant and kind of latents."""
    from components.report.sweep import COLUMNS, table_lines

    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["variant", "latents", "dimension", *(key for key, *_ in COLUMNS)])
        for row in rows:
            if "error" not in row:
                writer.writerows(
                    [line["name"], line["latents"], line["dimension"], *line["values"]]
                    for line in table_lines(row)
                )
