"""What an Airflow task of facefold does."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from pipeline.dag.layout import Layout
from pipeline.dag.steps import steps_of
from pipeline.runners.environment import chosen_recipe, chosen_root
from pipeline.runners.root_lock import RootError
from pipeline.runners.root_state import forget_what_is_gone, settle_root
from pipeline.runners.tensorflow_environment import before_tensorflow

# Another try would fail in the same way.
WRONG = (ValueError, FileNotFoundError, ModuleNotFoundError, RootError)
logger = logging.getLogger(__name__)


def run_task(recipe: str, step: str, params: Mapping[str, Any], run_id: object) -> None:
    """Runs ``step`` of ``recipe`` as part of the DAG run ``run_id``, which is taken as text.

    ``params`` belong to the run: ``images``, a folder, and ``set``, settings as for ``facefold run --set``.
    An exception of the step is logged in a line that names it, and raised again. Where it is one of ``WRONG``
    it is raised as AirflowFailException, after which Airflow does not try again; so are photos or settings of
    ``params`` that are not possible.
    """
    from airflow.exceptions import AirflowFailException

    before_tensorflow()
    try:
        chosen = chosen_recipe(recipe, text_of(params, "images"), text_of(params, "set"))
    except WRONG as error:
        raise AirflowFailException(f"{step} of {recipe}: {error}") from error
    what = (
        f"{step} ({steps_of(chosen)[step][0]}) of {recipe}, photos {chosen.ingest.images or 'of the sample'}"
    )
    from pipeline.dag.build import build_pipeline
    from pipeline.runners.single_step import run_step

    layout = Layout(chosen_root() / recipe)
    try:
        if not steps_of(chosen)[step][1]:  # a first step
            settle_root(layout, logger.warning)
            forget_what_is_gone(layout)
        run_step(build_pipeline(chosen, layout, name=f"facefold-{recipe}"), step, str(run_id))
    except Exception as error:
        logger.error("facefold: %s failed: %s", what, error)
        if isinstance(error, WRONG):
            raise AirflowFailException(f"{what}: {error}") from error
        raise
    logger.info("facefold: %s is done", what)


def text_of(params: Mapping[str, Any], name: str) -> str:
    """A parameter of a DAG run; ValueError, one line, if it is missing or no text."""
    value = params.get(name)
    if not isinstance(value, str):
        raise ValueError(
            f'The run has {value!r} for "{name}". Expected text, as in {{"images": "/photos", "set": ""}}. '
            "Correct its conf."
        )
    return value
