"""The steps that schedulers know without TFX are those of the pipeline."""

from pipeline.dag.build import build_pipeline
from pipeline.dag.layout import Layout
from pipeline.dag.steps import STEPS
from pipeline.recipes.catalog import get_recipe


def test_names_order_and_what_each_step_waits_for(tmp_path):
    components = build_pipeline(get_recipe("face-cae"), Layout(tmp_path)).components
    assert {node.id for node in components} == set(STEPS)
    names = list(STEPS)
    assert all(
        names.index(before) < names.index(name)
        for name, (_, all_before) in STEPS.items()
        for before in all_before
    )
    for node in components:
        assert {before.id for before in node.upstream_nodes} == set(STEPS[node.id][1])
