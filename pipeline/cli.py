"""The ``facefold`` command."""

import argparse
import json
import os
import sys
from pathlib import Path

from pipeline.beam.presets import beam_choice
from pipeline.commands.compile import add_compile
from pipeline.commands.embed import add_beam, add_embed, embed_command
from pipeline.recipes.catalog import RECIPES, get_recipe
from pipeline.recipes.recipe import prepared, settable
from pipeline.runners.environment import default_root
from pipeline.serving.files import add_serve_files, serve_files_command

DONE, FAILED, WRONG_ARGUMENTS, NOT_BLESSED = 0, 1, 2, 3


def build_parser():
    """The argument parser with its commands."""
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
        "--root", metavar="DIR", default=default_root(), help="where everything goes (default: %(default)s)"
    )
    run.add_argument(
        "--set", metavar="KEY=VALUE", action="append", default=[], dest="settings",
        help=f"change a setting: {', '.join(settable())}",
    )  # fmt: skip
    run.add_argument("--json", action="store_true", help="print the result as one JSON object, last line")
    add_beam(run)
    add_sweep(commands)
    add_verify(commands)
    add_assign(commands)
    add_compile(commands)
    add_serve_files(commands, default_root())
    add_embed(commands, default_root())
    commands.add_parser("recipes", help="list the recipes")
    report = commands.add_parser("report", help="print where a run's report is, and what it says")
    report.add_argument("run", nargs="?", help="a run's name, as in <root>/runs (default: the latest)")
    report.add_argument("--root", metavar="DIR", default=default_root())
    doctor = commands.add_parser("doctor", help="check versions, devices, paths and optional parts")
    doctor.add_argument("--root", metavar="DIR", default=default_root())
    return parser


def add_sweep(commands):
    """The arguments of ``facefold sweep``."""
    sweep = commands.add_parser(
        "sweep", help="run several recipes, or settings, and compare them in one table"
    )
    sweep.add_argument(
        "items", nargs="+", metavar="ITEM",
        help="RECIPE, RECIPE,key=value,... or key=a,b,c, which multiplies the grid",
    )  # fmt: skip
    sweep.add_argument("--images", metavar="DIR", help="the photos, as for run")
    sweep.add_argument(
        "--root", metavar="DIR", default=default_root(), help="as for run; the runs go below it"
    )
    sweep.add_argument(
        "--set", metavar="KEY=VALUE", action="append", default=[], dest="settings", help="for every run"
    )
    sweep.add_argument(
        "--pairs", metavar="FILE", default="", help="pairs for verification: LFW's format or CSV"
    )
    sweep.add_argument(
        "--min-images", metavar="N", type=int, default=10,
        help="grouping is judged on people with at least so many photos (default: %(default)s)",
    )  # fmt: skip
    sweep.add_argument("--json", action="store_true", help="print the rows as one JSON object, last line")


def add_verify(commands):
    """The arguments of ``facefold verify``."""
    verify = commands.add_parser("verify", help="measure how well a model tells people apart on given pairs")
    verify.add_argument(
        "--model", metavar="DIR|NAME", required=True,
        help="pretrained_face, pixels or pca; or the folder of a pushed model or of a run",
    )  # fmt: skip
    verify.add_argument("--images", metavar="DIR", required=True, help="the photos that the pairs name")
    verify.add_argument("--pairs", metavar="FILE", required=True, help="pairs: LFW's format or CSV")
    verify.add_argument(
        "--detector", metavar="NAME",
        help="finds the faces; none takes whole photos (default: as the model's run, or auto)",
    )  # fmt: skip
    verify.add_argument(
        "--face", choices=("central", "largest"), default="central",
        help="which face of a photo with several: that in the middle, as in LFW, or the largest "
        "(default: %(default)s)",
    )  # fmt: skip
    verify.add_argument(
        "--attributes", metavar="FILE", help="CSV of photos' attributes: figures for each group too"
    )
    verify.add_argument(
        "--root", metavar="DIR", default=default_root(), help="keeps the faces found, as run's"
    )
    verify.add_argument("--json", action="store_true", help="print one JSON object and nothing else")


