"""SegmentLabeler: labelled faces in, the same faces with their ten regions out, as TFX examples."""

import json
import os
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
import cv2
import tensorflow as tf
from tfx.components.example_gen import write_split
from tfx.components.util import examples_utils
from tfx.dsl.components.base import base_beam_component, base_beam_executor, executor_spec
from tfx.dsl.io import fileio
from tfx.proto import example_gen_pb2
from tfx.types import Channel, artifact_utils, standard_artifacts
from tfx.types.component_spec import ChannelParameter, ComponentSpec, ExecutionParameter

from components.record_order import files_of, records_of, sort_by_content
from components.segment.labelling import Seen, packed_regions
from components.segment.overlay import FACES, OVERLAY, sheet
from schemas.face import CHIP, Face
from schemas.features import from_example
from schemas.labelled_face import FRAME, REGIONS

UNSORTED = "unsorted-"


def with_regions(record: bytes, seen: Seen) -> bytes:
    """A serialised tf.Example with its regions; of a face that has a frame, without its chip."""
    example = tf.train.Example.FromString(record)
    features = example.features.feature
    found = packed_regions(from_example(record), seen)
    if found:
        features[REGIONS].bytes_list.value.append(found)
    if FRAME in features:
        del features[CHIP]
    serialized: bytes = example.SerializeToString(deterministic=True)
    return serialized


def first_faces(files: list[str]) -> Iterator[Face]:
    """The first faces with points."""
    for record in records_of(files):
        face = from_example(record)
        if face.landmarks68:
            yield face


class Executor(base_beam_executor.BaseBeamExecutor):
    """Reads each split, adds the regions on Beam's workers, and writes it in the same order."""

    def Do(
        self, input_dict: dict[str, Any], output_dict: dict[str, Any], exec_properties: dict[str, Any]
    ) -> None:
        """Writes the splits and a sheet of regions; ValueError if no face has points."""
        source = artifact_utils.get_single_instance(input_dict["examples"])
        target = artifact_utils.get_single_instance(output_dict["labelled"])
        seen = seen_of(json.loads(exec_properties["seen"]))
        splits = artifact_utils.decode_split_names(source.split_names)
        target.split_names = source.split_names
        name = write_split.DEFAULT_FILE_NAME
        folders = {split: artifact_utils.get_split_uri([source], split) for split in splits}
        with self._make_beam_pipeline() as pipeline:
            for split, folder in folders.items():
                path = os.path.join(target.uri, UNSORTED + split, name)
                _ = (
                    pipeline
                    | f"Read[{split}]" >> beam.io.ReadFromTFRecord(os.path.join(folder, f"{name}*"))
                    | f"Regions[{split}]" >> beam.Map(with_regions, seen)
                    | f"Write[{split}]" >> beam.io.WriteToTFRecord(path, file_name_suffix=".gz")
                )
        for split in splits:
            folder = artifact_utils.get_split_uri([target], split)
            sort_by_content(os.path.join(target.uri, UNSORTED + split), folder, name)
        examples_utils.set_payload_format(target, example_gen_pb2.PayloadFormat.FORMAT_TF_EXAMPLE)
        found = first_faces(files_of(folders[splits[0]], name))
        shown = sheet([face for face, _ in zip(found, range(FACES), strict=False)], seen)
        with fileio.open(os.path.join(target.uri, OVERLAY), "wb") as stream:
            stream.write(cv2.imencode(".png", shown[:, :, ::-1])[1].tobytes())


def seen_of(values: dict[str, Any]) -> Seen:
    """``Seen`` from its JSON."""
    return Seen(**{name: (int(value[0]), int(value[1])) for name, value in values.items()})


class SegmentLabelerSpec(ComponentSpec):
    """``seen`` is a ``Seen`` as JSON."""

    PARAMETERS = {  # noqa: RUF012 - the name and form that TFX asks for
        "seen": ExecutionParameter(type=str),
        "code_version": ExecutionParameter(type=str),
    }
    INPUTS = {"examples": ChannelParameter(type=standard_artifacts.Examples)}  # noqa: RUF012
    OUTPUTS = {"labelled": ChannelParameter(type=standard_artifacts.Examples)}  # noqa: RUF012


class SegmentLabeler(base_beam_component.BaseBeamComponent):
    """Adds to each face which pixels of its classifier's maps lie in which region: about 600 bytes a face.

    It has one output, ``labelled``, with the splits of ``examples``; beside them is ``regions.png``, a sheet
    of some faces with their regions in colours (P2, figure 4.2). A face without 68 points has no regions.
    """

    SPEC_CLASS = SegmentLabelerSpec
    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(Executor)

    def __init__(self, examples: Any, seen: Seen, code_version: str) -> None:
        """Another ``code_version`` runs the step again."""
        spec = SegmentLabelerSpec(
            examples=examples,
            seen=json.dumps(vars(seen), sort_keys=True),
            code_version=code_version,
            labelled=Channel(type=standard_artifacts.Examples),
        )
        super().__init__(spec=spec)
