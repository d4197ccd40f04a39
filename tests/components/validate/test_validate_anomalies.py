"""An anomaly stops the run with the feature and the reason in words."""

import json
import os

import pytest
import tensorflow_data_validation as tfdv
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import statistics_pb2
from tfx.types import artifact_utils
from tfx.types.standard_artifacts import ExampleAnomalies, ExampleStatistics, Schema

from components.validate.component import Executor
from schemas.face import FACE_SCHEMA_PATH, STATISTICS_FEATURES

ROWS = 4


def statistics(**changed):
    """Statistics of four good faces with all features; ``changed`` replaces columns, None drops one."""
    import pandas as pd

    columns = {
        "image_path": [f"{i}.jpg" for i in range(ROWS)],
        "face_index": [0] * ROWS,
        "score": [0.99] * ROWS,
        "sharpness": [10.0] * ROWS,
        "content_hash": ["a"] * ROWS,
        "split_key": ["a"] * ROWS,
    } | changed
    frame = pd.DataFrame({name: values for name, values in columns.items() if values is not None})
    made = tfdv.generate_statistics_from_dataframe(frame)
    box = text_format.Parse(
        """path { step: "box" } type: FLOAT num_stats { common_stats { num_non_missing: 4 min_num_values: 4
        max_num_values: 4 avg_num_values: 4 tot_num_values: 16 } }""",
        statistics_pb2.FeatureNameStatistics(),
    )
    made.datasets[0].features.append(box)
    return made


def validate(tmp_path, made, **searched):
    inputs, outputs = {}, {}
    schema, stats, anomalies = Schema(), ExampleStatistics(), ExampleAnomalies()
    for artifact, name in ((schema, "schema"), (stats, "statistics"), (anomalies, "anomalies")):
        artifact.uri = str(tmp_path / name)
        os.makedirs(artifact.uri)
    (tmp_path / "schema" / "schema.pbtxt").write_text(FACE_SCHEMA_PATH.read_text())
    stats.split_names = artifact_utils.encode_split_names(["train"])
    folder = tmp_path / "statistics" / "Split-train"
    folder.mkdir()
    (folder / "FeatureStats.pb").write_bytes(made.SerializeToString())
    inputs = {"schema": [schema], "statistics": [stats]}
    outputs = {"anomalies": [anomalies]}
    return Executor().Do(inputs, outputs, {"exclude_splits": "[]", "searched": json.dumps(searched)})


@pytest.mark.filterwarnings("ignore")
def test_good_faces_pass_without_labels_landmarks_and_pictures(tmp_path):
    assert validate(tmp_path, statistics()) is not None
    assert not {"chip", "landmarks68"} & set(STATISTICS_FEATURES)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("changed", "feature"),
    [
        ({"score": [0.5, 0.9, 1.7, 0.2]}, "score"),
        ({"content_hash": None}, "content_hash"),
        ({"face_index": [-1] * 4}, "face_index"),
    ],
)
def test_an_anomaly_names_split_feature_and_reason(tmp_path, changed, feature):
    with pytest.raises(
        ValueError, match=f"do not fit schemas/face.pbtxt: split train, feature {feature}: .+ Fix"
    ):
        validate(tmp_path, statistics(**changed))


@pytest.mark.filterwarnings("ignore")
def test_more_groups_than_faces_end_the_run_before_training(tmp_path):
    with pytest.raises(
        ValueError, match=r"n_clusters=500 is not possible. Expected at most 3: there are 4 train"
    ):
        validate(tmp_path, statistics(), n_clusters="500", clusterers=["kmeans"])
