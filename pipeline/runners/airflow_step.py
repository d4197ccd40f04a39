"""What an Airflow task of facefold does."""

import logging
import os

from pipeline.dag.layout import Layout
from pipeline.dag.steps import STEPS
from pipeline.runners.environment import chosen_recipe, chosen_root

WRONG = (ValueError, FileNotFoundError, ModuleNotFoundError)  # another try would meet the same
logger = logging.getLogger(__name__)


def run_task(recipe, step, params, run_id):
    """Runs ``step`` of ``recipe`` as part of the DAG run ``run_id``.

    ``params`` are those of the run: ``images``, a folder, and ``set``, settings as of ``facefold run --set``.
    An exception comes out as it was raised, after a line that names the step; AirflowFailException, which is
    not tried again, where settings or photos are wrong.
    """
    from airflow.exceptions import AirflowFailException

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
    chosen = chosen_recipe(recipe, params["images"], params["set"])
    what = f"{step} ({STEPS[step][0]}) of {recipe}, photos {chosen.images or 'of the sample'}"
    from pipeline.dag.build import build_pipeline
    from pipeline.runners.single_step import run_step

    try:
        run_step(
            build_pipeline(chosen, Layout(chosen_root() / recipe), name=f"facefold-{recipe}"), step, run_id
        )
    except Exception as error:
        logger.error("facefold: %s failed: %s", what, error)
        if isinstance(error, WRONG):
            raise AirflowFailException(f"{what}: {error}") from error
        raise
    logger.info("facefold: %s is done", what)
