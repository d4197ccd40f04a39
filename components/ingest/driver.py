"""Adds the photos, as they are when the ingest starts, to what TFX's cache compares."""

import json
from typing import Any

from google.protobuf import json_format, wrappers_pb2
from tfx.components.example_gen.driver import QueryBasedDriver
from tfx.proto import example_gen_pb2 as proto
from tfx.types.standard_component_specs import CUSTOM_CONFIG_KEY

from components.ingest.listing import list_photos, listing_fingerprint, setting_fingerprints
from components.ingest.places import with_places


class PhotosDriver(QueryBasedDriver):
    """TFX's driver of an example generator, with a fingerprint of the photos that it finds."""

    def resolve_exec_properties(
        self, exec_properties: dict[str, Any], pipeline_info: Any, component_info: Any
    ) -> dict[str, Any]:
        """Adds ``listing`` and ``files`` to the custom config; FileNotFoundError if photos are missing."""
        resolved: dict[str, Any] = super().resolve_exec_properties(
            exec_properties, pipeline_info, component_info
        )
        resolved[CUSTOM_CONFIG_KEY] = with_fingerprints(resolved[CUSTOM_CONFIG_KEY])
        return resolved


def with_fingerprints(custom_config: str) -> str:
    """The component's custom config (a CustomConfig as JSON) with fingerprints of its photos and files."""
    config = json_format.Parse(custom_config, proto.CustomConfig())
    text = wrappers_pb2.StringValue()
    config.custom_config.Unpack(text)
    told = json.loads(text.value)
    settings = with_places(told["settings"])
    told["listing"] = listing_fingerprint(list_photos(settings), settings.cache_dir)
    told["files"] = setting_fingerprints([settings], settings.cache_dir)
    config.custom_config.Pack(wrappers_pb2.StringValue(value=json.dumps(told, sort_keys=True)))
    text_of_config: str = json_format.MessageToJson(config, sort_keys=True)
    return text_of_config
