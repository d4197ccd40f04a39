"""The ingest's executor: lists the photos, runs the Beam stages, and writes splits and the account."""

import json
import os
from typing import Any, cast

import apache_beam as beam
import tensorflow as tf
from apache_beam.transforms.combiners import ToList
from google.protobuf import json_format, wrappers_pb2
from tfx.components.example_gen import utils, write_split
from tfx.components.example_gen.base_example_gen_executor import BaseExampleGenExecutor
from tfx.components.util import examples_utils
from tfx.dsl.io import fileio
from tfx.proto import example_gen_pb2 as proto
from tfx.types import artifact_utils
from tfx.types.standard_component_specs import (
    CUSTOM_CONFIG_KEY,
    EXAMPLES_KEY,
    INPUT_CONFIG_KEY,
    OUTPUT_CONFIG_KEY,
    OUTPUT_DATA_FORMAT_KEY,
)

from components.ingest.accounting import ROWS_NAME, TOTALS_NAME, require_faces, rows_to_parquet, totals
from components.ingest.beam_stages import let_go, worker_threads
from components.ingest.listing import list_photos
from components.ingest.places import with_places
from components.ingest.progress import Progress
from components.ingest.settings import PARTITION, SourceSettings
from components.ingest.tables import INTAKES
from components.record_order import fill_empty_split, sort_by_content
from schemas.labelled_face import HELD_OUT, PART

SPLITS = ("train", "eval")  # each is there, and has no record where nothing is held out
UNSORTED = "unsorted-"  # beside the splits' folders; it is gone when the step ends


def read_settings(exec_properties: dict[str, Any]) -> SourceSettings:
    """The settings in the component's custom config, with places from the environment."""
    config = json_format.Parse(exec_properties[CUSTOM_CONFIG_KEY], proto.CustomConfig())
    text = wrappers_pb2.StringValue()
    config.custom_config.Unpack(text)
    return with_places(json.loads(text.value)["settings"])


def write_account(rows: list[Any], folder: str, settings: SourceSettings) -> None:
    """Writes the rows and their totals beside the splits."""
    with fileio.open(os.path.join(folder, ROWS_NAME), "wb") as stream:
        stream.write(rows_to_parquet(rows))
    with fileio.open(os.path.join(folder, TOTALS_NAME), "w") as stream:
        stream.write(json.dumps(totals(rows, settings), indent=1, sort_keys=True))


def held_out(example: Any, parts: int) -> int:
    """The index in ``SPLITS`` of an example whose part a CSV says."""
    return int(example.features.feature[PART].int64_list.value[0] == HELD_OUT)


class Executor(BaseExampleGenExecutor):
    """Writes the faces of all photos into the splits `train` and `eval`."""

    def GetInputSourceToExamplePTransform(self) -> Any:
        """A transform from photos to tf.Examples, which also writes the account beside the splits."""
        folder = self._folder

        @beam.ptransform_fn
        @beam.typehints.with_input_types(beam.Pipeline)
        @beam.typehints.with_output_types(tf.train.Example)
        def photos_to_examples(pipeline: Any, exec_properties: dict[str, Any], split_pattern: str) -> Any:
            settings = read_settings(exec_properties)
            photos = list_photos(settings)
            Progress(settings.progress, len(photos)).start()
            threads = worker_threads(exec_properties["_beam_pipeline_args"])
            made = INTAKES[settings.kind].load()
            examples, rows = made(pipeline, photos, settings, threads)
            _ = rows | "AllRows" >> ToList() | "WriteAccount" >> beam.Map(write_account, folder, settings)
            return examples

        return photos_to_examples

    def GenerateExamplesByBeam(self, pipeline: Any, exec_properties: dict[str, Any]) -> dict[str, Any]:
        """The tf.Examples of each split: by the hash of their split key, or by what a CSV says of them."""
        if read_settings(exec_properties).split_by != PARTITION:
            return dict(super().GenerateExamplesByBeam(pipeline, exec_properties))
        exec_properties["_beam_pipeline_args"] = self._beam_pipeline_args or []
        made = pipeline | "InputToRecord" >> self.GetInputSourceToExamplePTransform()(exec_properties, "")
        parts = made | "SplitByPart" >> beam.Partition(cast(Any, held_out), len(SPLITS))
        return dict(zip(SPLITS, parts, strict=True))

    def Do(
        self, input_dict: dict[str, Any], output_dict: dict[str, Any], exec_properties: dict[str, Any]
    ) -> None:
        """Runs the stages; ValueError with the counts if no photo has a face.

        Unlike TFX's own example generators it shuffles nothing in Beam between the faces and the files that
        they are written to, so that memory does not grow with the number of photos. The records are sorted
        afterwards, see ``record_order``.
        """
        examples = artifact_utils.get_single_instance(output_dict[EXAMPLES_KEY])
        self._folder = examples.uri
        configs = (proto.Input(), proto.Output())
        for key, config in zip((INPUT_CONFIG_KEY, OUTPUT_CONFIG_KEY), configs, strict=True):
            json_format.Parse(exec_properties[key], config)
        made = utils.generate_output_split_names(*configs)
        examples.split_names = artifact_utils.encode_split_names(list(SPLITS))
        with self._make_beam_pipeline() as pipeline:
            for split, records in self.GenerateExamplesByBeam(pipeline, exec_properties).items():
                path = os.path.join(examples.uri, UNSORTED + split, write_split.DEFAULT_FILE_NAME)
                _ = (
                    records
                    | f"Serialize[{split}]" >> beam.Map(lambda example: example.SerializeToString())
                    | f"Write[{split}]" >> beam.io.WriteToTFRecord(path, file_name_suffix=".gz")
                )
        let_go()
        unsorted = [os.path.join(examples.uri, UNSORTED + split) for split in SPLITS]
        if set(made) == set(SPLITS):
            fill_empty_split(unsorted, write_split.DEFAULT_FILE_NAME)
        for split, found in zip(SPLITS, unsorted, strict=True):
            folder = artifact_utils.get_split_uri([examples], split)
            sort_by_content(found, folder, write_split.DEFAULT_FILE_NAME)
        examples_utils.set_payload_format(examples, exec_properties[OUTPUT_DATA_FORMAT_KEY])
        with fileio.open(os.path.join(examples.uri, TOTALS_NAME)) as stream:
            counts = json.load(stream)
        require_faces(counts)
        for name in ("files", "with_faces", "no_face", "duplicate", "rejected", "faces"):
            examples.set_int_custom_property(name, counts[name])
