"""``facefold embed``: what ``assign`` answers, in files; every photo with its row; any Beam runner."""

import json

import apache_beam as beam
import numpy as np
import pyarrow.parquet as pq
import pytest
import tensorflow as tf
from apache_beam.testing.util import assert_that, equal_to
from PIL import Image

from pipeline import cli
from pipeline.beam.embedding import row_to_example
from pipeline.commands.assignment import assign
from schemas.face import Face
from schemas.features import to_example
from tests.bounds import of_sum

pytestmark = pytest.mark.filterwarnings("ignore")
PIXELS = 192 * 192  # that a mean of a chip is of


class ByLight(tf.Module):
    """A served model whose embedding is the chip's mean colour; dark 0, bright 1, in between unknown."""

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.string, name="image_bytes")])
    def serving_default(self, image_bytes):
        def mean(chip):
            pixels = tf.io.decode_image(chip, channels=3, expand_animations=False)
            return tf.reduce_mean(tf.cast(pixels, tf.float32), (0, 1))

        colours = tf.map_fn(mean, image_bytes, fn_output_signature=tf.float32)
        light = tf.reduce_mean(colours, 1)
        unknown = (light > 60) & (light <= 200)
        groups = tf.cast(light > 200, tf.int64)
        return {
            "embedding": colours,
            "cluster": tf.where(light < 25, tf.cast(-1, tf.int64), groups),
            "probability": light / 256,
            "unknown": unknown,
        }


def row_from_example(serialized):
    """The row in one serialised tf.Example, as ``row_to_example`` wrote it."""
    features = tf.train.Example.FromString(serialized).features.feature
    return {
        "path": features["path"].bytes_list.value[0].decode(),
        "face_index": features["face_index"].int64_list.value[0],
        "box": list(features["box"].float_list.value),
        "embedding": list(features["embedding"].float_list.value),
        "cluster": features["cluster"].int64_list.value[0],
        "probability": features["probability"].float_list.value[0],
        "unknown": bool(features["unknown"].int64_list.value[0]),
    }


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    root = tmp_path_factory.mktemp("root")
    module, folder = ByLight(), root / "serving" / "facefold" / "3"
    tf.saved_model.save(module, str(folder), signatures=module.serving_default)
    (folder / "model_card.json").write_text(json.dumps({"settings": {"detector": "none"}}))
    return root


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """90 photos, more than one batch, an exact copy, a broken photo, and a text."""
    folder = tmp_path_factory.mktemp("photos")
    noise = np.random.default_rng(0)
    for number in range(90):
        pixels = np.clip(number * 2.8 + noise.integers(-9, 9, (40, 40, 3)), 0, 255).astype(np.uint8)
        place = folder / f"p{number % 7}"
        place.mkdir(exist_ok=True)
        Image.fromarray(pixels).save(place / f"{number:02d}.png")
    (folder / "z-copy.png").write_bytes((folder / "p0" / "00.png").read_bytes())
    (folder / "broken.jpg").write_bytes((folder / "p1" / "01.png").read_bytes()[:200])
    (folder / "notes.txt").write_text("no photo")
    return folder


def ask(*arguments):
    return cli.main(["embed", *map(str, arguments)])


def embedded(model, photos, tmp_path, form, *more):
    out = tmp_path / f"out-{form}"
    asked = ("--model", model, "--images", photos, "-o", out, "--format", form, "--root", tmp_path / "root")
    assert ask(*asked, *more) == cli.DONE
    if form == "parquet":
        rows = [
            row for file in sorted(out.glob("faces-*.parquet")) for row in pq.read_table(file).to_pylist()
        ]
    else:
        files = [str(file) for file in sorted(out.glob("faces-*.tfrecord.gz"))]
        rows = [row_from_example(r.numpy()) for r in tf.data.TFRecordDataset(files, compression_type="GZIP")]
    return out, sorted(rows, key=lambda row: (row["path"], row["face_index"]))


def without_embedding(rows):
    return [{name: value for name, value in row.items() if name != "embedding"} for row in rows]


def test_the_rows_are_those_of_assign(model, photos, tmp_path):
    _, rows = embedded(model, photos, tmp_path, "parquet")
    told = assign(str(model), [str(photos)], tmp_path / "root")["faces"]
    wanted = {(face["path"].removeprefix(f"{photos}/"), face["face_index"]): face for face in told}
    del wanted["z-copy.png", 0]  # a copy is embedded once
    assert [(row["path"], row["face_index"]) for row in rows] == sorted(wanted)
    for row in rows:
        face = wanted[row["path"], row["face_index"]]
        assert (None if row["cluster"] < 0 else row["cluster"]) == face["cluster"]
        assert row["unknown"] == face["unknown"]
        assert row["probability"] == pytest.approx(face["probability"], rel=0, abs=of_sum(PIXELS))
        assert row["box"] == pytest.approx(face["box"], rel=0, abs=0.05001)  # told to a tenth
    assert {row["cluster"] for row in rows} == {-1, 0, 1}


def test_both_formats_hold_the_same(model, photos, tmp_path):
    _, rows = embedded(model, photos, tmp_path, "parquet")
    _, others = embedded(model, photos, tmp_path, "tfrecord")
    assert len(rows) == 90
    assert without_embedding(rows) == without_embedding(others)
    # Batches differ from run to run, and with them the order in which pixels are added up.
    one, other = ([row["embedding"] for row in some] for some in (rows, others))
    np.testing.assert_allclose(one, other, rtol=of_sum(PIXELS))


