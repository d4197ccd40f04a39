"""An ExampleValidator that stops the run on an anomaly, in words."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import anomalies_pb2, statistics_pb2
from tfx.components.example_validator import executor as validator_executor
from tfx.components.example_validator import labels
from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import Channel, artifact_utils
from tfx.types.component_spec import ExecutionParameter
from tfx.types.standard_artifacts import ExampleAnomalies
from tfx.types.standard_component_specs import ExampleValidatorSpec
from tfx.utils import writer_utils

from components.evaluate.search.enough_rows import require_rows
from components.evaluate.search.settings import SelectionSettings
from schemas.example_kinds import example_kind, kind_of

STATISTICS = "FeatureStats.pb"  # in the folder of a split


def anomalies_in_words(anomalies: Any, split: str) -> list[str]:
    """One line for each feature of an Anomalies proto: the split, the feature, and what is wrong with it."""
    lines = [
        f"split {split}, feature {name or 'of the data set'}: {info.description}"
        for name, info in sorted(anomalies.anomaly_info.items())
    ]
    lines += [f"split {split}: {reason.description}" for reason in anomalies.dataset_anomaly_info.reason]
    return lines


class Executor(validator_executor.Executor):
    """TFX's own validation, which then raises an error if it has found anything, or too few train faces."""

    def _Validate(self, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> Any:
        """Validates as TFX does, but in the schema's environment ``STATISTICS``, which has no pictures."""
        names = {feature.name for feature in inputs["schema"].feature}
        self._schema = kind_of(names)
        anomalies = tfdv.validate_statistics(inputs["statistics"], inputs["schema"], environment="STATISTICS")
        folder = outputs[labels.SCHEMA_DIFF_PATH]
        writer_utils.write_anomalies(f"{folder}/{validator_executor.DEFAULT_FILE_NAME}", anomalies)
        return anomalies

    def Do(
        self, input_dict: dict[str, Any], output_dict: dict[str, Any], exec_properties: dict[str, Any]
    ) -> Any:
        """Validates each split; raises ValueError, which names the features and the reasons.

        After that it raises ValueError if the train split has too few faces for the settings of the search,
        see ``require_rows``: nothing has been trained yet.
        """
        result = super().Do(input_dict, output_dict, exec_properties)
        artifact = artifact_utils.get_single_instance(output_dict["anomalies"])
        found: list[str] = []
        for split in artifact_utils.decode_split_names(artifact.split_names):
            folder = artifact_utils.get_split_uri([artifact], split)
            file = Path(folder) / validator_executor.DEFAULT_FILE_NAME
            anomalies = anomalies_pb2.Anomalies.FromString(file.read_bytes())
            found += anomalies_in_words(anomalies, split)
        if found:
            raise ValueError(
                f"The examples do not fit schemas/{self._schema}.pbtxt: " + "; ".join(found) + ". "
                "Fix the data, or the schema if the data is right."
            )
        if not exec_properties["searched"]:
            return result
        searched = SelectionSettings.picked(json.loads(exec_properties["searched"]))
        if not example_kind(self._schema).judged:
            searched = searched.changed(founders=1.0)
        require_rows(searched, n_examples(input_dict["statistics"], "train"))
        return result


def n_examples(statistics: list[Any], split: str) -> int:
    """The number of examples in a split, by its statistics."""
    folder = Path(artifact_utils.get_split_uri(statistics, split))
    told = statistics_pb2.DatasetFeatureStatisticsList.FromString((folder / STATISTICS).read_bytes())
    return sum(int(dataset.num_examples) for dataset in told.datasets)


class ValidatorSpec(ExampleValidatorSpec):
    """TFX's own, the settings of the search as JSON, "" without one, and the version of the code."""

    PARAMETERS = ExampleValidatorSpec.PARAMETERS | {
        "searched": ExecutionParameter(type=str),
        "code_version": ExecutionParameter(type=str),
    }


class FaceExampleValidator(base_component.BaseComponent):
    """Like TFX's ExampleValidator, with an executor that refuses anomalies instead of noting them."""

    SPEC_CLASS = ValidatorSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(self, statistics: Channel, schema: Channel, searched: str, code_version: str) -> None:
        anomalies = Channel(type=ExampleAnomalies)
        named = {"exclude_splits": json.dumps([]), "searched": searched, "code_version": code_version}
        super().__init__(ValidatorSpec(statistics=statistics, schema=schema, anomalies=anomalies, **named))
