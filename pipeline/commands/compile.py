"""``facefold compile``: a recipe as a file for another orchestrator."""

import sys
from pathlib import Path

from pipeline.recipes.catalog import get_recipe
from pipeline.recipes.recipe import prepared


def add_compile(commands):
    """The arguments of ``facefold compile``."""
    parser = commands.add_parser("compile", help="write a recipe as a pipeline file for Kubeflow")
    parser.add_argument("orchestrator", choices=("kubeflow",))
    parser.add_argument("recipe", metavar="RECIPE", help="see `facefold recipes`")
    parser.add_argument("--image", metavar="REF", required=True, help="container image with facefold in it")
    parser.add_argument(
        "--root",
        metavar="ADDRESS",
        required=True,
        help="where artifacts and pushed models go: gs://bucket/folder",
    )
    parser.add_argument("--images", metavar="DIR", help="the photos, as the containers see them")
    parser.add_argument(
        "--volume", metavar="CLAIM:/PATH", action="append", default=[], dest="volumes",
        help="a persistent volume claim to mount into every step",
    )  # fmt: skip
    parser.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], dest="settings")
    parser.add_argument(
        "-o", "--output", metavar="FILE", default="pipeline.yaml", help="default: %(default)s"
    )


def write_kubeflow(options):
    """Writes the file that ``options`` ask for; returns its path.

    Raises ValueError, one line, where an argument is wrong, and ModuleNotFoundError without the extra.
    """
    recipe = prepared(get_recipe(options.recipe), options.images, options.settings, here=False)
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
    import yaml

    from pipeline.runners.kubeflow import compiled
    from pipeline.runners.kubeflow_parameters import volume_spec

    spec = compiled(recipe, options.image, options.root)
    documents = [spec, volume_spec(spec, options.volumes)] if options.volumes else [spec]
    output.write_text(yaml.safe_dump_all(documents, sort_keys=False))
    return output


def say_written(output):
    """One line about what to do with the file."""
    sys.stdout.write(f"{output}: upload it to Kubeflow Pipelines, or `kfp run create -f {output}`\n")
