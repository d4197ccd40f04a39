"""What every component of a local run is given."""

from pathlib import Path

import apache_beam as beam
from apache_beam.testing.util import assert_that, equal_to

from models.clustering.clusterers import CLUSTERERS
from pipeline.dag.build import BEAM_ARGUMENTS, build_pipeline
from pipeline.dag.grouping import selection_of
from pipeline.dag.layout import Layout, RemoteLayout
from pipeline.recipes.assignments import with_settings
from pipeline.recipes.catalog import get_recipe


def test_no_component_packs_tfx_for_workers_elsewhere(tmp_path, monkeypatch):
    from tfx.utils import dependency_utils

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    given = list(BEAM_ARGUMENTS)
    assert dependency_utils.make_beam_dependency_flags(given) == given
    assert not list(Path(tmp_path).iterdir())


def test_the_runner_works_in_this_process():
    with beam.Pipeline(argv=list(BEAM_ARGUMENTS)) as pipeline:
        assert_that(pipeline | beam.Create([1, 2, 3]) | beam.Map(lambda n: n * n), equal_to([1, 4, 9]))


def test_clusterers_are_told_what_the_network_decides():
    asked = [name for entry in CLUSTERERS.values() for name in entry.of_network]
    assert sorted(asked) == ["n_logits", "subspace_dim"]
    told = {name: selection_of(get_recipe(name)) for name in ("csc-mnist", "digits-best", "digits-pixels")}
    assert [told["csc-mnist"][name] for name in ("subspace_dim", "n_logits")] == [15, 0]
    assert [told["digits-best"][name] for name in ("subspace_dim", "n_logits")] == [0, 10]
    assert [told["digits-pixels"][name] for name in ("subspace_dim", "n_logits")] == [0, 0]
    four = with_settings(get_recipe("digits-best"), ["n_groups=4"])
    assert selection_of(four)["n_logits"] == 4


def properties_of(recipe, layout):
    return {
        node.id: {name: str(value) for name, value in node.exec_properties.items()}
        for node in build_pipeline(recipe, layout).components
    }


def test_a_step_is_told_of_the_content_of_the_files_that_it_reads(tmp_path):
    contents = {
        "attributes": "file,male\norl/s1/1.pgm,{}\n", "pairs": "first,second,same\norl/s1/1,orl/s1/2,{}\n",
        "weights": "{}",
    }  # fmt: skip
    for name, content in contents.items():
        (tmp_path / name).write_text(content.format(1))
    asked = [
        "model=resnet50",
        *(f"{key}={tmp_path / name}" for key, name in zip(
            ("attributes", "pairs", "weights_path"), ("attributes", "pairs", "weights"), strict=True
        )),
    ]  # fmt: skip
    recipe = with_settings(get_recipe("face-cae"), asked)
    local, remote = Layout(tmp_path / "root"), RemoteLayout("/srv", str(tmp_path / "scratch"))
    for name, step in (
        ("attributes", "ClusterEvaluator"),
        ("pairs", "ClusterEvaluator"),
        ("weights", "Trainer"),
    ):
        before = properties_of(recipe, local), properties_of(recipe, remote)
        (tmp_path / name).write_text(contents[name].format(0))
        after = properties_of(recipe, local), properties_of(recipe, remote)
        assert [id for id in before[0] if before[0][id] != after[0][id]] == [step]
        assert before[1] == after[1]  # the files are on other machines
