"""Lines of Quick, Draw! files: what becomes of good ones and of bad ones, and that each has its row."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.ingest.decoding.file_kinds import RejectedPhoto
from components.ingest.drawings import REASONS, drawing_hash, sketch_of, strokes_of
from components.ingest.settings import DrawingSettings, settings_of
from components.ingest.sources import Photo, list_quickdraw
from tests.bounds import eps
from tests.drawings import json_lines
from tests.examples import drawing_of

SQUARE = [[0, 255, 255, 0, 0], [0, 0, 255, 255, 0]]
BAD = {
    b"": "broken_json",
    b"{": "broken_json",
    b"\xff\xfe": "broken_json",
    b"[" * 100_000: "broken_json",
    b"[]": "no_drawing",
    b"{}": "no_drawing",
    b'{"drawing": 3}': "no_drawing",
    b'{"drawing": [3]}': "no_drawing",
    b'{"drawing": [[[1, 2]]]}': "no_drawing",
    b'{"drawing": [[1, 2]]}': "no_drawing",
    b'{"drawing": []}': "empty",
    b'{"drawing": [[[], []]]}': "empty",
    b'{"drawing": [[[7], [7]]]}': "empty",
    b'{"drawing": [[[7, 7], [7, 7]]]}': "empty",
    b'{"drawing": [[[1, 2], [1]]]}': "unequal",
    b'{"drawing": [[["1", 2], [1, 2]]]}': "not_numbers",
    b'{"drawing": [[[null, 2], [1, 2]]]}': "not_numbers",
    b'{"drawing": [[[true, 2], [1, 2]]]}': "not_numbers",
    b'{"drawing": [[[NaN, 2], [1, 2]]]}': "not_finite",
    b'{"drawing": [[[1, 2], [1, Infinity]]]}': "not_finite",
    b'{"drawing": [[[1, 1e400], [1, 2]]]}': "not_finite",
    b'{"drawing": [[[1, 2], [1, 1' + b"0" * 400 + b"]]]}": "not_finite",
    json.dumps({"drawing": [[list(range(252)), [0] * 252]]}).encode(): "too_long",
}


def line_of(drawing, **more):
    return json.dumps({"drawing": drawing, **more}).encode()


def test_steps_are_offsets_from_the_first_point_and_the_pen():
    steps, word = strokes_of(line_of([[[10, 13, 13], [20, 20, 26]], [[100, 265], [0, 9]]], word="hat"))
    assert word == "hat"
    assert steps.dtype == np.float32
    assert steps.tolist() == [[3, 0, 0], [0, 6, 1], [87, -26, 0], [165, 9, 1]]


def test_a_first_dot_is_a_step_without_offset_and_times_are_left_out():
    steps, _ = strokes_of(line_of([[[5], [5], [0]], [[9, 20], [5, 30], [10, 20]]]))
    assert steps.tolist() == [[0, 0, 1], [4, 0, 0], [11, 25, 1]]


def test_a_larger_drawing_is_shrunk_and_a_smaller_one_is_not():
    raw, _ = strokes_of(line_of([[[0.0, 1020.0], [0.0, 510.0]]]))
    assert raw.tolist() == [[255, 127.5, 1]]
    small, _ = strokes_of(line_of([[[0, 20], [0, 10]]]))
    assert small.tolist() == [[20, 10, 1]]


@pytest.mark.parametrize(("line", "reason"), BAD.items(), ids=range(len(BAD)))
def test_a_bad_line_has_its_reason(line, reason):
    with pytest.raises(RejectedPhoto) as caught:
        strokes_of(line)
    assert caught.value.reason == reason
    assert len(str(caught.value)) < 200


def test_every_reason_is_met():
    assert set(BAD.values()) == set(REASONS)


COORDINATES = st.lists(st.integers(0, 255) | st.floats(-1e6, 1e6), min_size=1, max_size=9)
POINTS = COORDINATES.flatmap(
    lambda x: st.tuples(st.just(x), st.lists(st.integers(0, 255), min_size=len(x), max_size=len(x)))
)


@given(st.lists(POINTS, min_size=1, max_size=5))
def test_steps_lead_through_every_point(drawing):
    points = np.concatenate([np.array(stroke, float).T for stroke in drawing])
    side = np.ptp(points, axis=0).max()
    line = line_of([list(stroke) for stroke in drawing])
    if side == 0:
        with pytest.raises(RejectedPhoto, match="empty"):
            strokes_of(line)
        return
    steps, _ = strokes_of(line)
    corners = np.vstack([np.zeros(2), steps[:, :2].astype(float).cumsum(axis=0)])[-len(points) :]
    # Each step of at most 255 is rounded to float32 once.
    off = len(points) * 255 * eps() / 2
    np.testing.assert_allclose(corners, (points - points[0]) * min(1, 255 / side), atol=off)
    assert steps[:, 2].sum() == len(drawing)
    assert np.abs(steps[:, :2]).max() <= 255


@given(st.binary(max_size=40) | st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3), max_leaves=12,
).map(lambda value: json.dumps({"drawing": value}).encode()))  # fmt: skip
def test_no_line_raises_anything_else(line):
    reason, steps = "", np.zeros(1)
    try:
        steps, _ = strokes_of(line)
    except RejectedPhoto as rejection:
        reason = rejection.reason
    assert reason in ("", *REASONS)
    assert np.isfinite(steps).all()


@pytest.fixture
def folder(tmp_path):
    """Nine good lines, one of them twice under another key, among bad ones and files that are none."""
    good = json_lines(9)
    again = json.dumps({**json.loads(good[1]), "key_id": "2"}).encode()
    (tmp_path / "more").mkdir()
    (tmp_path / "face.ndjson").write_bytes(b"\n".join(good[:5]) + b"\n" + again)
    (tmp_path / "more" / "the_hat.ndjson").write_bytes(
        b"\n".join([b"", *good[5:], *(line for line in BAD if line), line_of([SQUARE])]) + b"\n"
    )
    (tmp_path / "nothing.ndjson").write_bytes(b"")
    (tmp_path / "readme.txt").write_bytes(b"hello")
    return tmp_path


def test_every_line_is_listed_in_order_with_its_place(folder):
    photos = list_quickdraw(str(folder))
    paths = [photo.path for photo in photos]
    assert paths[:6] == [f"face.ndjson:{i}" for i in range(1, 7)]
    assert paths[6] == "more/the_hat.ndjson:1"
    assert paths[-2:] == ["nothing.ndjson", "readme.txt"]
    assert [photo.problem for photo in photos[-2:]] == ["empty", "not_ndjson"]
    assert {photo.label for photo in photos[6:-2]} == {"the hat"}
    assert list_quickdraw(str(folder / "face.ndjson")) == photos[:6]
    with pytest.raises(FileNotFoundError, match="no_such"):
        list_quickdraw(str(folder / "no_such"))


def test_a_drawing_keeps_its_word_and_a_line_without_one_gets_its_files(folder):
    photos = list_quickdraw(str(folder))
    row, sketch = sketch_of(photos[0], drawing_hash(photos[0]), DrawingSettings(images="/x"))
    assert (sketch.label, sketch.image_path, sketch.face_index) == ("ring", "face.ndjson:1", 0)
    assert (row.status, row.n_faces, row.detector) == ("faces", 1, "none")
    assert 200 <= max(row.width, row.height) <= 256
    assert sketch.split_key == sketch.content_hash == row.content_hash
    assert sketch.chip.startswith(b"\x89PNG")
    settings = DrawingSettings(images="/x", split_by="label")
    last = photos[-3]
    _, square = sketch_of(last, drawing_hash(last), settings)
    assert (square.label, square.split_key) == ("the hat", "the hat")
    assert len(square.strokes) == 12


def test_the_hash_is_that_of_the_drawing_not_of_the_line(folder):
    photos = list_quickdraw(str(folder))
    assert drawing_hash(photos[5]) == drawing_hash(photos[1]) != drawing_hash(photos[0])


@pytest.mark.filterwarnings("ignore")
def test_every_line_has_its_row_and_bad_ones_never_stop_the_run(folder):
    import apache_beam as beam
    from apache_beam.testing.util import assert_that

    from components.ingest.accounting import totals
    from components.ingest.row_stages import drawings_and_rows

    settings = DrawingSettings(images=str(folder))
    photos = list_quickdraw(str(folder))
    bad = [reason for line, reason in BAD.items() if line]

    def check_rows(rows):
        by_path = {row.path: row for row in rows}
        assert len(rows) == len(by_path) == len(photos)
        counts = totals(rows, settings)
        assert (counts["files"], counts["faces"], counts["duplicate"]) == (len(photos), 10, 1)
        assert counts["with_faces"] + counts["duplicate"] + counts["rejected"] == counts["files"]
        twin = by_path["face.ndjson:6"]
        assert (twin.status, twin.duplicate_of) == ("duplicate", "face.ndjson:2")
        expected = {reason: bad.count(reason) for reason in REASONS} | {"not_ndjson": 1}
        expected["broken_json"] += 1  # the blank line
        expected["empty"] += 1  # the file without a line
        assert counts["reasons"] == dict(sorted(expected.items()))
        assert "Quick, Draw!" in counts["credits"]

    def check_examples(examples):
        sketches = [drawing_of(example.SerializeToString()) for example in examples]
        assert len(sketches) == len({sketch.content_hash for sketch in sketches}) == 10

    with beam.Pipeline(argv=["--runner=FnApiRunner"]) as pipeline:
        examples, rows = drawings_and_rows(pipeline, photos, settings)
        assert_that(rows, check_rows, label="rows")
        assert_that(examples, check_examples, label="examples")


def test_a_file_that_changes_after_listing_is_rejected(tmp_path):
    photo = Photo("a.ndjson:1", str(tmp_path / "a.ndjson"), "a", "", 1, 0, 10)
    with pytest.raises(RejectedPhoto, match="unreadable"):
        drawing_hash(photo)


def test_the_source_needs_a_file_or_a_folder():
    with pytest.raises(ValueError, match=r"images= is not possible.*ndjson"):
        settings_of({"source": "quickdraw"})


def test_the_real_drawings_are_all_read(data):
    if not (data / "quickdraw").is_dir():
        pytest.skip("no drawings there")
    photos = list_quickdraw(str(data / "quickdraw" / "face.ndjson"))
    assert len(photos) == 25
    for photo in photos:
        _, sketch = sketch_of(photo, drawing_hash(photo), DrawingSettings(images="/x"))
        steps = np.reshape(sketch.strokes, (-1, 3))
        assert sketch.label == "face"
        assert (steps == steps.round()).all()  # the simplified files' whole numbers, untouched
