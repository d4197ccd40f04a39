"""The ``facefold`` command."""

import argparse
import dataclasses
import json
import os
import sys
from pathlib import Path

from pipeline.recipes import RECIPES, get_recipe, settable, with_settings

DONE, FAILED, WRONG_ARGUMENTS, NOT_BLESSED = 0, 1, 2, 3
DEFAULT_ROOT = "facefold-runs"


def build_parser():
    """The argument parser with its four commands."""
    parser = argparse.ArgumentParser(
        prog="facefold",
        description="Folds a pile of photos into people: faces, clusters, a served model, a report.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="run a recipe: photos in, report and pushed model out")
    run.add_argument(
        "recipe", nargs="?", default="face-cae", help="see `facefold recipes` (default: %(default)s)"
    )
    run.add_argument(
        "--images", metavar="DIR", help="your photos; <DIR>/<person>/* gives labels for evaluation; "
        "of sketch-rnn an .ndjson file or a folder of them"
    )  # fmt: skip
    run.add_argument(
        "--root", metavar="DIR", default=DEFAULT_ROOT, help="where everything goes (default: ./%(default)s)"
    )
    run.add_argument(
        "--set", metavar="KEY=VALUE", action="append", default=[], dest="settings",
        help=f"change a setting: {', '.join(settable())}",
    )  # fmt: skip
    run.add_argument("--json", action="store_true", help="print the result as one JSON object, last line")
    commands.add_parser("recipes", help="list the recipes")
    report = commands.add_parser("report", help="print where a run's report is, and what it says")
    report.add_argument("run", nargs="?", help="a run's name, as in <root>/runs (default: the latest)")
    report.add_argument("--root", metavar="DIR", default=DEFAULT_ROOT)
    doctor = commands.add_parser("doctor", help="check versions, devices, paths and optional parts")
    doctor.add_argument("--root", metavar="DIR", default=DEFAULT_ROOT)
    return parser


def main(arguments=None):
    """Runs the command; returns 0 done and blessed, 1 failure, 2 wrong arguments, 3 not blessed."""
    options = build_parser().parse_args(arguments)
    command = {
        "run": run_command,
        "recipes": recipes_command,
        "report": report_command,
        "doctor": doctor_command,
    }
    return command[options.command](options)


def complain(text):
    """One line on stderr."""
    print(f"facefold: {text}", file=sys.stderr)


def chosen_recipe(options):
    """The recipe of ``facefold run``'s arguments; raises ValueError where they are wrong."""
    recipe = get_recipe(options.recipe)
    if options.images:
        path = Path(options.images).expanduser().absolute()
        drawings = recipe.source == "quickdraw"
        if not path.is_dir() and not (drawings and path.is_file()):
            expected = (
                "an .ndjson file of drawings, or a folder of such files" if drawings else "a folder of photos"
            )
            raise ValueError(f"--images {options.images} is no folder. Expected {expected}. Check the path.")
        recipe = dataclasses.replace(recipe, source=recipe.source if drawings else "folder", images=str(path))
    recipe = with_settings(recipe, [absolute(assignment) for assignment in options.settings])
    if recipe.images and recipe.source == "sample":
        recipe = dataclasses.replace(recipe, source="folder")
    return recipe


def absolute(assignment):
    """A ``key=path`` assignment with the path made absolute; any other as it is."""
    key, _, value = assignment.partition("=")
    if key in ("images", "model_path") and value:
        return f"{key}={Path(value).expanduser().absolute()}"
    return assignment


def run_command(options):
    """``facefold run``."""
    try:
        recipe = chosen_recipe(options)
    except ValueError as error:
        complain(error)
        return WRONG_ARGUMENTS
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
    from pipeline.root_lock import RootBusyError
    from pipeline.run import RunFailedError, run

    # A copy of the descriptor: the run sends stdout and stderr to its log.
    with os.fdopen(os.dup(2), "w") as stream:
        try:
            result = run(recipe, options.root, stream)
        except RootBusyError as error:
            complain(error)
            return FAILED
        except RunFailedError as error:
            complain(error)
            complain(f"the log is {error.log}")
            return FAILED
    print_result(result, options.json)
    return DONE if result["blessed"] else NOT_BLESSED


def print_result(result, as_json):
    """The summary for a person; as the last line either JSON, or where report and model are."""
    from components.report.text import counted, whole

    ingest, chosen, metrics = result["ingest"], result["chosen"], result["metrics"]
    print(
        f"{counted(ingest['files'], 'file')}: {counted(ingest['faces'], 'face')} in "
        f"{whole(ingest['with_faces'])}, {whole(ingest['no_face'])} without a face, "
        f"{counted(ingest['duplicate'], 'duplicate')}, {whole(ingest['rejected'])} rejected."
    )
    print(f"{counted(chosen['n_clusters'], 'cluster')} by {chosen['clusterer']}.")
    known = {name: value for name, value in metrics.items() if isinstance(value, float)}
    print("Metrics: " + ", ".join(f"{name} {value:.3f}" for name, value in known.items()))
    print("Blessed." if result["blessed"] else "Not blessed:")
    for reason in result["reasons"]:
        print(f"  {reason}")
    if as_json:
        print(json.dumps(result))
    else:
        print(f"Report: {result['report']}   Pushed model: {result['pushed_model'] or 'none'}")


def recipes_command(options):
    """``facefold recipes``."""
    for recipe in RECIPES.values():
        what = "default sample" if recipe.source == "sample" else "8,600 drawings"
        print(f"{recipe.name}  ({recipe.minutes:g} minutes on two cores, {what})")
        print(f"    {recipe.paper}")
        print(f"    {recipe.what}")
    return DONE


def report_command(options):
    """``facefold report``."""
    runs = Path(options.root).absolute() / "runs"
    finished = sorted(file.parent.name for file in runs.glob("*/result.json"))
    name = options.run or (finished[-1] if finished else None)
    if name not in finished:
        listed = ", ".join(finished[-5:]) or "none yet"
        complain(
            f"No finished run {name or ''} in {runs}. Expected one of: {listed}. Start one: facefold run."
        )
        return FAILED
    print_result(json.loads((runs / name / "result.json").read_text()), as_json=False)
    return DONE


def doctor_command(options):
    """``facefold doctor``."""
    from pipeline.doctor import examine

    lines, healthy = examine(Path(options.root).absolute())
    print("\n".join(lines))
    return DONE if healthy else FAILED


if __name__ == "__main__":
    sys.exit(main())
