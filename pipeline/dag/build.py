"""The only place that wires the pipeline's steps together. It does not know which runner runs them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import tensorflow_data_validation as tfdv
from tfx.components.schema_gen.import_schema_gen.component import ImportSchemaGen
from tfx.components.statistics_gen.component import StatisticsGen
from tfx.orchestration.metadata import sqlite_metadata_connection_config
from tfx.orchestration.pipeline import Pipeline

from components.ingest.component import FaceExampleGen
from components.ingest.settings import KIND
from components.validate.component import FaceExampleValidator
from pipeline.beam.presets import BEAM_ARGUMENTS
from pipeline.dag.classifying import classifying_components
from pipeline.dag.code_version import ROOT, code_version
from pipeline.dag.grouping import grouping_components
from pipeline.dag.layout import AnyLayout
from pipeline.dag.parts import Head, version_of
from schemas.example_kinds import example_kind
from schemas.files import atomic_write

if TYPE_CHECKING:
    from pipeline.recipes.recipe import Recipe


def build_pipeline(
    recipe: Recipe,
    layout: AnyLayout,
    beam_arguments: Sequence[str] = BEAM_ARGUMENTS,
    shared_files: bool = True,
    name: str = "",
    unrecorded: str = "",
) -> Pipeline:
    """The TFX pipeline of ``recipe`` under ``layout``: photos in, a blessed and pushed model out.

    Without ``shared_files`` Beam's workers cannot reach the files under the root, so that photos are not
    cached and no progress is shown. Recipes with the same ``name`` and metadata store share what TFX has
    cached of the same photos. A layout without a metadata store measures a new model against the latest
    pushed one, any other against the latest blessed one. Where there is none, that is against ``unrecorded``,
    the folder of a pushed version that the store doesn't tell of.
    """
    progress = layout.progress
    places = {"cache_dir": str(layout.photos), "progress": str(progress / "ingest.json")}
    ingest = FaceExampleGen(
        {KIND: recipe.ingest.kind} | recipe.ingest.model_dump() | (places if shared_files else {}),
        version_of("components/ingest/component.py"),
    )
    examples = ingest.outputs["examples"]
    kind = recipe.ingest.kind
    told = example_kind(kind)
    statistics = StatisticsGen(
        examples=examples, stats_options=tfdv.StatsOptions(feature_allowlist=list(told.statistics))
    )
    schema = ImportSchemaGen(schema_file=str(versioned_schema(layout, kind)))
    validator = FaceExampleValidator(
        statistics=statistics.outputs["statistics"],
        schema=schema.outputs["schema"],
        searched="" if recipe.classifies else recipe.selection.model_dump_json(),
        code_version=version_of("components/validate/component.py"),
    ).with_id("ExampleValidator")
    start = Head(examples, schema.outputs["schema"], validator)
    tail = (
        classifying_components(start, recipe, layout)
        if recipe.classifies
        else grouping_components(start, recipe, layout, unrecorded)
    )
    nodes = [ingest, statistics, schema, validator, *tail]
    return Pipeline(
        pipeline_name=name or recipe.pipeline_name,
        pipeline_root=str(layout.artifacts),
        components=nodes,
        enable_cache=True,
        metadata_connection_config=layout.metadata
        and sqlite_metadata_connection_config(str(layout.metadata)),
        beam_pipeline_args=list(beam_arguments),
    )


def versioned_schema(layout: AnyLayout, name: str = "face") -> Path:
    """Copies a schema to a path that changes with its content, because TFX's cache only compares paths."""
    source = ROOT / "schemas" / f"{name}.pbtxt"
    target = layout.schemas / code_version(f"schemas/{name}.pbtxt") / "schema.pbtxt"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(target, source.read_bytes())  # another run may be looking at the same time
    return target
