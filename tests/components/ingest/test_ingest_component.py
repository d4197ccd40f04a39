"""The component in a real pipeline, on good photos among broken ones."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import tensorflow as tf

from components.ingest import photos as photos_module
from schemas.face import FACE_SCHEMA_PATH
from schemas.features import from_example
from tests.components.ingest.pictures import (
    astronaut,
    broken,
    encoded,
    gradient,
    odd_but_good,
    write_links_and_pipes,
)
from tests.patience import wait_until

pytestmark = pytest.mark.filterwarnings("ignore")
ROOT = Path(__file__).resolve().parents[3]
GOOD = ("plain.jpg", "grey16.png", "cmyk.jpg", "animated.gif", "turned.jpg")


@pytest.fixture
def folder(tmp_path):
    """Five good photos and over twenty things that are none."""
    images = tmp_path / "photos"
    (images / "ann").mkdir(parents=True)
    good = odd_but_good(astronaut())
    for name in GOOD:
        (images / "ann" / name).write_bytes(good[name])
    (images / "copy.jpg").write_bytes(good["plain.jpg"])
    (images / "blank.png").write_bytes(encoded(astronaut()[:40, :40] * 0 + 90))
    for name, (data, _) in broken(gradient(512, 512)).items():
        (images / name).write_bytes(data)
    write_links_and_pipes(images)
    return images


class Pipeline:
    """Runs FaceExampleGen, statistics and validation on one root, counting searched photos."""

    def __init__(self, root: Path, monkeypatch) -> None:
        self.root, self.searched = root, []
        find_faces = photos_module.find_faces

        def counted(data, *args):
            self.searched.append(len(data))
            return find_faces(data, *args)

        monkeypatch.setattr(photos_module, "find_faces", counted)

    def run(self, **settings):
        from tfx import v1 as tfx

        from components.ingest.component import FaceExampleGen

        self.searched.clear()
        faces = FaceExampleGen({"source": "folder", **settings}, "as it is")
        statistics = tfx.components.StatisticsGen(examples=faces.outputs["examples"])
        schema = tfx.components.ImportSchemaGen(schema_file=str(FACE_SCHEMA_PATH))
        validator = tfx.components.ExampleValidator(
            statistics=statistics.outputs["statistics"], schema=schema.outputs["schema"]
        )
        metadata = tfx.orchestration.metadata.sqlite_metadata_connection_config(
            str(self.root / "metadata.db")
        )
        tfx.orchestration.LocalDagRunner().run(
            tfx.dsl.Pipeline(
                pipeline_name="ingest",
                pipeline_root=str(self.root),
                components=[faces, statistics, schema, validator],
                metadata_connection_config=metadata,
                enable_cache=True,
                beam_pipeline_args=["--runner=FnApiRunner"],
            )
        )

    def outputs(self):
        return sorted((self.root / "FaceExampleGen" / "examples").iterdir(), key=lambda p: int(p.name))

    def anomalies(self):
        from tensorflow_metadata.proto.v0 import anomalies_pb2

        files = list((self.root / "ExampleValidator").glob("anomalies/*/Split-*/SchemaDiff.pb"))
        assert files
        return [
            a for f in files for a in anomalies_pb2.Anomalies.FromString(f.read_bytes()).anomaly_info.items()
        ]


def read_faces(output: Path):
    files = [str(f) for f in sorted(output.glob("Split-*/*.gz"))]
    return [from_example(r.numpy()) for r in tf.data.TFRecordDataset(files, compression_type="GZIP")]


def test_every_file_has_its_row_and_reason_and_nothing_is_done_twice(folder, tmp_path, monkeypatch):
    pipeline = Pipeline(tmp_path / "root", monkeypatch)
    settings = {"images": str(folder), "cache_dir": str(tmp_path / "cache")}
    progress = tmp_path / "progress.json"
    pipeline.run(**settings, progress=str(progress))

    (output,) = pipeline.outputs()
    rows = {row["path"]: row for row in pq.read_table(output / "ingest.parquet").to_pylist()}
    names = {os.path.relpath(os.path.join(d, f), folder) for d, _, fs in os.walk(folder) for f in fs}
    assert set(rows) == names | {"around"}
    assert {p for p, r in rows.items() if r["status"] == "faces"} == {f"ann/{name}" for name in GOOD}
    assert rows["blank.png"]["status"] == "no_face"
    assert re.match(r"detector \w+ found no face of at least 20 pixels", rows["blank.png"]["reason"])
    assert (rows["copy.jpg"]["status"], rows["copy.jpg"]["duplicate_of"]) == ("duplicate", "ann/plain.jpg")
    reasons = {
        name: reason for name, (_, reason) in broken(gradient(512, 512)).items() if not name.startswith("cut")
    }
    reasons |= {"dangling.jpg": "dangling_link", "self.jpg": "link_loop", "pipe.jpg": "not_a_file"}
    for name, reason in reasons.items():
        assert (rows[name]["status"], rows[name]["reason"].partition(":")[0]) == ("rejected", reason), name
    counts = json.loads((output / "ingest.json").read_text())
    assert counts["files"] == len(rows)
    assert counts["with_faces"] + counts["no_face"] + counts["duplicate"] + counts["rejected"] == len(rows)
    done = json.loads(progress.read_text())
    assert done == {"done": len(rows), "total": len(rows)}

    faces = read_faces(output)
    assert sorted(face.image_path for face in faces) == sorted(f"ann/{name}" for name in GOOD)
    assert {face.label for face in faces} == {"ann"}
    assert pipeline.anomalies() == []

    pipeline.run(**settings, progress=str(tmp_path / "elsewhere.json"))
    assert (len(pipeline.outputs()), pipeline.searched) == (1, [])

    added = encoded(astronaut()[:, ::-1])
    (folder / "bob.png").write_bytes(added)
    pipeline.run(**settings)
    assert (len(pipeline.outputs()), pipeline.searched) == (2, [len(added)])
    assert len(read_faces(pipeline.outputs()[1])) == len(GOOD) + 1


def test_whole_pictures_without_labels_or_landmarks_are_no_anomaly(tmp_path, monkeypatch):
    images = tmp_path / "photos"
    images.mkdir()
    for index in range(12):
        (images / f"{index}.png").write_bytes(encoded(astronaut()[index : 100 + index, :80]))
    pipeline = Pipeline(tmp_path / "root", monkeypatch)
    pipeline.run(images=str(images), detector="none", chip_format="png", eval_share=0.3)
    faces = read_faces(pipeline.outputs()[0])
    assert len(faces) == 12
    assert {(face.landmarks, face.label) for face in faces} == {((), "")}
    assert pipeline.anomalies() == []


def test_photos_without_any_face_stop_the_run_with_the_counts(tmp_path, monkeypatch):
    images = tmp_path / "photos"
    images.mkdir()
    (images / "blank.png").write_bytes(encoded(astronaut()[:40, :40] * 0))
    (images / "empty.jpg").write_bytes(b"")
    with pytest.raises(Exception, match=r"No usable face.*'no_face': 1.*'rejected': 1"):
        Pipeline(tmp_path / "root", monkeypatch).run(images=str(images))


KILLED = """
import sys, threading
import apache_beam as beam
from components.ingest import photos
from components.ingest.beam_stages import faces_and_rows
from components.ingest.settings import IngestSettings
from components.ingest.listing import list_photos
settings = IngestSettings(cache_dir=sys.argv[1])
find_faces, searched = photos.find_faces, []
def find_some(*args):
    searched.append(args)
    if len(searched) > 30:
        threading.Event().wait()  # until this process is killed
    return find_faces(*args)
