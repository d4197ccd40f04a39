"""A worker process that dies ends the pipeline in a line; Beam alone would wait for it for ever."""

import os
import signal

import apache_beam as beam
import pytest

from pipeline.beam.lost_worker import lost, watch_workers
from pipeline.beam.presets import beam_choice
from pipeline.commands.one_line import in_one_line

SAYS = {
    "killed": "a worker process of Beam was ended by SIGKILL, most likely as memory ran out. Expected",
    "ended": "a worker process of Beam ended with exit code 7. Expected it to live",
}
ENDS = {"killed": lambda: os.kill(os.getpid(), signal.SIGKILL), "ended": lambda: os._exit(7)}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("how", SAYS)
def test_a_worker_that_dies_at_work_ends_the_pipeline(how):
    watch_workers()

    def work(number, home):
        if os.getpid() != home and number == 17:
            ENDS[how]()
        return number

    arguments = list(beam_choice("runner=processes,workers=2").arguments)
    with pytest.raises(RuntimeError) as told, beam.Pipeline(argv=arguments) as pipeline:
        _ = pipeline | beam.Create(range(40)) | beam.Reshuffle() | beam.Map(work, os.getpid())
    line = in_one_line(told.value)
    assert line.startswith(f"RuntimeError: {SAYS[how]}")
    assert line.endswith("(--beam runner=local), and start the same command again.")


@pytest.mark.filterwarnings("ignore")
def test_workers_that_live_are_let_go():
    watch_workers()
    arguments = list(beam_choice("runner=processes,workers=2").arguments)
    with beam.Pipeline(argv=arguments) as pipeline:
        _ = pipeline | beam.Create(range(40)) | beam.Reshuffle() | beam.Map(str)


@pytest.mark.parametrize(
    ("code", "how"),
    [
        (-9, "by SIGKILL, most likely"),
        (137, "by SIGKILL, most"),
        (139, "by SIGSEGV. E"),
        (1, "exit code 1. E"),
    ],
)
def test_the_end_is_named(code, how):
    assert how in lost(code)