def main(arguments=None):
    """Runs the command; returns 0 done and blessed, 1 failure, 2 wrong arguments, 3 not blessed."""
    options = build_parser().parse_args(arguments)
    command = {
        "run": run_command,
        "sweep": sweep_command,
        "verify": verify_command,
        "assign": assign_command,
        "compile": compile_command,
        "serve-files": serve_files_command,
        "embed": embed_command,
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
    return prepared(get_recipe(options.recipe), options.images, options.settings)


def run_command(options):
    """``facefold run``."""
    try:
        recipe, beam = chosen_recipe(options), beam_choice(options.beam)
    except ValueError as error:
        complain(error)
        return WRONG_ARGUMENTS
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
    from pipeline.commands.run import RunFailedError, run
    from pipeline.runners.root_lock import RootBusyError

    # A copy of the descriptor: the run sends stdout and stderr to its log.
    with os.fdopen(os.dup(2), "w") as stream:
        try:
            result = run(recipe, options.root, stream, beam)
        except RootBusyError as error:
            complain(error)
            return FAILED
        except RunFailedError as error:
            complain(error)
            if error.report:
                complain(f"the report is {error.report}")
            complain(f"the log is {error.log}")
            return FAILED
    print_result(result, options.json)
    return DONE if result["blessed"] else NOT_BLESSED


def sweep_command(options):
    """``facefold sweep``."""
    from pipeline.commands.sweep import lines_of, sweep, variants_of

    try:
        variants = variants_of(
            options.items, lambda recipe: prepared(recipe, options.images, options.settings)
        )
        if options.pairs and not Path(options.pairs).is_file():
            raise ValueError(f"--pairs {options.pairs} is no file. Expected pairs in LFW's format or CSV.")
    except ValueError as error:
        complain(error)
        return WRONG_ARGUMENTS
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
    from pipeline.runners.root_lock import RootBusyError

    with os.fdopen(os.dup(2), "w") as stream:
        try:
            result = sweep(variants, options.root, stream, options.pairs, options.min_images)
        except (RootBusyError, ValueError) as error:
            complain(error)
            return FAILED
    print("\n".join(lines_of(result["variants"])))
    print(json.dumps(result) if options.json else f"Page: {result['page']}   Table: {result['table']}")
    return FAILED if any("error" in row for row in result["variants"]) else DONE


def add_assign(commands):
    """The arguments of ``facefold assign``."""
    assign = commands.add_parser("assign", help="group new photos by a model that was pushed")
    assign.add_argument("photos", nargs="+", metavar="PHOTO", help="photos, or folders of photos")
    assign.add_argument("--model", metavar="DIR", help="a pushed model's folder, or a run's")
    assign.add_argument(
        "--server", metavar="HOST:PORT|URL", default=os.environ.get("FACEFOLD_SERVER"),
        help="TF Serving, gRPC or http://, that answers instead (default: the variable FACEFOLD_SERVER); "
        "--model then only says how faces are found",
    )  # fmt: skip
    assign.add_argument("--detector", metavar="NAME", help="how faces are found (default: as in its run)")
    assign.add_argument(
        "--root", metavar="DIR", default=default_root(), help="keeps the faces found, as run's"
    )
    assign.add_argument("--json", action="store_true", help="print one JSON object and nothing else")


def assign_command(options):
    """``facefold assign``."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
    from pipeline.commands.assign import assign, lines_of
    from pipeline.serving.calls import ServingError

    if options.model is None and options.server is None:
        complain("assign needs a model. Expected --model DIR, or --server HOST:PORT.")
        return WRONG_ARGUMENTS
    chosen = options.root, options.detector, sys.stderr, options.server
    try:
        result = assign(options.model, options.photos, *chosen)
    except (ValueError, FileNotFoundError, ModuleNotFoundError) as error:
        complain(error)
        return WRONG_ARGUMENTS
    except ServingError as error:
        complain(error)
        return FAILED
    print(json.dumps(result, allow_nan=False) if options.json else "\n".join(lines_of(result)))
    return DONE


def compile_command(options):
    """``facefold compile``."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from pipeline.commands.compile import say_written, write_kubeflow

    try:
        say_written(write_kubeflow(options))
    except (ValueError, ModuleNotFoundError) as error:
        complain(error)
        return WRONG_ARGUMENTS
    return DONE


def verify_command(options):
    """``facefold verify``."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
    from pipeline.commands.verify import Options, lines_of, verify

    arguments = (options.model, options.images, options.pairs, options.root)
    chosen = Options(options.detector, options.face, options.attributes)
    try:
        result = verify(*arguments, chosen, sys.stderr)
    except (ValueError, FileNotFoundError, ModuleNotFoundError) as error:
        complain(error)
        return WRONG_ARGUMENTS
    print(json.dumps(result, allow_nan=False) if options.json else "\n".join(lines_of(result)))
    return DONE


def print_result(result, as_json):
    """The summary for a person; as the last line either JSON, or where report and model are."""
    from components.words.subject import reworded
    from components.words.text import counted, whole

    ingest, chosen, metrics = result["ingest"], result["chosen"], result["metrics"]
    found = (
        f"{counted(ingest['files'], 'file')}: {counted(ingest['faces'], 'face')} in "
        f"{whole(ingest['with_faces'])}, {whole(ingest['no_face'])} without a face, "
        f"{counted(ingest['duplicate'], 'duplicate')}, {whole(ingest['rejected'])} rejected."
    )
    print(reworded(found, result.get("subject", "face")))
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
        data = {"sample": "default sample", "folder": "the paper's data"}.get(recipe.source, "8,600 drawings")
        print(f"{recipe.name}  ({recipe.minutes:g} minutes on two cores, {data})")
        print(f"    {recipe.paper}")
        print(f"    {recipe.what}")
        if recipe.paper_figure:
            print(f"    the paper reports: {recipe.paper_figure}")
        if recipe.our_figure:
            print(f"    measured here: {recipe.our_figure}")
        print(f"    {recipe.command}")
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
    from pipeline.commands.doctor import examine

    lines, healthy = examine(Path(options.root).absolute())
    print("\n".join(lines))
    return DONE if healthy else FAILED


if __name__ == "__main__":
    sys.exit(main())
