"""Lines about the progress: each time so many are done, and at the end."""

import io

from pipeline.commands.progress_lines import teller


def test_a_line_each_time_and_at_the_end():
    stream = io.StringIO()
    tell = teller(stream, "photos", 3)
    for done in range(1, 8):
        tell(done, 7)
    assert stream.getvalue().splitlines() == ["3 of 7 photos", "6 of 7 photos", "7 of 7 photos"]


def test_numbers_may_be_skipped():
    stream = io.StringIO()
    tell = teller(stream, "photos", 3)
    for done in (2, 5, 8, 8):
        tell(done, 20)
    assert stream.getvalue().splitlines() == ["5 of 20 photos", "8 of 20 photos"]


def test_nobody_is_told_without_a_stream():
    teller(None)(1, 1)
