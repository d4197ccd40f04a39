"""The steps that schedulers know without TFX are those of the pipeline."""

import pytest

from pipeline.dag.build import build_pipeline
from pipeline.dag.layout import Layout
from pipeline.dag.steps import steps_of
from pipeline.recipes.catalog import get_recipe


def with_photos(name):
    """A recipe on a folder of photos."""
    return get_recipe(name).changed({"source": "folder", "images": "/photos"})


@pytest.mark.parametrize("name", ["face-cae", "attparsenet", "gender-probe"])
def test_names_order_and_what_each_step_waits_for(tmp_path, name):
    recipe = with_photos(name)
    pipeline = build_pipeline(recipe, Layout(tmp_path))
    steps = steps_of(recipe)
    assert {node.id for node in pipeline.components} == set(steps)
    names = list(steps)
    assert all(
        names.index(before) < names.index(name)
        for name, (_, all_before) in steps.items()
        for before in all_before
    )
    for node in pipeline.components:
        assert {before.id for before in node.upstream_nodes} == set(steps[node.id][1])


def test_a_classifier_is_no_model_of_the_grouping_pipeline(tmp_path):
    layout = Layout(tmp_path)
    grouping, classifying = (
        build_pipeline(with_photos(name), layout) for name in ("face-cae", "attparsenet")
    )
    assert grouping.pipeline_info.pipeline_name == "facefold"
    assert classifying.pipeline_info.pipeline_name == "facefold-attparsenet"
    assert layout.serving_of("attparsenet") == layout.root / "serving" / "attparsenet"
    assert layout.serving_of("attparsenet") != layout.serving


def test_targets_are_given_to_classifiers_alone(tmp_path):
    for name, reads in (("face-cae", False), ("attparsenet", True)):
        nodes = {node.id: node for node in build_pipeline(with_photos(name), Layout(tmp_path)).components}
        module = nodes["Transform"].exec_properties["preprocessing_fn"]
        assert module.startswith("models.inputs.labelled_preprocessing") == reads
        run = nodes["Trainer"].exec_properties["run_fn"]
        assert run.startswith("models.classifiers.") == reads
