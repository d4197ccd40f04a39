"""What every component of a local run is given."""

from pathlib import Path

import apache_beam as beam
from apache_beam.testing.util import assert_that, equal_to

from pipeline.dag.build import BEAM_ARGUMENTS


def test_no_component_packs_tfx_for_workers_elsewhere(tmp_path, monkeypatch):
    from tfx.utils import dependency_utils

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    given = list(BEAM_ARGUMENTS)
    assert dependency_utils.make_beam_dependency_flags(given) == given
    assert not list(Path(tmp_path).iterdir())


def test_the_runner_works_in_this_process():
    with beam.Pipeline(argv=list(BEAM_ARGUMENTS)) as pipeline:
        assert_that(pipeline | beam.Create([1, 2, 3]) | beam.Map(lambda n: n * n), equal_to([1, 4, 9]))