photos.find_faces = find_some
with beam.Pipeline(argv=["--runner=FnApiRunner"]) as pipeline:
    faces_and_rows(pipeline, list_photos(settings), settings, 1)
"""


def test_a_killed_ingest_goes_on_where_it_stopped(tmp_path):
    import apache_beam as beam
    from apache_beam.testing.util import assert_that, equal_to

    from components.ingest.beam_stages import faces_and_rows
    from components.ingest.listing import list_photos
    from components.ingest.settings import IngestSettings

    def kept():
        return {f.name: f.stat().st_mtime_ns for f in tmp_path.glob("*/??/*") if not f.name.startswith(".")}

    first = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    wait_until(lambda: len(kept()) >= 20 or first.poll() is not None, "the twentieth photo")
    first.send_signal(signal.SIGKILL)
    assert first.wait() == -signal.SIGKILL
    before = kept()
    assert 20 <= len(before) < 403
    settings = IngestSettings(cache_dir=str(tmp_path))
    with beam.Pipeline(argv=["--runner=FnApiRunner"]) as pipeline:
        examples, rows = faces_and_rows(pipeline, list_photos(settings), settings, 2)
        assert_that(examples | "Faces" >> beam.combiners.Count.Globally(), equal_to([401]), label="faces")
        assert_that(rows | "Files" >> beam.combiners.Count.Globally(), equal_to([403]), label="rows")
    after = kept()
    assert len(after) == 403
    assert {name: after[name] for name in before} == before


def test_what_a_lost_attempt_left_is_not_among_the_splits(folder, tmp_path, monkeypatch):
    """Flink starts a stage anew where a machine is lost; Beam's folder of the first attempt stays."""
    from components.ingest.executor import Executor

    generate = Executor.GenerateExamplesByBeam

    def with_leftovers(self, pipeline, properties):
        for split in ("train", "eval"):
            lost = Path(self._folder) / f"unsorted-{split}" / "beam-temp-data_tfrecord-lost"
            lost.mkdir(parents=True)
            (lost / "half.gz").write_bytes(b"half")
        return generate(self, pipeline, properties)

    monkeypatch.setattr(Executor, "GenerateExamplesByBeam", with_leftovers)
    pipeline = Pipeline(tmp_path / "root", monkeypatch)
    pipeline.run(images=str(folder))
    (output,) = pipeline.outputs()
    names = {file.name for file in output.glob("Split-*/*")}
    assert names == {"data_tfrecord-00000-of-00001.gz"}
    assert not list(output.glob("unsorted*"))
    assert len(read_faces(output)) == len(GOOD)
