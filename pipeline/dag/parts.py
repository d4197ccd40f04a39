"""What the tails of the pipeline share: the head's outputs, versions of code, infra-validation and push."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tfx.components.pusher.component import Pusher
from tfx.components.transform.component import Transform
from tfx.proto import pusher_pb2

from components.infra.component import ReplayInfraValidator
from components.ingest.listing import setting_fingerprints
from pipeline.dag.code_version import code_version, reached
from pipeline.dag.layout import AnyLayout
from schemas.settings import Settings


@dataclass(frozen=True)
class Head:
    """What every tail begins from: the channels of examples and schema, and the step that checks them."""

    examples: Any
    schema: Any
    validator: Any


def preprocessing(head: Head, examples: Any, module: str, config: dict[str, Any]) -> Transform:
    """Transform by a module of ``models.inputs``, after the validator: its graph trains and serves."""
    transform = Transform(
        examples=examples,
        schema=head.schema,
        preprocessing_fn=f"models.inputs.{module}.preprocessing_fn",
        custom_config=config | {"code_version": version_of(f"models/inputs/{module}.py")},
        materialize=False,
        disable_statistics=True,
        disable_analyzer_cache=True,
    )
    transform.add_upstream_node(head.validator)
    return transform


def pushing_components(model: Any, blesser: Any, serving: str) -> list[Any]:
    """Infra-validation of the channel ``model``, and the pusher, to the folder ``serving``."""
    infra = ReplayInfraValidator(
        model=model, code_version=version_of("components/infra/component.py")
    ).with_id("InfraValidator")
    infra.add_upstream_node(blesser)
    pusher = Pusher(
        model_blessing=blesser.outputs["blessing"],
        infra_blessing=infra.outputs["blessing"],
        push_destination=pusher_pb2.PushDestination(
            filesystem=pusher_pb2.PushDestination.Filesystem(base_directory=serving)
        ),
    )
    return [infra, pusher]


def version_of(module: str, *beside: str) -> str:
    """The version of all code that a step's ``module`` imports, and of the folders ``beside`` it."""
    return code_version(*reached(module), *beside)


def fingerprints(layout: AnyLayout, *parts: Settings | None) -> dict[str, str]:
    """What TFX's cache compares of the files that settings name, or {} where they are on other machines."""
    return {} if layout.metadata is None else setting_fingerprints(parts, str(layout.photos))
