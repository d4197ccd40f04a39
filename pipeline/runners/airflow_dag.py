"""One Airflow DAG a recipe: put this file, or a link to it, into the dags folder.

The environment tells where photos and results are, see ``pipeline.runners.environment``; a run may name other
photos and settings. FACEFOLD_RECIPES names the recipes that become DAGs (all whose photos are known).
"""

import datetime

from airflow import DAG
from airflow.operators.python import PythonOperator

from pipeline.dag.steps import STEPS
from pipeline.runners.airflow_step import run_task
from pipeline.runners.environment import chosen_images, chosen_recipes, chosen_retry, chosen_settings

TASKS = {"retries": 2, "retry_delay": datetime.timedelta(seconds=chosen_retry()), "owner": "facefold"}


def dag_of(recipe):
    """The DAG of a recipe; it is started by hand or by REST, and a task that was killed is tried again."""
    with DAG(
        f"facefold-{recipe.name}",
        description=recipe.what,
        start_date=datetime.datetime(2024, 1, 1),
        schedule=None,
        default_args=TASKS,
        tags=["facefold"],
        params={"images": chosen_images(), "set": chosen_settings()},
        render_template_as_native_obj=True,
    ) as dag:
        for step, (what, before) in STEPS.items():
            told = {"recipe": recipe.name, "step": step, "params": "{{ params }}", "run_id": "{{ run_id }}"}
            task = PythonOperator(task_id=step, python_callable=run_task, op_kwargs=told, doc=what)
            task.set_upstream([dag.get_task(name) for name in before])
    return dag


for chosen in chosen_recipes():
    globals()[f"facefold-{chosen.name}"] = dag_of(chosen)
