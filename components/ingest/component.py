"""FaceExampleGen: photos in, aligned faces out, as TFX examples."""

import json
import os
from typing import Any

from google.protobuf import wrappers_pb2
from tfx.components.example_gen.component import QueryBasedExampleGen
from tfx.dsl.components.base import executor_spec
from tfx.proto import example_gen_pb2 as proto

from components.ingest.driver import PhotosDriver
from components.ingest.executor import Executor
from components.ingest.places import PLACE_VARIABLES
from components.ingest.settings import SourceSettings, settings_of
from schemas.face import SPLIT_KEY


class FaceExampleGen(QueryBasedExampleGen):
    """Finds and aligns all faces of a folder of photos, or of the sample; or takes drawings as they are.

    It has one output, `examples`, with the splits `train` and `eval`. Beside them are `ingest.parquet`, with
    a row for each file found, and `ingest.json`, with the totals. For the same photos, settings and code
    TFX's cache is used. The photos are listed by the driver when the step starts, and not when the pipeline
    is put together, which may be elsewhere. `cache_dir` and `progress` do not decide whether the cache is
    used: they are in the environment (FACEFOLD_INGEST_CACHE_DIR, FACEFOLD_INGEST_PROGRESS), which is set here
    for a runner in this process, and has to be set by hand where the executor runs elsewhere. Beam's workers
    get them with their stage, wherever they are.

    Example:
        FaceExampleGen({"source": "folder", "images": "/photos"}, version).outputs["examples"]
    """

    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(Executor)
    DRIVER_CLASS = PhotosDriver

    def __init__(self, settings: dict[str, Any], code_version: str) -> None:
        """Reads no photo. Another ``code_version`` runs the step again. ValueError for a wrong setting."""
        checked = settings_of(settings)
        for name, variable in PLACE_VARIABLES.items():
            os.environ[variable] = getattr(checked, name)
        text = {
            "settings": json.loads(checked.to_json()),
            "code": code_version,
        }
        custom_config = proto.CustomConfig()
        custom_config.custom_config.Pack(wrappers_pb2.StringValue(value=json.dumps(text, sort_keys=True)))
        super().__init__(
            input_config=proto.Input(splits=[proto.Input.Split(name="photos", pattern=checked.source)]),
            output_config=output_config(checked),
            custom_config=custom_config,
        )


def output_config(settings: SourceSettings) -> proto.Output:
    """Splits `train` and `eval` by a hash of the split key; `train` alone where nothing is held out.

    The executor writes an empty `eval` then, because TFX knows no split without a bucket.
    """
    share = round(settings.eval_share * 100)
    buckets = {"train": 100 - share, "eval": share}
    split = proto.SplitConfig.Split
    return proto.Output(
        split_config=proto.SplitConfig(
            splits=[split(name=name, hash_buckets=count) for name, count in buckets.items() if count],
            partition_feature_name=SPLIT_KEY,
        )
    )
