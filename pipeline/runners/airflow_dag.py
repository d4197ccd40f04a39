"""One Airflow DAG for each recipe: put this file, or a link to it, into the dags folder.

The environment says where photos and results are, see ``pipeline.runners.environment``; a run may name other
photos and settings. FACEFOLD_RECIPES names the recipes that become DAGs (all whose photos are known).
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from airflow import DAG
from airflow.operators.python import PythonOperator

from pipeline.dag.steps import steps_of
from pipeline.runners.airflow_step import run_task
from pipeline.runners.environment import chosen_images, chosen_recipes, chosen_retry, chosen_settings

if TYPE_CHECKING:
    from pipeline.recipes.recipe import Recipe

TASKS = {"retries": 2, "retry_delay": datetime.timedelta(seconds=chosen_retry()), "owner": "facefold"}


def dag_of(recipe: Recipe) -> DAG:
    """The DAG of a recipe. It is started by hand or over REST; a task that was killed is tried again."""
    dag = DAG(
        f"facefold-{recipe.name}",
        description=recipe.what,
        start_date=datetime.datetime(2024, 1, 1),
        schedule=None,
        default_args=TASKS,
        tags=["facefold"],
        params={"images": chosen_images(), "set": chosen_settings()},
        render_template_as_native_obj=True,
    )
    with dag:
        for step, (what, before) in steps_of(recipe).items():
            # Airflow itself gives `run_id`, as text; a template would make a number of one of digits.
            told = {"recipe": recipe.name, "step": step, "params": "{{ params }}"}
            task = PythonOperator(task_id=step, python_callable=run_task, op_kwargs=told, doc=what)
            task.set_upstream([dag.get_task(name) for name in before])
    return dag


for chosen in chosen_recipes():
    globals()[f"facefold-{chosen.name}"] = dag_of(chosen)
