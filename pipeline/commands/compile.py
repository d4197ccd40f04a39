"""``facefold compile``: a recipe as a file for another orchestrator."""

import argparse
from pathlib import Path

from pipeline.commands.arguments import add_settings
from pipeline.commands.outcome import DONE, WRONG_ARGUMENTS, complain, say
from pipeline.recipes.assignments import prepared
from pipeline.recipes.catalog import get_recipe
from pipeline.runners.output import start_tensorflow
from pipeline.runners.tensorflow_environment import before_tensorflow
from schemas.paths import FULL

HELP = "write a recipe as a pipeline file for Kubeflow"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    command.add_argument("orchestrator", choices=("kubeflow",))
    command.add_argument("recipe", metavar="RECIPE", help="see `facefold recipes`")
    command.add_argument("--image", metavar="REF", required=True, help="container image with facefold in it")
    command.add_argument(
        "--root",
        metavar="ADDRESS",
        required=True,
        help="where artifacts and pushed models go: gs://bucket/folder",
    )
    command.add_argument("--images", metavar="DIR", help="the photos, as the containers see them")
    command.add_argument(
        "--volume",
        metavar="CLAIM:/PATH",
        action="append",
        default=[],
        dest="volumes",
        help="a persistent volume claim to mount into every step",
    )
    add_settings(command, "change a setting")
    command.add_argument(
        "-o", "--output", metavar="FILE", default="pipeline.yaml", help="default: %(default)s"
    )


def run_command(options: argparse.Namespace) -> int:
    """Runs the command; returns 0 done, 2 wrong arguments."""
    before_tensorflow("2")
    try:
        output = write_kubeflow(options)
    except (ValueError, ModuleNotFoundError) as error:
        complain(error)
        return WRONG_ARGUMENTS
    say(f"{output}: upload it to Kubeflow Pipelines, or `kfp run create -f {output}`")
    return DONE


def write_kubeflow(options: argparse.Namespace) -> Path:
    """Writes the file that ``options`` ask for; returns its path.

    Raises ValueError, one line, if an argument is wrong, and ModuleNotFoundError if the extra ``kubeflow`` is
    not installed.
    """
    recipe = prepared(get_recipe(options.recipe), options.images, options.settings, on_this_machine=False)
    output = Path(options.output)
    if output.suffix not in (".yaml", ".yml"):
        raise ValueError(f"--output {output} is no YAML file. Expected a name that ends with .yaml.")
    try:
        import kfp  # noqa: F401
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "Compiling for Kubeflow needs the package kfp. Expected it installed; found none. "
            "Fix: make setup EXTRAS=kubeflow"
        ) from error
    start_tensorflow()
    import yaml

    from pipeline.runners.kubeflow import compiled
    from pipeline.runners.kubeflow_parameters import volume_spec

    spec = compiled(recipe, options.image, options.root)
    documents = [spec, volume_spec(spec, options.volumes)] if options.volumes else [spec]
    try:
        output.write_text(yaml.safe_dump_all(documents, sort_keys=False))
    except OSError as error:
        if error.errno in FULL:
            raise
        raise ValueError(
            f"--output {output} can't be written: {error.strerror}. Expected a file in a folder of yours."
        ) from error
    return output
