"""``--beam``: what each preset asks of Beam, what is refused and why, workers in processes of their own."""

import os

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions, PortableOptions
from apache_beam.testing.util import assert_that, equal_to
from apache_beam.transforms.environments import Environment

from components.ingest.beam_stages import worker_threads
from pipeline import cli
from pipeline.beam.presets import BEAM_ARGUMENTS, PRESETS, REFUSED, beam_choice

DATAFLOW = "runner=dataflow,project=p,region=europe-west1,temp=gs://b/t"
CHOICES = {
    "local": "runner=local",
    "processes": "runner=processes,workers=2",
    "flink": "runner=flink,pool=localhost:50001,parallelism=4",
    "spark": "runner=spark,image=registry/facefold:1",
    "dataflow": f"{DATAFLOW},image=registry/facefold:1",
}


def test_every_preset_is_tested():
    assert set(CHOICES) == set(PRESETS)


@pytest.mark.parametrize("name", CHOICES)
def test_beam_knows_every_argument_and_tfx_packs_nothing(name):
    from tfx.utils import dependency_utils

    arguments = list(beam_choice(CHOICES[name]).arguments)
    options = PipelineOptions(arguments)
    assert set(options.get_all_options(retain_unknown_options=True)) == set(options.get_all_options())
    assert dependency_utils.make_beam_dependency_flags(arguments) == arguments


def test_without_a_word_it_is_this_process():
    choice = beam_choice("")
    assert (choice.runner, choice.arguments, choice.shared_files) == ("local", BEAM_ARGUMENTS, True)


@pytest.mark.parametrize("name", ["dask", "DaskRunner", "beam-pyspark-runner", "PySparkRunner", *REFUSED])
def test_runners_that_lose_or_double_data_are_refused_by_name(name):
    with pytest.raises(ValueError, match=r"is refused: .*Use one of: local, processes"):
        beam_choice(f"runner={name}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("runner=samza", "Unknown Beam runner 'samza'. Expected one of: local"),
        ("flink", "'flink' has no value"),
        ("runner=local,workers=2", "takes no 'workers'. Expected one of: files"),
        ("runner=processes,workers=0", "workers=0 is wrong"),
        ("runner=flink,parallelism=two", "parallelism=two is wrong"),
        ("runner=flink,image=a,pool=b", "not both"),
        ("runner=flink,files=some", "files=some is wrong. Expected one of: shared, apart"),
        ("runner=dataflow,project=p", "lacks 'region'"),
        (DATAFLOW, "received neither"),
        (f"{DATAFLOW},image=a,setup_file=b", "received image and setup_file"),
    ],
)
def test_mistakes_say_what_was_expected(text, words):
    with pytest.raises(ValueError, match=".") as error:
        beam_choice(text)
    assert words in str(error.value)
    assert len(str(error.value).splitlines()) == 1


def test_run_tells_a_wrong_runner_in_one_line(tmp_path, capfd):
    assert cli.main(["run", "--root", str(tmp_path), "--beam", "runner=DaskRunner"]) == cli.WRONG_ARGUMENTS
    assert "loses what finish_bundle gives" in capfd.readouterr().err


def environment_of(text):
    made = Environment.from_options(
        PipelineOptions(list(beam_choice(text).arguments)).view_as(PortableOptions)
    )
    return made.to_runner_api(None)


def test_the_image_and_the_pool_reach_the_environment():
    assert b"registry/facefold:1" in environment_of(CHOICES["spark"]).payload
    assert b"localhost:50001" in environment_of(CHOICES["flink"]).payload


def test_workers_without_the_roots_files_keep_no_photo(tmp_path, monkeypatch):
    from pipeline.dag import build
    from pipeline.dag.layout import Layout
    from pipeline.recipes.catalog import get_recipe

    given = []

    class Stopped(Exception):
        pass

    def ingest(settings, _version):
        given.append(settings)
        raise Stopped

    monkeypatch.setattr(build, "FaceExampleGen", ingest)
    for text in ("runner=local", "runner=flink,files=apart", CHOICES["dataflow"]):
        choice = beam_choice(text)
        with pytest.raises(Stopped):
            build.build_pipeline(
                get_recipe("face-cae"), Layout(tmp_path), choice.arguments, choice.shared_files
            )
    kept = [(settings["cache_dir"] != "", settings["progress"] != "") for settings in given]
    assert kept == [(True, True), (False, False), (False, False)]


def test_threads_are_those_of_this_machine_only_for_workers_on_it(monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)))
    threads = {name: worker_threads(list(beam_choice(text).arguments)) for name, text in CHOICES.items()}
    assert threads == {"local": 8, "processes": 4, "flink": 1, "spark": 1, "dataflow": 1}


@pytest.mark.filterwarnings("ignore")
def test_processes_are_two_others():
    with beam.Pipeline(argv=list(beam_choice("runner=processes,workers=2").arguments)) as pipeline:
        numbers = pipeline | beam.Create(range(40)) | beam.Reshuffle()
        ids = numbers | beam.Map(lambda _: os.getpid()) | beam.Distinct() | beam.combiners.ToList()
        others = ids | "Own" >> beam.Map(lambda found, own: (len(found), own in found), os.getpid())
        assert_that(others, equal_to([(2, False)]))


@pytest.mark.filterwarnings("ignore")
def test_two_runners_may_ask_one_pool_for_workers_of_the_same_name():
    """Beam's own pool knows them by name alone, and would end the first when the second stops."""
    from apache_beam.portability.api import beam_fn_api_pb2

    from pipeline.beam.worker_pool import WorkerPool

    pool = WorkerPool()
    asked = beam_fn_api_pb2.StartWorkerRequest(worker_id="1-1")
    asked.control_endpoint.url = "localhost:1"
    try:
        assert not pool.StartWorker(asked, None).error
        assert not pool.StartWorker(asked, None).error
        pool.StopWorker(beam_fn_api_pb2.StopWorkerRequest(worker_id="1-1"), None)
        assert [process.poll() for process in pool._processes] == [None, None]
    finally:
        pool.end()
    assert all(process.poll() is not None for process in pool._processes)