def test_every_photo_has_its_row(model, photos, tmp_path, capfd):
    out, _ = embedded(model, photos, tmp_path, "parquet", "--shards", 3, "--json")
    counts = json.loads(capfd.readouterr().out)
    assert counts["photos"] == {"files": 93, "faces": 90, "no_face": 0, "duplicate": 1, "rejected": 2}
    assert counts == json.loads((out / "embed.json").read_text())
    rows = {row["path"]: row for f in out.glob("photos-*.parquet") for row in pq.read_table(f).to_pylist()}
    assert len(rows) == 93
    assert (rows["z-copy.png"]["status"], rows["z-copy.png"]["duplicate_of"]) == ("duplicate", "p0/00.png")
    assert rows["broken.jpg"]["status"] == "rejected"
    assert rows["notes.txt"]["reason"]
    assert len(list(out.glob("faces-*-of-00003.parquet"))) == 3


def test_a_row_survives_as_an_example():
    row = {
        "path": "ä/b.jpg", "face_index": 2, "box": [1.0, 2.0, 3.5, 4.0], "embedding": [0.5, -0.25],
        "cluster": -1, "probability": 0.5, "unknown": True,
    }  # fmt: skip
    assert row_from_example(row_to_example(row)) == row


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--model", "pixels"), "pixels has no groups"),
        (("--images", "/nowhere"), "folder is missing"),
        (("--shards", "-1"), "--shards -1 is wrong"),
        (("--beam", "runner=dask"), "refused"),
    ],
)
def test_mistakes_are_one_line(model, photos, tmp_path, capfd, more, words):
    asked = ["--model", model, "--images", photos, "-o", tmp_path / "out", "--root", tmp_path]
    assert ask(*asked, *more) == cli.WRONG_ARGUMENTS
    error = capfd.readouterr().err
    assert words in error
    assert len(error.splitlines()) == 1


def test_files_of_an_earlier_time_are_not_mixed_with_new_ones(model, photos, tmp_path, capfd):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "faces-00000-of-00001.parquet").write_bytes(b"old")
    asked = ("--model", model, "--images", photos, "-o", tmp_path / "out", "--root", tmp_path)
    assert ask(*asked) == cli.WRONG_ARGUMENTS
    assert "is not empty" in capfd.readouterr().err


@pytest.mark.parametrize("name", ["file/below", "out [1]", "out*"])
def test_a_folder_that_can_not_be_written_to_is_refused_before_work(model, photos, tmp_path, capfd, name):
    (tmp_path / "file").write_text("x")
    asked = ("--model", model, "--images", photos, "-o", tmp_path / name, "--root", tmp_path)
    assert ask(*asked) == cli.WRONG_ARGUMENTS
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("facefold: --out ")


def test_a_failure_in_a_worker_is_one_line(model, photos, tmp_path, capfd, monkeypatch):
    def broken(self, element):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("pipeline.beam.embedding.Embed.process", broken)
    asked = ("--model", model, "--images", photos, "-o", tmp_path / "out", "--root", tmp_path)
    assert ask(*asked) == cli.FAILED
    error = capfd.readouterr().err
    assert "the disk is full" in error
    assert not list((tmp_path / "out").glob("embed.json"))


def test_what_was_stopped_leaves_a_folder_that_the_same_command_takes(model, photos, tmp_path, monkeypatch):
    from pipeline.beam import embedding as embed_stages

    def stopped(rows, folder):
        (folder / "faces-00000-of-00001.parquet").write_bytes(b"half")
        (folder / "beam-temp-faces").mkdir()
        raise KeyboardInterrupt

    asked = ("--model", model, "--images", photos, "-o", tmp_path / "out", "--root", tmp_path)
    with monkeypatch.context() as changed:
        changed.setattr(embed_stages, "write_photos", stopped)
        assert ask(*asked) == cli.INTERRUPTED
    assert not list((tmp_path / "out").iterdir())
    assert ask(*asked) == cli.DONE


def test_what_a_lost_attempt_left_is_not_among_the_files(model, photos, tmp_path, monkeypatch):
    from pipeline.beam import embedding as embed_stages

    def with_leftovers(rows, folder, *files):
        (tmp_path / "out-parquet" / "beam-temp-faces-lost").mkdir(parents=True)
        return write_faces(rows, folder, *files)

    write_faces = embed_stages.write_faces
    monkeypatch.setattr(embed_stages, "write_faces", with_leftovers)
    out, rows = embedded(model, photos, tmp_path, "parquet")
    assert len(rows) == 90
    assert not list(out.glob("beam-temp-*"))


def test_the_model_is_loaded_once_a_process(model, photos, tmp_path, monkeypatch):
    from pipeline.beam import embedding as embed_stages

    loaded = []
    in_process = embed_stages.InProcess
    monkeypatch.setattr(embed_stages, "InProcess", lambda *a: loaded.append(a) or in_process(*a))
    stage = embed_stages.Embed(model / "serving" / "facefold" / "3")
    chip = (photos / "p0" / "00.png").read_bytes()
    faces = [
        [
            to_example(
                Face(
                    (0, 0, 9, 9),
                    1.0,
                    1.0,
                    chip,
                    image_path="a",
                    face_index=n,
                    content_hash="h",
                    split_key="h",
                )
            )
        ]
        for n in range(40)
    ]
    arguments = ["--runner=FnApiRunner", "--direct_num_workers=3", "--direct_running_mode=multi_threading"]
    with beam.Pipeline(argv=arguments) as pipeline:
        rows = pipeline | beam.Create(faces) | beam.Reshuffle() | beam.ParDo(stage)
        assert_that(rows | beam.combiners.Count.Globally(), equal_to([40]))
    assert len(loaded) == 1
